// SPDX-License-Identifier: BSD-3-Clause
//
// base/rfc3339.hpp.
#include "rfc3339.hpp"

#include <doctest/doctest.h>

using namespace dumbwaiter;

TEST_CASE("a time is written in UTC with nine digits, and reads back")
{
    struct Row {
        int64_t unix_ns;
        const char* text;
    };
    for (const Row& row : {
             Row{0, "1970-01-01T00:00:00.000000000Z"},
             Row{-1, "1969-12-31T23:59:59.999999999Z"},
             Row{-1'000'000'000, "1969-12-31T23:59:59.000000000Z"},
             Row{951'782'400'000'000'001, "2000-02-29T00:00:00.000000001Z"},
             Row{1'795'412'762'123'456'789, "2026-11-23T05:46:02.123456789Z"},
             Row{INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
             Row{INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
         }) {
        CAPTURE(row.text);
        CHECK(rfc3339(row.unix_ns) == row.text);
        CHECK(parse_rfc3339(row.text) == row.unix_ns);
    }
}

TEST_CASE("offsets, short fractions, lower case and leap seconds are taken")
{
    struct Row {
        const char* text;
        int64_t unix_ns;
    };
    for (const Row& row : {
             Row{"1970-01-01T00:00:01Z", 1'000'000'000},
             Row{"1970-01-01t00:00:01z", 1'000'000'000},
             Row{"1970-01-01 00:00:01Z", 1'000'000'000},
             Row{"1970-01-01T01:30:00+01:30", 0},
             Row{"1969-12-31T22:00:00-02:00", 0},
             Row{"1970-01-01T00:00:00.5Z", 500'000'000},
             Row{"1970-01-01T00:00:00.1234567899Z", 123'456'789},
             Row{"2016-12-31T23:59:60Z", 1'483'228'800'000'000'000},
         }) {
        CAPTURE(row.text);
        CHECK(parse_rfc3339(row.text) == row.unix_ns);
    }
}

TEST_CASE("what is no date-time, or does not fit, is refused")
{
    for (const char* text : {"",
                             "now",
                             "1970-01-01",
                             "1970-01-01T00:00:00",
                             "1970-13-01T00:00:00Z",
                             "1970-00-01T00:00:00Z",
                             "1970-02-29T00:00:00Z",
                             "1970-01-32T00:00:00Z",
                             "1970-01-01T24:00:00Z",
                             "1970-01-01T00:60:00Z",
                             "1970-01-01T00:00:61Z",
                             "1970-01-01T00:00:00.Z",
                             "1970-01-01T00:00:00+24:00",
                             "1970-01-01T00:00:00+01:60",
                             "1970-01-01T00:00:00+01",
                             "1970-01-01T00:00:00ZZ",
                             "1970-01-01T00:00:00Z ",
                             " 1970-01-01T00:00:00Z",
                             "1970-1-1T00:00:00Z",
                             "-970-01-01T00:00:00Z",
                             "2262-04-11T23:47:16.854775808Z",
                             "1677-09-21T00:12:43.145224191Z",
                             "0001-01-01T00:00:00Z",
                             "9999-12-31T23:59:59Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_rfc3339(text).has_value());
    }
}

TEST_CASE("seconds and nanoseconds join and split over the whole range")
{
    for (const int64_t unix_ns : {INT64_MIN, INT64_MIN + 1, int64_t{-1}, int64_t{0}, int64_t{1}, INT64_MAX}) {
        const SplitTime time = split_unix_ns(unix_ns);
        CHECK(time.nanoseconds < 1'000'000'000);
        CHECK(unix_ns_of(time.seconds, time.nanoseconds) == unix_ns);
    }
    CHECK_FALSE(unix_ns_of(INT64_MAX, 0).has_value());
    CHECK_FALSE(unix_ns_of(INT64_MIN, 999'999'999).has_value());
}
