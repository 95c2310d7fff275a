// SPDX-License-Identifier: BSD-3-Clause
//
// What the items of a CBOR text mean, one after the other, and the tape that they make.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"

namespace dumbwaiter {

// Fed with the heads of the data items in order, as a streaming decoder finds them. The first fault sticks: after it
// all items are ignored. Thread-compatible.
class CborTape {
public:
    explicit CborTape(Document& document) : document_(document) {}

    void null();
    void boolean(bool truth);
    void unsigned_integer(uint64_t number);
    void negative_integer(uint64_t number);  // stands for -1 - number
    void floating(double number);
    void text(Type type, std::string_view bytes);  // whole, or a chunk of one begun by open_text
    void open_text(Type type);
    void open(Type type, uint64_t size);
    void open_unbounded(Type type) { open_level(type, kUnbounded); }
    void end_unbounded();  // also the end of a text in pieces
    void tag(uint64_t number);

    bool done() const { return done_; }  // a whole value is there
    bool failed() const { return !fault_.empty(); }
    const std::string& fault() const { return fault_; }

private:
    static constexpr uint64_t kUnbounded = UINT64_MAX;

    enum class Time { kNone, kText, kSeconds };  // what the tag before this item asks for
    struct Level {
        uint32_t node;
        bool is_map;
        bool wants_key;  // of a map: the next item is a key
        uint64_t size;   // elements or entries that are complete
        uint64_t wanted;
    };

    bool begin(Type type, Time allowed = Time::kNone);  // may an item of this type stand here?
    void open_level(Type type, uint64_t wanted);
    void end_item();
    void close_innermost();
    void whole_text(Type type, std::string_view bytes);
    void append_time(std::optional<int64_t> unix_ns);
    void stop(std::string why);

    Document& document_;
    std::vector<Level> levels_;
    std::string chunks_, fault_;
    Type chunked_ = Type::kNull;  // kStr or kBytes while chunks come
    Time time_ = Time::kNone;
    bool tagged_ = false;  // a tag waits for its item
    bool done_ = false;
};

}  // namespace dumbwaiter
