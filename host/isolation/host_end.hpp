// SPDX-License-Identifier: BSD-3-Clause
//
// The host's end of the channel to one child. It takes nothing that it reads there on trust: positions, sizes and
// indices are checked, and what does not fit ends the child.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "channel.hpp"
#include "executor.hpp"
#include "lookout.hpp"

namespace dumbwaiter::channel {

// Thread-compatible but where noted: one thread posts (under its owner's lock), one drains.
class HostEnd {
public:
    // What a child sends, copied out of the shared memory.
    struct Handler {
        std::function<void(uint32_t worker, uint32_t cell, Returned&& returned)> on_result;
        // Answers with answer() or refuse(), at once.
        std::function<void(uint32_t worker, std::string_view name)> on_read;
    };

    // `keeps_lookout`: a result that comes soon after its job went out is met awake, which costs processor time.
    explicit HostEnd(Memory memory, bool keeps_lookout = false);

    Memory& memory() { return memory_; }
    uint32_t workers() const { return memory_.layout().workers; }

    // Hands a parcel over to a worker that has none; jobs[i] is in cell i.
    void post(uint32_t worker, std::span<const Job> jobs);
    // Takes back the cells of its parcel that it has not begun.
    std::vector<uint32_t> withdraw(uint32_t worker, uint32_t cells);
    bool has_begun(uint32_t worker, uint32_t cell) const;
    // When the job that runs there was begun (CLOCK_MONOTONIC), as the child says; 0 = none runs.
    int64_t started(uint32_t worker) const;

    // Gives the handler everything that came. False: what came is no channel's language, and nothing more is read.
    bool drain(const Handler& handler);
    // Waits until there may be something to drain, or end_waiting() or the time ends it.
    void wait(int64_t timeout_ns);
    void end_waiting();  // thread-safe

    void answer(uint32_t worker, uint8_t serializer, std::string_view facts, std::string_view payload);
    void refuse(uint32_t worker, Code code, std::string_view text);

private:
    bool has_come() const;
    bool drain_ring(uint32_t worker, const Handler& handler);
    bool take(uint32_t worker, std::string_view record, const Handler& handler);
    bool take_result(uint32_t worker, std::string_view record, const Handler& handler);
    bool take_read(uint32_t worker, std::string_view record, const Handler& handler);

    Memory memory_;
    std::vector<uint64_t> consumed_;  // the child cannot move it
    std::atomic<uint32_t> used_{0};   // workers that ever had a parcel
    Lookout lookout_;
    std::atomic<bool> is_asleep_{false};  // as the child cannot say otherwise
    uint32_t bell_ = 0;
    std::string record_;
};

}  // namespace dumbwaiter::channel
