// SPDX-License-Identifier: BSD-3-Clause
#include "postgres_time.hpp"

#include <cstdio>
#include <ctime>

std::optional<std::int64_t> parse_timestamp(std::string_view text)
{
    if (text.size() > 3 && text.substr(text.size() - 3) == "+00") text.remove_suffix(3);
    std::string const copy(text);
    std::tm parts{};
    int used = 0;
    if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &used) != 3 ||
        used != 10)
        return std::nullopt;
    std::int64_t fraction = 0;
    if (copy.size() > 10) {
        int time_used = 0;
        if (std::sscanf(copy.c_str() + 10, " %2d:%2d:%2d%n", &parts.tm_hour, &parts.tm_min, &parts.tm_sec,
                        &time_used) != 3)
            return std::nullopt;
        std::size_t at = 10 + static_cast<std::size_t>(time_used);
        std::int64_t unit = 100'000'000;
        if (at < copy.size() && copy[at] == '.') {
            for (++at; at < copy.size() && copy[at] >= '0' && copy[at] <= '9'; ++at, unit /= 10)
                fraction += (copy[at] - '0') * unit;
        }
        if (at != copy.size()) return std::nullopt;  // " BC" too
    }
    if (parts.tm_year < 1678 || parts.tm_year > 2261) return std::nullopt;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return static_cast<std::int64_t>(timegm(&parts)) * 1'000'000'000 + fraction;
}

std::string timestamp_text(std::int64_t unix_ns)
{
    std::int64_t const ns = (unix_ns % 1'000'000'000 + 1'000'000'000) % 1'000'000'000;
    auto const seconds = static_cast<std::time_t>((unix_ns - ns) / 1'000'000'000);
    std::tm parts{};
    char text[64], fraction[16];
    gmtime_r(&seconds, &parts);
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    std::snprintf(fraction, sizeof fraction, ".%06d+00", static_cast<int>(ns / 1000));
    return std::string(text) + fraction;
}
