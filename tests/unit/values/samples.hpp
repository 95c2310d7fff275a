// SPDX-License-Identifier: BSD-3-Clause
//
// Documents for tests: short to write, and named by what they are.
#pragma once

#include <cstdint>
#include <string_view>

#include "document.hpp"

namespace dumbwaiter::samples {

inline Document null()
{
    Document document;
    document.append(Type::kNull);
    return document;
}
inline Document boolean(bool truth)
{
    Document document;
    document.append_i64(Type::kBool, truth ? 1 : 0);
    return document;
}
inline Document i64(int64_t number)
{
    Document document;
    document.append_i64(Type::kI64, number);
    return document;
}
inline Document u64(uint64_t number)
{
    Document document;
    document.append_unsigned(number);
    return document;
}
inline Document f64(double number)
{
    Document document;
    document.append_f64(number);
    return document;
}
inline Document str(std::string_view text)
{
    Document document;
    document.append_text(Type::kStr, text);
    return document;
}
inline Document bytes(std::string_view text)
{
    Document document;
    document.append_text(Type::kBytes, text);
    return document;
}
inline Document time(int64_t unix_ns)
{
    Document document;
    document.append_i64(Type::kTime, unix_ns);
    return document;
}

template <typename... Elements>
Document array(const Elements&... elements)
{
    Document document;
    const uint32_t at = document.open(Type::kArray);
    (document.append_subtree(elements, 0), ...);
    document.close(at, sizeof...(elements));
    return document;
}

struct Entry {
    std::string_view key;
    Document value;
};

template <typename... Entries>
Document map(const Entries&... entries)
{
    Document document;
    const uint32_t at = document.open(Type::kMap);
    ((document.append_text(Type::kStr, entries.key), document.append_subtree(entries.value, 0)), ...);
    document.close(at, sizeof...(entries));
    return document;
}

inline Document nested(uint32_t depth)
{
    Document document;
    for (uint32_t i = 0; i < depth; ++i) document.open(Type::kArray);
    for (uint32_t i = depth; i-- > 0;) document.close(i, i + 1 < depth ? 1 : 0);
    return document;
}

}  // namespace dumbwaiter::samples
