// SPDX-License-Identifier: BSD-3-Clause
#include "json_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "codec.hpp"

namespace dumbwaiter {

namespace {

constexpr uint64_t kMostBytes = 1 << 20;

bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

void append_quoted(std::string_view text, std::string& out)
{
    if (std::ranges::all_of(text, is_plain)) {
        out.append("\"").append(text).append("\"");
    } else {
        out.append(json_quote(text));
    }
}

}  // namespace

void JsonObject::begin_field(std::string_view key)
{
    end_nested();
    json_ += json_.empty() ? '{' : ',';
    append_quoted(key, json_);
    json_ += ':';
}

void JsonObject::end_nested()
{
    if (!std::exchange(is_nested_, false)) return;
    nested_.finish();
    json_ += to_json(nested_.document());
}

Builder& JsonObject::field(std::string_view key)
{
    begin_field(key);
    is_nested_ = true;
    nested_.begin(kMostBytes);
    return nested_;
}

JsonObject& JsonObject::text(std::string_view key, std::string_view value)
{
    begin_field(key);
    append_quoted(value, json_);
    return *this;
}

JsonObject& JsonObject::integer(std::string_view key, int64_t value)
{
    begin_field(key);
    fmt::format_to(std::back_inserter(json_), "{}", value);
    return *this;
}

JsonObject& JsonObject::real(std::string_view key, double value)
{
    begin_field(key);
    const size_t at = json_.size();
    fmt::format_to(std::back_inserter(json_), "{}", value);
    if (json_.find_first_not_of("-0123456789", at) == json_.npos) json_ += ".0";
    return *this;
}

JsonObject& JsonObject::boolean(std::string_view key, bool value)
{
    begin_field(key);
    json_ += value ? "true" : "false";
    return *this;
}

JsonObject& JsonObject::null(std::string_view key)
{
    begin_field(key);
    json_ += "null";
    return *this;
}

std::string JsonObject::finish()
{
    end_nested();
    if (json_.empty()) json_ += '{';
    json_ += '}';
    return std::move(json_);
}

}  // namespace dumbwaiter
