// SPDX-License-Identifier: BSD-3-Clause
//
// The host's side of one dw_call: the arguments, the result being built, and the services behind the api table.
#pragma once

#include <dumbwaiter/plugin.h>
#include <dumbwaiter/serializer.h>

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "builder.hpp"
#include "cancellation.hpp"
#include "document.hpp"
#include "status.hpp"

namespace dumbwaiter {

// What a call may ask of those around it. Implementations are thread-safe.
class CallServices {
public:
    virtual ~CallServices() = default;
    // Newest value of `name`, decoded; kNotFound if there is none.
    virtual Expected<Document> read(std::string_view name) = 0;
    virtual void log(std::string_view function, uint32_t level, std::string_view text) = 0;
};

// What one invocation is given. The pointers outlive the call.
struct CallContext {
    const char* name = "";
    uint64_t sequence = 0;             // the sequence that the value will get
    uint64_t deadline_ns = 0;          // CLOCK_MONOTONIC, 0 = none
    uint64_t result_limit = 0;         // bytes of payload, 0 = no bound
    const Document* args = nullptr;    // an array; null: an empty one
    const Document* kwargs = nullptr;  // a map; null: an empty one
    const Document* value = nullptr;   // of a serializer's call: what it is to write
    bool leaves_bytes = false;         // the result is bytes, whose pieces are joined
    bool has_result = true;            // false in create: its puts are refused
    void* state = nullptr;
    CallServices* services = nullptr;      // may be null: dw_read gives DW_UNSUPPORTED, dw_log nothing
    Cancellation* cancellation = nullptr;  // may be null; begin() closes the descriptor of the call before
};

// Longest text of a dw_fail or dw_log, in bytes; what is longer is cut.
inline constexpr size_t kMaxReportText = 64 * 1024;

// Reused by a worker from invocation to invocation, so that it allocates nothing in the steady state. What serves the
// [any-thread] helpers (context(), cancelled(), cancel_fd(), log()) is thread-safe between two begin(); the rest is for
// the call's own thread.
class Call : public dw_call {
public:
    Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void begin(const CallContext& context);

    Builder& result() { return builder_; }
    // Text of the error report if the call failed: dw_fail's; else that of the first helper that failed; else that of
    // the last lookup that found nothing, which often is no failure (an optional argument); else "".
    const std::string& failure_text() const { return said_.empty() ? fault_ : said_; }

    // ---- for the api table (call_api.cpp) ----
    // Handles are (document + 1) << 32 | node, where document is 0 for args, 1 for kwargs, 2.. for what dw_read and
    // decode() gave, the last one for what a serializer is to write.
    // One that is none gives DW_MISUSE. Out-pointers are written on DW_OK only.
    static constexpr dw_value kArgs = uint64_t{1} << 32;
    static constexpr dw_value kKwargs = uint64_t{2} << 32;
    static constexpr dw_value kValue = uint64_t{UINT32_MAX} << 32;

    Type type(dw_value value);       // kNull for a handle that is none
    uint64_t count(dw_value value);  // 0 for a handle that is none
    int32_t at(dw_value array, uint64_t index, dw_value* out);
    int32_t get(dw_value map, const char* key, dw_value* out);
    int32_t entry(dw_value map, uint64_t index, const char** key, uint64_t* length, dw_value* out);
    int32_t as_bool(dw_value value, int32_t* out);
    int32_t as_i64(dw_value value, int64_t* out);
    int32_t as_u64(dw_value value, uint64_t* out);
    int32_t as_f64(dw_value value, double* out);
    int32_t as_time(dw_value value, int64_t* unix_ns);
    int32_t as_text(Type type, dw_value value, const char** text, uint64_t* length);

    int32_t put_value(dw_value value);
    int32_t noted(int32_t put);  // passes on what a put returned, and its fault text

    int32_t fail(const char* utf8);
    int32_t read(const char* name, dw_value* out);
    // The extension "dumbwaiter.serializer/1" (call_api.cpp).
    int32_t encode(dw_value value, const char* serializer, const void** bytes, uint64_t* length);
    int32_t decode(const char* serializer, std::string_view bytes, dw_value* out);
    void log(uint32_t level, const char* utf8);
    bool cancelled() const;
    int32_t cancel_fd();
    int32_t sleep(uint64_t duration_ns);
    const CallContext& context() const { return context_; }

    // Notes why a helper failed, by the rule of failure_text(), and returns `code`.
    int32_t fault(int32_t code, std::string text);

private:
    struct Place {
        const Document* document;
        uint32_t index;  // of the document, as in handles
        uint32_t node;
        const Node& it() const { return document->nodes[node]; }
    };
    // Where an at() or entry() stood, so that walking in order is O(1) a step.
    struct Cursor {
        const Document* document = nullptr;
        uint32_t container = 0, node = 0;
        uint64_t index = 0;
    };
    struct ReadValue {
        std::string name;  // as messages call it
        Document document;
    };

    std::optional<Place> find(dw_value value);
    dw_value keep(std::string name, Document document);
    static dw_value handle(const Place& near, uint32_t node);
    uint32_t step_to(const Place& container, uint64_t index);
    std::string path(const Place& place) const;  // "args[2].name", as messages name a node
    int32_t mismatch(const Place& place, std::string_view wanted);

    CallContext context_;
    Builder builder_;
    std::deque<ReadValue> reads_;      // alive until the call returns; a deque so that they never move
    std::deque<std::string> encoded_;  // the same for what encode() gave
    std::string said_, fault_;
    int32_t fault_code_ = DW_OK;
    // The newest first. As many as containers may be walked at once, each inside the other, without starting over.
    std::array<Cursor, 8> cursors_;
};

// The tables behind every Call.
extern const dw_api kCallApi;
extern const dw_serializer_extension kCallSerializers;

}  // namespace dumbwaiter
