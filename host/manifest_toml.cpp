// SPDX-License-Identifier: BSD-3-Clause
//
// toml++ to our own tree, and its syntax errors to one sentence each. The only file that includes toml++.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>

#include "codec.hpp"
#include "manifest_tree.hpp"
#include "visible_text.hpp"

namespace dumbwaiter {
namespace {

// Deeper than any argument may be, with room for the tables that lead to it.
constexpr uint32_t kMaxTreeDepth = kMaxDepth + 16;

// toml++ walks dotted keys by recursion when it frees them: a key of some 50,000 parts overflows the stack.
constexpr size_t kMaxKeyParts = 4096;

Position position_of(const toml::source_position& source)
{
    return {static_cast<uint32_t>(source.line), static_cast<uint32_t>(source.column)};
}

int64_t seconds_of(const toml::date& date)
{
    const std::chrono::year_month_day day{std::chrono::year(date.year), std::chrono::month(date.month),
                                          std::chrono::day(date.day)};
    return int64_t{std::chrono::sys_days(day).time_since_epoch().count()} * 86400;
}

int64_t seconds_of(const toml::time& time)
{
    return int64_t{time.hour} * 3600 + int64_t{time.minute} * 60 + time.second;
}

void convert_time(const toml::date_time& from, TomlValue& to)
{
    to.kind = TomlKind::kTime;
    to.integer = seconds_of(from.date) + seconds_of(from.time);
    if (from.offset) to.integer -= int64_t{from.offset->minutes} * 60;
    to.nanoseconds = from.time.nanosecond;
}

TomlValue convert(const toml::node& node, uint32_t depth);

void convert_table(const toml::table& from, uint32_t depth, TomlValue& to)
{
    to.kind = TomlKind::kTable;
    to.entries.reserve(from.size());
    for (const auto& [key, node] : from) {
        to.entries.push_back({std::string(key.str()), position_of(key.source().begin), convert(node, depth + 1)});
    }
    // toml++ keeps a table sorted by key. A generated one mostly is in the order of the text as well.
    const auto place = [](const TomlEntry& entry) { return std::tie(entry.at.line, entry.at.column); };
    if (!std::ranges::is_sorted(to.entries, {}, place)) std::ranges::stable_sort(to.entries, {}, place);
}

void convert_scalar(const toml::node& node, TomlValue& to)
{
    if (const auto* boolean = node.as_boolean()) {
        to.kind = TomlKind::kBoolean;
        to.boolean = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
        to.kind = TomlKind::kInteger;
        to.integer = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
        to.kind = TomlKind::kFloat;
        to.number = number->get();
    } else if (const auto* text = node.as_string()) {
        to.kind = TomlKind::kText;
        to.text = text->get();
    } else if (const auto* date = node.as_date()) {
        to.kind = TomlKind::kTime;
        to.integer = seconds_of(date->get());
    } else if (const auto* moment = node.as_date_time()) {
        convert_time(moment->get(), to);
    } else {
        to.kind = TomlKind::kLocalTime;
    }
}

TomlValue convert(const toml::node& node, uint32_t depth)
{
    TomlValue value;
    value.at = position_of(node.source().begin);
    const bool is_container = node.is_array() || node.is_table();
    if (is_container && depth > kMaxTreeDepth) {
        value.kind = TomlKind::kTooDeep;
    } else if (const auto* table = node.as_table()) {
        convert_table(*table, depth, value);
    } else if (const auto* array = node.as_array()) {
        value.kind = TomlKind::kArray;
        value.items.reserve(array->size());
        for (const toml::node& item : *array) value.items.push_back(convert(item, depth + 1));
    } else {
        convert_scalar(node, value);
    }
    return value;
}

// "Error while parsing table header: cannot redefine existing table 'functions.a'" and its like, as one plain sentence.
std::string cleaned(std::string_view description)
{
    std::string text(description);
    if (const size_t at = text.find("cannot redefine existing "); at != text.npos) {
        const size_t open = text.find('\'', at), close = text.rfind('\'');
        if (open < close) {
            return fmt::format("{} is there already: write each name once",
                               json_quote(std::string_view(text).substr(open + 1, close - open - 1)));
        }
    }
    if (text.find("invalid utf-8") != text.npos) return "not UTF-8 from here on: save the file as UTF-8";
    constexpr std::string_view kPrefix = "Error while parsing ";
    if (text.starts_with(kPrefix)) text.replace(0, kPrefix.size(), "in this ");
    text = visible_text(text);
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

// Where a key has too many parts to be taken apart safely: a rough look that only counts dots outside quotes.
std::optional<Problem> overlong_key(std::string_view text)
{
    uint32_t line = 1;
    size_t dots = 0;
    char quote = 0;
    for (const char c : text) {
        if (c == '\n') {
            ++line;
            dots = 0;
            quote = 0;
        } else if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '.' && ++dots > kMaxKeyParts) {
            return Problem{{line, 1}, fmt::format("a key of more than {} parts", kMaxKeyParts)};
        }
    }
    return std::nullopt;
}

std::string short_text(std::string_view text)
{
    constexpr size_t kShown = 60;
    if (text.size() <= kShown) return json_quote(text);
    size_t end = kShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return json_quote(std::string(text.substr(0, end)) + "...");
}

// Not to be taken for an integer: 1.0, not 1.
std::string float_text(double number)
{
    const std::string text = fmt::format("{}", number);
    return text.find_first_not_of("-0123456789") == text.npos ? text + ".0" : text;
}

}  // namespace

std::expected<TomlValue, Problem> read_toml(std::string_view text)
{
    if (std::optional<Problem> problem = overlong_key(text)) return std::unexpected(std::move(*problem));
    try {
        return convert(toml::parse(text, std::string_view("manifest")), 0);
    } catch (const toml::parse_error& error) {
        return std::unexpected(Problem{position_of(error.source().begin), cleaned(error.description())});
    }
}

std::string_view kind_name(TomlKind kind)
{
    switch (kind) {
        case TomlKind::kBoolean: return "a boolean";
        case TomlKind::kInteger: return "an integer";
        case TomlKind::kFloat: return "a float";
        case TomlKind::kText: return "a string";
        case TomlKind::kTime: return "a date-time";
        case TomlKind::kLocalTime: return "a local time";
        case TomlKind::kArray: return "an array";
        case TomlKind::kTable: return "a table";
        case TomlKind::kTooDeep: return "nested too deep";
    }
    return "of no known kind";
}

std::string shown(const TomlValue& value)
{
    switch (value.kind) {
        case TomlKind::kBoolean: return value.boolean ? "true" : "false";
        case TomlKind::kInteger: return fmt::format("{}", value.integer);
        case TomlKind::kFloat: return float_text(value.number);
        case TomlKind::kText: return short_text(value.text);
        default: return std::string(kind_name(value.kind));
    }
}

}  // namespace dumbwaiter
