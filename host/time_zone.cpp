// SPDX-License-Identifier: BSD-3-Clause
//
// The only file that includes cctz. It was taken because it follows a zone's rule past the last year of the database's
// table; Debian 12's date library stops changing clocks in 2037, and at once where the table is written "slim".
#include "time_zone.hpp"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "codec.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {

namespace {

constexpr const char* kDatabase = "/usr/share/zoneinfo";

using std::chrono::minutes;
using std::chrono::seconds;

cctz::time_point<cctz::seconds> instant_of(int64_t unix_seconds)
{
    return cctz::time_point<cctz::seconds>(cctz::seconds(unix_seconds));
}

// Both count civil time from the same midnight.
const cctz::civil_second kCivilZero(1970, 1, 1);

// The library would open a path.
bool is_zone_name(std::string_view name)
{
    const auto is_good = [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '/' || c == '_' ||
               c == '-' || c == '+';
    };
    return !name.empty() && name.front() != '/' && std::ranges::all_of(name, is_good);
}

std::vector<std::string> zone_names()
{
    namespace fs = std::filesystem;
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator place(kDatabase, error), end; !error && place != end;
         place.increment(error)) {
        const std::string first = place->path().filename().string();
        if (place.depth() == 0 && (first == "posix" || first == "right")) place.disable_recursion_pending();
        if (!place->is_directory(error)) names.push_back(place->path().lexically_relative(kDatabase).string());
    }
    return names;
}

}  // namespace

struct TimeZone::Rules {
    cctz::time_zone zone;
};

Expected<TimeZone> TimeZone::find(std::string_view name)
{
    TimeZone found;
    if (name == "UTC") return found;
    auto rules = std::make_shared<Rules>();
    if (!is_zone_name(name) || !cctz::load_time_zone(std::string(name), &rules->zone)) {
        const std::vector<std::string> names = zone_names();
        if (names.empty()) {
            return failure(Code::kNotFound,
                           fmt::format("there is no time zone database in {}: install tzdata", kDatabase));
        }
        const std::vector<std::string_view> known(names.begin(), names.end());
        const std::string near = did_you_mean(name, known);
        return failure(Code::kNotFound, fmt::format("{} is no time zone{}", json_quote(name),
                                                    near.empty() ? ": write one such as \"Europe/Berlin\"" : near));
    }
    found.rules_ = std::move(rules);
    return found;
}

LocalMinute TimeZone::local(int64_t unix_seconds) const
{
    int64_t civil = unix_seconds;
    if (rules_) civil = rules_->zone.lookup(instant_of(unix_seconds)).cs - kCivilZero;
    return LocalMinute(std::chrono::floor<minutes>(seconds(civil)));
}

int64_t TimeZone::first_instant(LocalMinute local) const
{
    const int64_t civil = std::chrono::duration_cast<seconds>(local.time_since_epoch()).count();
    if (!rules_) return civil;
    const auto found = rules_->zone.lookup(kCivilZero + civil);
    // SKIPPED: `trans` is where the clocks jump. REPEATED: `pre` is the first pass.
    const auto instant = found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
    return instant.time_since_epoch().count();
}

bool TimeZone::operator==(const TimeZone& other) const
{
    if (!rules_ || !other.rules_) return rules_ == other.rules_;
    return rules_->zone == other.rules_->zone;
}

}  // namespace dumbwaiter
