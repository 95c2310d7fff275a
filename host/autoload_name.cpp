// SPDX-License-Identifier: BSD-3-Clause
#include "autoload_name.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "key.hpp"

namespace dumbwaiter {
namespace {

bool is_symbol(std::string_view text)
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && !is_digit(text[0]) &&
           std::ranges::all_of(text, [&](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

std::string autoload_name(std::string_view library, std::string_view symbol)
{
    constexpr std::string_view kSuffix = ".so";
    if (library.ends_with(kSuffix)) library.remove_suffix(kSuffix.size());
    return fmt::format("{}.{}", library, symbol);
}

bool is_autoload_name(std::string_view name)
{
    const size_t dot = name.rfind('.');  // a symbol has none
    return is_valid_name(name) && dot != name.npos && dot > 0 && name[0] != '.' && is_symbol(name.substr(dot + 1));
}

}  // namespace dumbwaiter
