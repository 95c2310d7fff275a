// SPDX-License-Identifier: BSD-3-Clause
//
// The dw_put_* rules: a result is built all or nothing, one top-level value, and the first fault sticks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"
#include "key_set.hpp"

namespace dumbwaiter {

// Longest media type of a raw payload, in bytes.
inline constexpr size_t kMaxMediaType = 255;

// Thread-compatible. Every put returns DW_OK, DW_MISUSE or DW_LIMIT; after a fault always that fault's code.
class Builder {
public:
    // Starts a new result; memory of the one before is kept. `limit` bounds the payload in bytes (0 = no bound); what
    // is certain to be larger, in whichever serializer, is refused while it is built.
    void begin(uint64_t limit);
    // The same for what a serializer leaves: bytes alone, whose pieces are joined into raw(); none at all is a fault.
    void begin_bytes(uint64_t limit);
    // For a call that leaves no result: every put is refused.
    void begin_nothing();

    int32_t put_null();
    int32_t put_bool(bool truth);
    int32_t put_i64(int64_t number);
    int32_t put_u64(uint64_t number);
    int32_t put_f64(double number);
    int32_t put_time(int64_t unix_ns);
    int32_t put_str(std::string_view utf8);
    int32_t put_bytes(std::string_view bytes);
    int32_t open_array() { return open(Type::kArray); }
    int32_t open_map() { return open(Type::kMap); }
    int32_t key(std::string_view utf8);
    int32_t close();
    int32_t put_subtree(const Document& from, uint32_t node);  // `from` is not document()
    int32_t put_raw(std::string_view media_type, std::string_view bytes);

    // A fault that was found before the value came this far; sticks like the builder's own. Returns the sticking code.
    int32_t refuse(int32_t code, std::string text);

    // DW_OK when a whole value (or nothing at all: null) is there; else the code of what is wrong, said by fault().
    int32_t finish();

    const std::string& fault() const { return fault_; }
    bool is_raw() const { return is_raw_; }  // put_raw, begin_bytes: the bytes are in raw(), the document is empty
    const std::string& raw() const { return raw_; }
    const std::string& media_type() const { return media_type_; }
    const Document& document() const { return document_; }

private:
    static constexpr uint32_t kNoKey = 0;  // node 0 is the root, never a key

    struct Level {
        uint32_t node;
        uint32_t key;  // node of the key that waits for its value; kNoKey: none does
        uint64_t size;
        bool is_map;
    };

    int32_t open(Type type);
    int32_t put_text(Type type, std::string_view bytes);
    int32_t join(std::string_view bytes);
    int32_t refuse_text(std::string_view what, std::string_view bytes, size_t fault_at);
    int32_t reserve(uint64_t bytes);       // counts what the payload will hold at least
    int32_t before_value(uint64_t bytes);  // is a value allowed here, and does it fit?
    int32_t after_value();
    int32_t measure(const Document& from, uint32_t node, uint64_t& bytes);

    Document document_;
    std::vector<Level> levels_;
    std::vector<KeySet> key_sets_;  // by depth
    std::string raw_, media_type_, fault_;
    uint64_t limit_ = 0, used_ = 0;
    int32_t code_ = 0;
    bool is_raw_ = false, has_value_ = false, joins_ = false;
};

}  // namespace dumbwaiter
