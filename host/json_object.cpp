// SPDX-License-Identifier: BSD-3-Clause
#include "json_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>
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

// Past the string that begins at `at`.
size_t end_of_string(std::string_view json, size_t at)
{
    for (++at; at < json.size() && json[at] != '"'; ++at) {
        if (json[at] == '\\') ++at;
    }
    return at + 1;
}

size_t past_spaces(std::string_view json, size_t at)
{
    while (at < json.size() && (json[at] == ' ' || json[at] == '\n' || json[at] == '\t' || json[at] == '\r')) ++at;
    return at;
}

// What stands behind the key of an object, up to what ends a number or a word. A look at one field of a document that
// this host wrote: there may be a million of them, and decoding each takes longer than all else at a start.
std::optional<std::string_view> word_of(std::string_view json, std::string_view key)
{
    int depth = 0;
    for (size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c != '"') {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            ++at;
            continue;
        }
        const size_t end = end_of_string(json, at);
        const size_t colon = past_spaces(json, end);
        const bool is_key = depth == 1 && colon < json.size() && json[colon] == ':';
        if (is_key && end - at == key.size() + 2 && json.substr(at + 1, key.size()) == key) {
            const size_t begin = past_spaces(json, colon + 1);
            return json.substr(begin, json.find_first_of(",} \n\t\r", begin) - begin);
        }
        at = end;
    }
    return std::nullopt;
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

std::optional<int64_t> integer_field(std::string_view json, std::string_view key)
{
    const auto word = word_of(json, key);
    if (!word) return std::nullopt;
    int64_t number = 0;
    const char* const end = word->data() + word->size();
    const auto [stopped, error] = std::from_chars(word->data(), end, number);
    return error == std::errc() && stopped == end ? std::optional(number) : std::nullopt;
}

std::optional<bool> boolean_field(std::string_view json, std::string_view key)
{
    const auto word = word_of(json, key);
    if (!word || (*word != "true" && *word != "false")) return std::nullopt;
    return *word == "true";
}

}  // namespace dumbwaiter
