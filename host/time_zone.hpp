// SPDX-License-Identifier: BSD-3-Clause
//
// Local time of a zone of the system's tz database, in the two directions that due times need. cctz stays in
// time_zone.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cron.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Thread-safe; copies share their rules.
class TimeZone {
public:
    TimeZone() = default;  // UTC
    // By its name in the database, "Europe/Berlin".
    static Expected<TimeZone> find(std::string_view name);

    // Unix seconds. Of a repeated hour both passes have the same local time.
    LocalMinute local(int64_t unix_seconds) const;
    // The first instant that has this local time; where clocks jump over it, the one at which they jump. Never goes
    // back as `local` goes on.
    int64_t first_instant(LocalMinute local) const;

    bool operator==(const TimeZone& other) const;

private:
    struct Rules;
    std::shared_ptr<const Rules> rules_;  // null: UTC, which needs no database
};

}  // namespace dumbwaiter
