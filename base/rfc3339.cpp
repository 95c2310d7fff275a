// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 3339 both ways, on the calendar of std::chrono.
#include "rfc3339.hpp"

#include <fmt/format.h>

#include <chrono>

namespace dumbwaiter {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

// Eats a fixed shape from the front of a text; once something does not fit, good() stays false.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(size_t count)
    {
        int number = 0;
        for (size_t i = 0; i < count; ++i) {
            if (!at_digit()) return fail();
            number = number * 10 + (take() - '0');
        }
        return number;
    }
    // One of these characters; 0 if it is none.
    char one_of(std::string_view choices)
    {
        if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
            fail();
            return 0;
        }
        return take();
    }
    bool at(char wanted) const { return !rest_.empty() && rest_.front() == wanted; }
    bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    char take()
    {
        const char first = rest_.front();
        rest_.remove_prefix(1);
        return first;
    }
    bool good() const { return good_; }
    bool done() const { return good_ && rest_.empty(); }

private:
    int fail()
    {
        good_ = false;
        return 0;
    }

    std::string_view rest_;
    bool good_ = true;
};

uint32_t scan_fraction(Scanner& scanner)
{
    if (!scanner.at('.')) return 0;
    scanner.take();
    uint32_t nanoseconds = static_cast<uint32_t>(scanner.digits(1)) * 100'000'000;
    for (uint32_t unit = 10'000'000; scanner.at_digit(); unit /= 10) {
        nanoseconds += static_cast<uint32_t>(scanner.take() - '0') * unit;
    }
    return nanoseconds;
}

std::optional<std::chrono::minutes> scan_offset(Scanner& scanner)
{
    const char sign = scanner.one_of("Zz+-");
    if (sign == 'Z' || sign == 'z') return std::chrono::minutes{0};
    const int hours = scanner.digits(2);
    scanner.one_of(":");
    const int minutes = scanner.digits(2);
    if (!scanner.good() || hours > 23 || minutes > 59) return std::nullopt;
    const std::chrono::minutes offset{hours * 60 + minutes};
    return sign == '-' ? -offset : offset;
}

}  // namespace

std::optional<int64_t> unix_ns_of(int64_t seconds, uint32_t nanoseconds)
{
    int64_t fraction = nanoseconds;
    // Toward zero, so that the earliest times do not overflow on the way.
    if (seconds < 0 && fraction > 0) {
        ++seconds;
        fraction -= kNsPerSecond;
    }
    int64_t unix_ns;
    if (__builtin_mul_overflow(seconds, kNsPerSecond, &unix_ns)) return std::nullopt;
    if (__builtin_add_overflow(unix_ns, fraction, &unix_ns)) return std::nullopt;
    return unix_ns;
}

SplitTime split_unix_ns(int64_t unix_ns)
{
    int64_t seconds = unix_ns / kNsPerSecond;
    int64_t nanoseconds = unix_ns % kNsPerSecond;
    if (nanoseconds < 0) {
        nanoseconds += kNsPerSecond;
        --seconds;
    }
    return {seconds, static_cast<uint32_t>(nanoseconds)};
}

std::string rfc3339(int64_t unix_ns)
{
    using namespace std::chrono;
    const SplitTime split = split_unix_ns(unix_ns);
    const sys_seconds time{seconds{split.seconds}};
    const sys_days day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(), split.nanoseconds);
}

std::optional<int64_t> parse_rfc3339(std::string_view text)
{
    using namespace std::chrono;
    Scanner scanner(text);
    const year y{scanner.digits(4)};
    scanner.one_of("-");
    const month m{static_cast<unsigned>(scanner.digits(2))};
    scanner.one_of("-");
    const day d{static_cast<unsigned>(scanner.digits(2))};
    scanner.one_of("Tt ");
    const int hour = scanner.digits(2);
    scanner.one_of(":");
    const int minute = scanner.digits(2);
    scanner.one_of(":");
    const int second = scanner.digits(2);
    const uint32_t nanoseconds = scan_fraction(scanner);
    const auto offset = scan_offset(scanner);
    const year_month_day date{y, m, d};
    if (!scanner.done() || !offset || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const sys_seconds time = sys_days{date} + hours{hour} + minutes{minute} + seconds{second} - *offset;
    return unix_ns_of(time.time_since_epoch().count(), nanoseconds);
}

}  // namespace dumbwaiter
