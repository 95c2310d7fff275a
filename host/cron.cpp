// SPDX-License-Identifier: BSD-3-Clause
#include "cron.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include "codec.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month_day;

// A 29 February of a certain weekday may be 40 years away.
constexpr days kFarthest{48 * 366};

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
// Sunday is 0 and 7.
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct FieldRule {
    std::string_view title;
    uint32_t low, high;
    std::span<const std::string_view> names;  // of low, low + 1, ...
};

constexpr std::array<FieldRule, 5> kFields = {{{"minute", 0, 59, {}},
                                               {"hour", 0, 23, {}},
                                               {"day of month", 1, 31, {}},
                                               {"month", 1, 12, kMonths},
                                               {"day of week", 0, 7, kWeekdays}}};
constexpr std::string_view kShape = "minute hour day-of-month month day-of-week";

constexpr std::pair<std::string_view, std::string_view> kNicknames[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}};

// A piece of the line that knows where it stands.
struct Piece {
    std::string_view text;
    size_t at;  // from 1

    Piece part(size_t from, size_t count = std::string_view::npos) const
    {
        return {text.substr(from, count), at + from};
    }
};

std::unexpected<Error> fault(const Piece& piece, std::string_view message)
{
    return failure(Code::kInvalidArgument, fmt::format("at character {}: {}", piece.at, message));
}

std::vector<Piece> split(const Piece& whole, std::string_view separators)
{
    std::vector<Piece> pieces;
    size_t from = 0;
    while (true) {
        const size_t end = whole.text.find_first_of(separators, from);
        pieces.push_back(whole.part(from, end - from));
        if (end == std::string_view::npos) return pieces;
        from = end + 1;
    }
}

std::vector<Piece> words_of(std::string_view text)
{
    std::vector<Piece> words = split({text, 1}, " \t");
    std::erase_if(words, [](const Piece& piece) { return piece.text.empty(); });
    return words;
}

std::string lower(std::string_view text)
{
    std::string small(text);
    for (char& c : small) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return small;
}

std::optional<uint32_t> number_of(std::string_view text)
{
    uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Expected<uint32_t> value_of(const Piece& piece, const FieldRule& rule)
{
    const auto name = std::ranges::find(rule.names, lower(piece.text));
    if (name != rule.names.end()) return rule.low + static_cast<uint32_t>(name - rule.names.begin());
    const std::string wanted =
        fmt::format("the {} is a number from {} to {}{}", rule.title, rule.low, rule.high,
                    rule.names.empty() ? "" : fmt::format(" or a name such as {}", rule.names[1]));
    const auto number = number_of(piece.text);
    if (!number || *number < rule.low || *number > rule.high) {
        return fault(piece,
                     fmt::format("{}, not {}{}", wanted, json_quote(piece.text), did_you_mean(piece.text, rule.names)));
    }
    return *number;
}

struct Range {
    uint32_t low, high;
};

// `step` is what follows the slash, for the advice; "" without one.
Expected<Range> range_of(const Piece& piece, const FieldRule& rule, std::string_view step)
{
    if (piece.text == "*") return Range{rule.low, rule.high};
    const size_t dash = piece.text.find('-');
    const auto low = value_of(piece.part(0, dash), rule);
    if (!low) return std::unexpected(low.error());
    if (dash == std::string_view::npos) {
        if (step.empty()) return Range{*low, *low};
        return fault(piece, fmt::format("a step belongs to a range: write {}-{}/{}", piece.text, rule.high, step));
    }
    auto high = value_of(piece.part(dash + 1), rule);
    if (!high) return std::unexpected(high.error());
    if (*high == 0 && rule.high == 7 && *low > 0) high = 7;  // fri-sun
    if (*high < *low) {
        return fault(piece, fmt::format("the range {} runs backwards: write it as two, {}-{},{}-{}", piece.text, *low,
                                        rule.high, rule.low, *high));
    }
    return Range{*low, *high};
}

// The values of "*", "5", "1-5", "*/15", "8-18/2".
Expected<uint64_t> values_of_item(const Piece& item, const FieldRule& rule)
{
    if (item.text.empty()) {
        return fault(item, fmt::format("the list for the {} has an empty place: take a comma out", rule.title));
    }
    const size_t slash = item.text.find('/');
    const Piece text = slash == std::string_view::npos ? Piece{{}, 0} : item.part(slash + 1);
    const auto range = range_of(item.part(0, slash), rule, text.text);
    if (!range) return std::unexpected(range.error());
    uint32_t step = 1;
    if (slash != std::string_view::npos) {
        const uint32_t most = rule.high - rule.low;
        step = number_of(text.text).value_or(0);
        if (step < 1 || step > most) {
            return fault(text, fmt::format("the step of the {} is a number from 1 to {}, not {}", rule.title, most,
                                           json_quote(text.text)));
        }
    }
    uint64_t values = 0;
    for (uint32_t value = range->low; value <= range->high; value += step) values |= uint64_t{1} << value;
    return values;
}

Expected<uint64_t> values_of(const Piece& field, const FieldRule& rule)
{
    uint64_t values = 0;
    for (const Piece& item : split(field, ",")) {
        const auto some = values_of_item(item, rule);
        if (!some) return some;
        values |= *some;
    }
    return values;
}

Expected<std::string_view> line_of_nickname(const Piece& word)
{
    std::vector<std::string_view> known;
    for (const auto& [name, line] : kNicknames) {
        if (name == lower(word.text)) return line;
        known.push_back(name);
    }
    if (word.text == "@reboot") return fault(word, "@reboot is no time: write on_start = \"always\"");
    return fault(word, fmt::format("{} is no such name{}", json_quote(word.text), did_you_mean(word.text, known)));
}

Expected<std::vector<Piece>> fields_of(std::string_view text)
{
    std::vector<Piece> words = words_of(text);
    if (words.size() == 1 && words[0].text.starts_with('@')) {
        const auto line = line_of_nickname(words[0]);
        if (!line) return std::unexpected(line.error());
        return words_of(*line);
    }
    if (words.size() == kFields.size()) return words;
    if (!words.empty() && lower(words[0].text) == "@every") {
        return fault(words[0], "@every is no time: write frequency, in seconds");
    }
    const Piece end = words.size() > kFields.size() ? words[kFields.size()] : Piece{{}, text.size() + 1};
    std::string_view advice;
    if (words.size() == 6) advice = "; for less than a minute there is frequency";
    return fault(end, fmt::format("five fields are wanted ({}), not {}{}", kShape, words.size(), advice));
}

bool is_restricted(const Piece& field)
{
    return !field.text.starts_with('*');
}

}  // namespace

Expected<Cron> Cron::parse(std::string_view text)
{
    const auto fields = fields_of(text);
    if (!fields) return std::unexpected(fields.error());
    std::array<uint64_t, 5> values{};
    for (size_t i = 0; i < values.size(); ++i) {
        const auto some = values_of((*fields)[i], kFields[i]);
        if (!some) return std::unexpected(some.error());
        values[i] = *some;
    }
    Cron cron;
    cron.minutes_ = values[0];
    cron.hours_ = static_cast<uint32_t>(values[1]);
    cron.days_ = static_cast<uint32_t>(values[2]);
    cron.months_ = static_cast<uint32_t>(values[3]);
    cron.weekdays_ = static_cast<uint32_t>(values[4] | values[4] >> 7) & 0x7f;
    cron.either_day_ = is_restricted((*fields)[2]) && is_restricted((*fields)[4]);
    if (!cron.ever()) return fault((*fields)[2], "no month of these has such a day: it would never run");
    return cron;
}

bool Cron::ever() const
{
    if (either_day_) return true;
    const auto has_day = [&](unsigned month, unsigned longest) {
        return (months_ >> month & 1) != 0 && (days_ & ((uint64_t{1} << (longest + 1)) - 1)) != 0;
    };
    for (unsigned month = 1; month <= 12; ++month) {
        const bool is_short = month == 4 || month == 6 || month == 9 || month == 11;
        if (has_day(month, month == 2 ? 29 : is_short ? 30 : 31)) return true;
    }
    return false;
}

bool Cron::names(local_days day) const
{
    const year_month_day date(day);
    const bool day_fits = (days_ >> static_cast<unsigned>(date.day()) & 1) != 0;
    const bool weekday_fits = (weekdays_ >> std::chrono::weekday(day).c_encoding() & 1) != 0;
    return either_day_ ? day_fits || weekday_fits : day_fits && weekday_fits;
}

std::optional<int> Cron::minute_from(int minute_of_day) const
{
    const int hour = minute_of_day / 60;
    if ((hours_ >> hour & 1) != 0) {
        const uint64_t rest = minutes_ >> (minute_of_day % 60);
        if (rest != 0) return minute_of_day + std::countr_zero(rest);
    }
    const uint32_t later = hours_ >> (hour + 1);
    if (later == 0) return std::nullopt;
    return (hour + 1 + std::countr_zero(later)) * 60 + std::countr_zero(minutes_);
}

std::optional<LocalMinute> Cron::first_from(LocalMinute from) const
{
    local_days day = std::chrono::floor<days>(from);
    const local_days end = day + kFarthest;
    int minute = static_cast<int>((from - day).count());
    while (day < end) {
        const year_month_day date(day);
        if ((months_ >> static_cast<unsigned>(date.month()) & 1) == 0) {
            day = local_days((date.year() / date.month() + std::chrono::months(1)) / 1);
        } else {
            const auto found = names(day) ? minute_from(minute) : std::nullopt;
            if (found) return day + std::chrono::minutes(*found);
            day += days(1);
        }
        minute = 0;
    }
    return std::nullopt;
}

}  // namespace dumbwaiter
