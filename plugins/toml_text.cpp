// SPDX-License-Identifier: BSD-3-Clause
#include "toml_text.h"

#include <toml++/toml.h>

#include <limits>
#include <sstream>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Days since 1970-01-01 of the proleptic Gregorian calendar; March begins the year, so that leap days end it.
std::int64_t days_since_epoch(const toml::date& date)
{
    std::int64_t const year = std::int64_t{date.year} - (date.month <= 2 ? 1 : 0);
    std::int64_t const era_year = year % 400;
    std::int64_t const month = (date.month + 9) % 12;
    std::int64_t const day_of_year = (153 * month + 2) / 5 + date.day - 1;
    return year / 400 * 146097 + era_year * 365 + era_year / 4 - era_year / 100 + day_of_year - 719468;
}

// toml++ frees the tables of a dotted key by recursion: one of some 50,000 parts would overflow the stack.
constexpr int kMostParts = 4096;

// The line of a key of more parts, 0 if there is none. A quote that goes on over lines ends here with its line, so that
// a text may be refused for its dots: better than a crash.
int line_of_overlong_key(std::string_view text)
{
    int line = 1, dots = 0;
    char quote = 0;
    for (char const c : text) {
        if (c == '\n') {
            ++line;
            dots = 0;
            quote = 0;
        } else if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '.' && ++dots > kMostParts) {
            return line;
        }
    }
    return 0;
}

class Putter {
public:
    explicit Putter(dw_call* call) : call_(call) {}

    std::int32_t put(const toml::table& table)
    {
        dw_open_map(call_);
        for (const auto& [key, value] : table) {
            dw_key(call_, key.str().data(), key.str().size());
            if (std::int32_t const code = put(value); code != DW_OK) return code;
        }
        return dw_close(call_);
    }

private:
    std::int32_t put(const toml::array& array)
    {
        dw_open_array(call_);
        for (const auto& value : array) {
            if (std::int32_t const code = put(value); code != DW_OK) return code;
        }
        return dw_close(call_);
    }

    std::int32_t put(const toml::node& node)
    {
        if (const auto* table = node.as_table()) return put(*table);
        if (const auto* array = node.as_array()) return put(*array);
        if (const auto* text = node.as_string()) return dw_put_str(call_, text->get().data(), text->get().size());
        if (const auto* integer = node.as_integer()) return dw_put_i64(call_, integer->get());
        if (const auto* number = node.as_floating_point()) return dw_put_f64(call_, number->get());
        if (const auto* truth = node.as_boolean()) return dw_put_bool(call_, truth->get() ? 1 : 0);
        if (const auto* date = node.as_date()) return put({date->get(), {}}, 0);
        if (const auto* time = node.as_time()) return put(time->get());
        const auto& at = node.as_date_time()->get();
        return put(at, at.offset ? at.offset->minutes : 0);
    }

    std::int32_t put(const toml::time& time)
    {
        std::ostringstream text;
        text << time;
        return dw_put_str(call_, text.str().data(), text.str().size());
    }

    std::int32_t put(const toml::date_time& at, int offset_minutes)
    {
        std::int64_t const seconds = days_since_epoch(at.date) * 86400 + at.time.hour * 3600 + at.time.minute * 60 +
                                     at.time.second - std::int64_t{offset_minutes} * 60;
        constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
        if (seconds > kMost || seconds < -kMost)
            return dw_fail(call_, "the file of args[0] has a time that does not lie between the years 1678 and 2262");
        return dw_put_time(call_, seconds * kSecond + at.time.nanosecond);
    }

    dw_call* call_;
};

}  // namespace

std::int32_t put_toml(dw_call* call, const char* bytes, std::uint64_t length, const char* source)
{
    std::string_view const text(bytes, length);
    if (int const line = line_of_overlong_key(text); line != 0) {
        return dw_fail(call, (std::string(source) + " is no TOML: a key of more than " + std::to_string(kMostParts) +
                              " parts in line " + std::to_string(line))
                                 .c_str());
    }
    toml::table document;
    try {
        document = toml::parse(text);
    } catch (const toml::parse_error& error) {
        std::ostringstream message;
        message << source << " is no TOML: line " << error.source().begin.line << ", column "
                << error.source().begin.column << ": " << error.description();
        return dw_fail(call, message.str().c_str());
    }
    return Putter(call).put(document);
}
