// SPDX-License-Identifier: BSD-3-Clause
#include "manifest_when.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "autoload_name.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {
namespace {

bool is_given(Position at)
{
    return at.line != 0;
}

// Indices of the functions that each one waits for; names that are not there are left out.
using Inputs = std::vector<std::vector<size_t>>;

Inputs inputs_of(const std::vector<FunctionSpec>& functions, const Settings& settings, ProblemList& problems)
{
    std::vector<std::string_view> names;
    Inputs inputs(functions.size());
    for (size_t i = 0; i < functions.size(); ++i) {
        for (const FunctionTerms::Input& input : functions[i]->after) {
            const size_t place = place_of(functions, input.name);
            if (place < functions.size()) {
                inputs[i].push_back(place);
                continue;
            }
            if (settings.autoload && is_autoload_name(input.name)) continue;  // autoload_warnings() looks for it
            if (names.empty()) std::ranges::transform(functions, std::back_inserter(names), &FunctionSpec::name);
            problems.add(input.at, fmt::format("{} names no function of this manifest{}", json_quote(input.name),
                                               did_you_mean(input.name, names)));
        }
    }
    return inputs;
}

// Takes out, again and again, whatever waits for nothing. What stays is in a circle or waits for one.
std::vector<bool> find_stuck(const Inputs& inputs)
{
    Inputs followers(inputs.size());
    std::vector<size_t> waits_for(inputs.size()), free;
    for (size_t i = 0; i < inputs.size(); ++i) {
        waits_for[i] = inputs[i].size();
        if (inputs[i].empty()) free.push_back(i);
        for (const size_t input : inputs[i]) followers[input].push_back(i);
    }
    std::vector<bool> stuck(inputs.size(), true);
    while (!free.empty()) {
        const size_t one = free.back();
        free.pop_back();
        stuck[one] = false;
        for (const size_t follower : followers[one]) {
            if (--waits_for[follower] == 0) free.push_back(follower);
        }
    }
    return stuck;
}

// The way from `start` along inputs that are stuck, until one comes again or was seen on an earlier way.
std::vector<size_t> walk(const Inputs& inputs, const std::vector<bool>& stuck, size_t start, std::vector<bool>& seen)
{
    std::vector<size_t> way;
    for (size_t at = start; !seen[at];) {
        seen[at] = true;
        way.push_back(at);
        at = *std::ranges::find_if(inputs[at], [&](size_t input) { return stuck[input]; });
        const auto circle = std::ranges::find(way, at);
        if (circle != way.end()) return {circle, way.end()};
    }
    return {};
}

void report_circle(const std::vector<FunctionSpec>& functions, std::vector<size_t> circle, ProblemList& problems)
{
    std::ranges::rotate(circle, std::ranges::min_element(circle));
    const FunctionSpec& first = functions[circle.front()];
    std::string text = first.name;
    circle.push_back(circle.front());
    for (size_t i = 1; i < circle.size(); ++i) text += " after " + functions[circle[i]].name;
    problems.add(first->after.front().at, fmt::format("these functions wait for each other ({}): take one of them out "
                                                      "of an \"after\"",
                                                      text));
}

}  // namespace

void WhenKeys::read_frequency(const TomlEntry& entry, ProblemList& problems)
{
    at_frequency_ = entry.at;
    read_seconds(entry, kLeastFrequency, kLongestTime, frequency_, problems);
}

void WhenKeys::read_align(const TomlEntry& entry, ProblemList& problems)
{
    at_align_ = entry.at;
    read_boolean(entry, align_, problems);
}

void WhenKeys::read_cron(const TomlEntry& entry, ProblemList& problems)
{
    at_cron_ = entry.at;
    TomlEntry spaced = entry;  // cron(8) takes tabs as well
    std::ranges::replace(spaced.value.text, '\t', ' ');
    read_plain_text(spaced, cron_, problems);
}

void WhenKeys::read_timezone(const TomlEntry& entry, ProblemList& problems)
{
    at_timezone_ = entry.at;
    read_plain_text(entry, timezone_, problems);
}

void WhenKeys::read_after(const TomlEntry& entry, ProblemList& problems)
{
    constexpr std::string_view kWanted = "an array of function names";
    const std::vector<TomlValue>& items = entry.value.items;
    if (entry.value.kind != TomlKind::kArray) return add_wrong_value(entry, kWanted, problems);
    const auto odd = std::ranges::find_if(items, [](const TomlValue& i) { return i.kind != TomlKind::kText; });
    if (odd != items.end()) {
        return problems.add(odd->at, fmt::format("\"after\" must be {}, and {} is none", kWanted, shown(*odd)));
    }
    for (const TomlValue& item : entry.value.items) {
        if (std::ranges::find(after_, item.text, &FunctionTerms::Input::name) != after_.end()) {
            problems.add(item.at, fmt::format("{} is there already: name each function once", json_quote(item.text)));
            continue;
        }
        after_.push_back({item.text, item.at});
    }
}

void WhenKeys::check(ProblemList& problems) const
{
    const bool has_cron = is_given(at_cron_);
    const bool has_frequency = is_given(at_frequency_) || (!has_cron && after_.empty());
    if (has_cron && is_given(at_frequency_)) {
        problems.add(at_cron_, "\"cron\" and \"frequency\" are both there: leave one of them out");
    }
    if (is_given(at_timezone_) && !has_cron) {
        problems.add(at_timezone_, "\"timezone\" is for \"cron\", which is not there: leave it out");
    }
    if (align_ && is_given(at_align_) && !has_frequency) {
        problems.add(at_align_, has_cron ? "\"align\" is for \"frequency\": leave it out, cron goes by the clock anyway"
                                         : "\"align\" is for \"frequency\", which is not there: leave it out");
    }
}

void WhenKeys::settle_cron(FunctionTerms& terms, ProblemList& problems) const
{
    const Expected<Cron> cron = cron_.empty() ? Cron() : Cron::parse(cron_);
    if (!cron) problems.add(at_cron_, cron.error().message);
    const Expected<TimeZone> zone = timezone_.empty() ? TimeZone() : TimeZone::find(timezone_);
    if (!zone) problems.add(at_timezone_, zone.error().message);
    if (!cron || !zone || cron_.empty()) return;
    terms.cron = WallTimes(*cron, *zone);
    terms.cron_line = cron_;
    terms.timezone = timezone_.empty() ? "UTC" : timezone_;
}

void WhenKeys::settle(FunctionTerms& terms, const Settings& settings, ProblemList& problems)
{
    check(problems);
    if (is_given(at_cron_)) settle_cron(terms, problems);
    terms.after = std::move(after_);
    terms.frequency = settings.default_frequency;
    if (is_given(at_cron_) || !terms.after.empty()) terms.frequency = Nanoseconds(0);
    if (is_given(at_frequency_) && frequency_ > Nanoseconds(0)) terms.frequency = frequency_;
    terms.align = terms.frequency > Nanoseconds(0) && (is_given(at_align_) ? align_ : settings.align);
}

void check_after(const std::vector<FunctionSpec>& functions, const Settings& settings, ProblemList& problems)
{
    if (std::ranges::all_of(functions, [](const FunctionSpec& spec) { return spec->after.empty(); })) return;
    const Inputs inputs = inputs_of(functions, settings, problems);
    const std::vector<bool> stuck = find_stuck(inputs);
    std::vector<bool> seen(functions.size(), false);
    for (size_t i = 0; i < functions.size(); ++i) {
        if (!stuck[i]) continue;
        if (std::vector<size_t> circle = walk(inputs, stuck, i, seen); !circle.empty()) {
            report_circle(functions, std::move(circle), problems);
        }
    }
}

}  // namespace dumbwaiter
