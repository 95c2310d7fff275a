// SPDX-License-Identifier: BSD-3-Clause
//
// PostgreSQL's dates and timestamps in UTC and the ISO style.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Unix nanoseconds of "2026-01-31", "2026-01-31 12:34:56.789" or the same with "+00"; nullopt for what is none of these
// or lies outside of the years 1678 to 2262.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// "2026-01-31 12:34:56.789000+00", as timestamptz reads it; timestamp passes the zone over.
std::string timestamp_text(std::int64_t unix_ns);
