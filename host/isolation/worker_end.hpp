// SPDX-License-Identifier: BSD-3-Clause
//
// One worker's end of the channel, in the child.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "channel.hpp"
#include "executor.hpp"

namespace dumbwaiter::channel {

// For the worker's own thread.
class WorkerEnd {
public:
    WorkerEnd(Memory& memory, uint32_t worker);

    // Sleeps until there is a parcel that it has not seen; then gives each job of it to `run`, with its cell.
    void next_parcel(const std::function<void(uint32_t cell, const Job& job)>& run);

    // May wait until the host has read what came before.
    void send_result(uint32_t cell, const Returned& returned);
    // The newest value of a function, as it is stored. The views last until the next send or ask.
    struct Stored {
        uint8_t serializer = 0;
        std::string_view facts, payload;
    };
    Expected<Stored> ask(std::string_view name);

    WorkerPage& page() { return page_; }
    uint32_t index() const { return index_; }

private:
    char* reserve(uint64_t size);  // of the ring
    void publish(uint64_t size);
    void wait_until_consumed(uint64_t position);
    void give_back_pages();

    Memory& memory_;
    const uint32_t index_;
    WorkerPage& page_;
    uint32_t seen_ = 0;
    uint64_t written_ = 0;
    uint64_t large_until_ = 0;  // the ring's position behind the record whose payload is in the large area
    uint64_t large_used_ = 0;
};

}  // namespace dumbwaiter::channel
