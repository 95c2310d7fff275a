// SPDX-License-Identifier: BSD-3-Clause
#include "readable.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "plural.hpp"

namespace dumbwaiter {

namespace {

struct Unit {
    int64_t seconds;
    const char* name;
};

// The two largest units that are not zero: "4 min 10 s".
std::string whole_units(int64_t seconds)
{
    static constexpr std::array<Unit, 4> kUnits = {{{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}};
    size_t largest = 0;
    while (largest + 1 < kUnits.size() && seconds < kUnits[largest].seconds) ++largest;
    std::string text = fmt::format("{} {}", seconds / kUnits[largest].seconds, kUnits[largest].name);
    if (largest + 1 == kUnits.size()) return text;
    const int64_t rest = seconds % kUnits[largest].seconds / kUnits[largest + 1].seconds;
    if (rest > 0) text += fmt::format(" {} {}", rest, kUnits[largest + 1].name);
    return text;
}

}  // namespace

std::string readable_seconds(double seconds)
{
    if (!std::isfinite(seconds)) return "?";
    if (seconds < 0) return "-" + readable_seconds(-seconds);
    if (seconds == 0) return "0 s";
    if (seconds < 0.001) return fmt::format("{:.0f} us", seconds * 1e6);
    if (seconds < 0.1) return fmt::format("{:.1f} ms", seconds * 1e3);
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    if (seconds > 1e15) return fmt::format("{:.0f} d", seconds / 86400);
    return whole_units(static_cast<int64_t>(seconds));
}

std::string readable_bytes(uint64_t bytes)
{
    static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double amount = static_cast<double>(bytes) / 1024;
    size_t unit = 0;
    for (; amount >= 1024; ++unit) amount /= 1024;
    return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string readable_count(uint64_t number)
{
    std::string digits = std::to_string(number);
    for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

std::string counted(uint64_t number, std::string_view thing)
{
    return readable_count(number) + " " + plural(number, thing);
}

}  // namespace dumbwaiter
