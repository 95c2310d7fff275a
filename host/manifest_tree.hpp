// SPDX-License-Identifier: BSD-3-Clause
//
// A TOML text as a plain tree that remembers where everything stood. toml++ stays in manifest_toml.cpp.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "manifest.hpp"

namespace dumbwaiter {

enum class TomlKind { kBoolean, kInteger, kFloat, kText, kTime, kLocalTime, kArray, kTable, kTooDeep };

struct TomlEntry;

struct TomlValue {
    TomlKind kind = TomlKind::kTable;
    Position at;
    bool boolean = false;
    int64_t integer = 0;             // kInteger; kTime: seconds since the Unix epoch
    uint32_t nanoseconds = 0;        // kTime: the rest of it
    double number = 0;               // kFloat
    std::string text;                // kText
    std::vector<TomlValue> items;    // kArray
    std::vector<TomlEntry> entries;  // kTable, in the order of the text
};

struct TomlEntry {
    std::string key;
    Position at;  // of the key
    TomlValue value;
};

// The root table, or the syntax error. Values nested absurdly deep come back as kTooDeep.
std::expected<TomlValue, Problem> read_toml(std::string_view text);

// "a boolean", "an integer", ... as messages name it.
std::string_view kind_name(TomlKind kind);

// The value itself where it is short enough to be recognised by ("not 0", "not \"many\""), else its kind.
std::string shown(const TomlValue& value);

}  // namespace dumbwaiter
