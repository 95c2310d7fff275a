// SPDX-License-Identifier: BSD-3-Clause
//
// The host's side of one dw_call: the arguments, the result being built, and the services behind the api table.
#pragma once

#include <dumbwaiter/plugin.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "status.hpp"
#include "builder.hpp"
#include "document.hpp"

namespace dumbwaiter {

// What a call may ask of those around it. Implementations are thread-safe.
class CallServices {
public:
    virtual ~CallServices() = default;
    // Newest value of `name`, decoded; kNotFound if there is none.
    virtual Expected<Document> read(std::string_view name) = 0;
    virtual void log(std::string_view function, uint32_t level, std::string_view text) = 0;
};

// Told to every call of a host at once when it stops; also wakes dw_sleep_ns and cancel fds of single calls.
// Thread-safe, and outlives the calls that look at it.
class Cancellation {
public:
    Cancellation() = default;
    ~Cancellation();
    Cancellation(const Cancellation&) = delete;
    Cancellation& operator=(const Cancellation&) = delete;

    void cancel();
    void reset();  // for the next invocation; no call may be looking
    bool cancelled() const { return cancelled_.load(std::memory_order_acquire); }
    int fd();  // an eventfd that is readable once cancelled, made at the first call; -1 if none can be had
    // Sleeps on CLOCK_MONOTONIC until `until_ns` at the latest; true if it ended because of cancel().
    bool sleep_until(uint64_t until_ns);

private:
    std::atomic<uint32_t> cancelled_{0};  // a futex word
    std::mutex mutex_;
    int fd_ = -1;  // guarded by mutex_
};

// What one invocation is given. The pointers outlive the call.
struct CallContext {
    const char* name = "";
    uint64_t sequence = 0;     // the sequence that the value will get
    uint64_t deadline_ns = 0;  // CLOCK_MONOTONIC, 0 = none
    uint64_t result_limit = 0; // bytes of payload
    const Document* args = nullptr;    // an array
    const Document* kwargs = nullptr;  // a map
    void* state = nullptr;
    CallServices* services = nullptr;  // may be null: dw_read gives DW_UNSUPPORTED, dw_log nothing
    Cancellation* cancellation = nullptr;  // may be null
};

// Reused by a worker from invocation to invocation, so that it allocates nothing in the steady state.
class Call : public dw_call {
public:
    Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void begin(const CallContext& context);

    Builder& result() { return builder_; }
    // Text of the error report if the call failed: dw_fail's, else that of the first helper that failed, else "".
    const std::string& failure_text() const { return said_.empty() ? fault_ : said_; }

    // ---- for the api table (call_api.cpp) ----
    struct Place {
        const Document* document;
        uint32_t node;
    };
    bool find(dw_value value, Place& out);  // false (and a fault noted) for a handle that is none
    dw_value handle(const Document* document, uint32_t node) const;
    int32_t at(dw_value array, uint64_t index, dw_value* out);
    int32_t entry(dw_value map, uint64_t index, const char** key, uint64_t* length, dw_value* out);
    int32_t read(const char* name, dw_value* out);
    int32_t fail(const char* utf8);
    // Notes why a helper failed (the first one counts) and returns `code`.
    int32_t fault(int32_t code, std::string text);
    // "args[2].name", as messages name a node.
    std::string path(const Place& place) const;
    bool cancelled() const;
    const CallContext& context() const { return context_; }

private:
    uint32_t step_to(const Place& container, uint64_t index);  // node of the index-th child, remembered for the next

    CallContext context_;
    Builder builder_;
    std::deque<Document> reads_;  // what dw_read gave, alive until the call returns
    std::string said_, fault_;
    // Where the last dw_at / dw_entry stood, so that walking in order is O(1) a step.
    const Document* walk_document_ = nullptr;
    uint32_t walk_container_ = 0, walk_node_ = 0;
    uint64_t walk_index_ = 0;
};

}  // namespace dumbwaiter
