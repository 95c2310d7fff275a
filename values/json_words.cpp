// SPDX-License-Identifier: BSD-3-Clause
#include "json_words.hpp"

#include <charconv>
#include <system_error>

namespace dumbwaiter {

namespace {

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

template <typename T>
std::optional<T> number_of(std::string_view text)
{
    T number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stopped == end ? std::optional(number) : std::nullopt;
}

void take_word(std::string_view key, std::string_view value, std::initializer_list<JsonWord*> wanted)
{
    for (JsonWord* word : wanted) {
        if (word->key == key && word->text.empty()) word->text = value.substr(0, value.find_first_of(",} \n\t\r"));
    }
}

}  // namespace

std::optional<int64_t> JsonWord::integer() const
{
    return number_of<int64_t>(text);
}

std::optional<uint64_t> JsonWord::natural() const
{
    return number_of<uint64_t>(text);
}

std::optional<bool> JsonWord::boolean() const
{
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
}

void find_words(std::string_view json, std::initializer_list<JsonWord*> wanted)
{
    int depth = 0;
    for (size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c != '"') {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            ++at;
            continue;
        }
        const size_t end = end_of_string(json, at), colon = past_spaces(json, end);
        if (depth == 1 && colon < json.size() && json[colon] == ':') {
            take_word(json.substr(at + 1, end - at - 2), json.substr(past_spaces(json, colon + 1)), wanted);
        }
        at = end;
    }
}

}  // namespace dumbwaiter
