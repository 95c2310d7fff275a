// SPDX-License-Identifier: BSD-3-Clause
//
// Readers of single values, and the sentences that say what a value should have been.
#include "manifest_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "key.hpp"
#include "size_text.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {
namespace {

// Seconds far past every range, so that the conversion to nanoseconds cannot overflow before the range is checked.
constexpr int64_t kAbsurdSeconds = 1'000'000'000;

std::optional<Nanoseconds> as_duration(const TomlValue& value)
{
    if (value.kind == TomlKind::kInteger) {
        if (value.integer < -kAbsurdSeconds || value.integer > kAbsurdSeconds) return std::nullopt;
        return std::chrono::seconds(value.integer);
    }
    if (!(std::fabs(value.number) <= static_cast<double>(kAbsurdSeconds))) return std::nullopt;  // NaN too
    const Nanoseconds rounded(std::llround(static_cast<long double>(value.number) * 1e9L));
    // What is not zero must not become zero, which may mean "none".
    if (rounded == Nanoseconds(0) && value.number != 0) return std::nullopt;
    return rounded;
}

std::string seconds_text(Nanoseconds duration)
{
    const std::string text = fmt::format("{}", static_cast<double>(duration.count()) / 1e9);
    return duration == kLongestTime ? text + " (366 days)" : text;
}

std::optional<uint64_t> parse_size(std::string_view text)
{
    uint64_t number = 0;
    const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || number > (uint64_t{1} << 40)) return std::nullopt;
    const std::string_view unit(rest, static_cast<size_t>(text.data() + text.size() - rest));
    if (unit == "KiB") return number << 10;
    if (unit == "MiB") return number << 20;
    if (unit == "GiB") return number << 30;
    return std::nullopt;
}

}  // namespace

void ProblemList::add_once(Position at, std::string message)
{
    if (std::ranges::find(problems_, at, &Problem::at) == problems_.end()) add(at, std::move(message));
}

std::string ProblemList::first_place(Position first, Position second) const
{
    return first.file == second.file ? std::string() : ", at " + place_text(file_, parts_, first);
}

void add_unknown_key(const TomlEntry& entry, std::span<const std::string_view> known, std::string_view advice,
                     ProblemList& problems)
{
    std::string message = "unknown key " + json_quote(entry.key);
    const std::string near = did_you_mean(entry.key, known);
    message += !near.empty() || advice.empty() ? near : fmt::format(": {}", advice);
    problems.add(entry.at, std::move(message));
}

void add_wrong_value(const TomlEntry& entry, std::string_view wanted, ProblemList& problems)
{
    problems.add(entry.at, fmt::format("{} must be {}, not {}", json_quote(entry.key), wanted, shown(entry.value)));
}

bool is_kind(const TomlEntry& entry, TomlKind kind, ProblemList& problems)
{
    if (entry.value.kind == kind) return true;
    add_wrong_value(entry, kind_name(kind), problems);
    return false;
}

void add_not_yet(const TomlEntry& entry, ProblemList& problems)
{
    problems.add(entry.at, fmt::format("{} is not supported yet: leave it out", json_quote(entry.key)));
}

void read_boolean(const TomlEntry& entry, bool& out, ProblemList& problems)
{
    if (entry.value.kind != TomlKind::kBoolean) return add_wrong_value(entry, "true or false", problems);
    out = entry.value.boolean;
}

void read_integer(const TomlEntry& entry, uint32_t low, uint32_t high, uint32_t& out, ProblemList& problems)
{
    const TomlValue& value = entry.value;
    if (value.kind != TomlKind::kInteger || value.integer < low || value.integer > high) {
        return add_wrong_value(entry, fmt::format("an integer from {} to {}", low, high), problems);
    }
    out = static_cast<uint32_t>(value.integer);
}

void read_seconds(const TomlEntry& entry, Nanoseconds low, Nanoseconds high, Nanoseconds& out, ProblemList& problems)
{
    const bool is_number = entry.value.kind == TomlKind::kInteger || entry.value.kind == TomlKind::kFloat;
    const std::optional<Nanoseconds> duration = is_number ? as_duration(entry.value) : std::nullopt;
    if (!duration || *duration < low || *duration > high) {
        const std::string wanted =
            fmt::format("a number of seconds from {} to {}", seconds_text(low), seconds_text(high));
        return add_wrong_value(entry, wanted, problems);
    }
    out = *duration;
}

void read_plain_text(const TomlEntry& entry, std::string& out, ProblemList& problems)
{
    if (!is_kind(entry, TomlKind::kText, problems)) return;
    const std::string& text = entry.value.text;
    const bool has_control = std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (text.empty() || has_control) {
        return add_wrong_value(entry, "a text that is not empty and has no control characters", problems);
    }
    out = text;
}

void read_size(const TomlEntry& entry, uint64_t low, uint64_t high, uint64_t& out, ProblemList& problems)
{
    const TomlValue& value = entry.value;
    std::optional<uint64_t> size;
    if (value.kind == TomlKind::kInteger && value.integer >= 0) size = static_cast<uint64_t>(value.integer);
    if (value.kind == TomlKind::kText) size = parse_size(value.text);
    if (!size || *size < low || *size > high) {
        const std::string wanted = fmt::format("a number of bytes from {} to {}, or a text such as \"512KiB\"",
                                               size_text(low), size_text(high));
        return add_wrong_value(entry, wanted, problems);
    }
    out = *size;
}

int read_choice_index(const TomlEntry& entry, std::span<const std::string_view> choices, ProblemList& problems)
{
    std::string wanted;
    for (size_t i = 0; i < choices.size(); ++i) {
        if (entry.value.kind == TomlKind::kText && entry.value.text == choices[i]) return static_cast<int>(i);
        if (i > 0) wanted += i + 1 == choices.size() ? " or " : ", ";
        wanted += json_quote(choices[i]);
    }
    const std::string near =
        entry.value.kind == TomlKind::kText ? did_you_mean(entry.value.text, choices) : std::string();
    problems.add(entry.at,
                 fmt::format("{} must be {}, not {}{}", json_quote(entry.key), wanted, shown(entry.value), near));
    return -1;
}

void read_isolation(const TomlEntry& entry, Isolation& out, ProblemList& problems)
{
    read_choice<Isolation>(entry, {{"process", Isolation::kProcess}, {"thread", Isolation::kThread}}, out, problems);
}

void read_trust(const TomlEntry& entry, Trust& out, ProblemList& problems)
{
    read_choice<Trust>(entry, {{"owner", Trust::kOwner}, {"any", Trust::kAny}}, out, problems);
}

void read_group(const TomlEntry& entry, std::string& out, ProblemList& problems)
{
    const TomlValue& value = entry.value;
    if (value.kind != TomlKind::kText || !is_valid_name(value.text)) {
        return add_wrong_value(entry, fmt::format("a name of 1 to {} of A-Z a-z 0-9 _ . : -", kMaxNameLength),
                               problems);
    }
    out = value.text;
}

}  // namespace dumbwaiter
