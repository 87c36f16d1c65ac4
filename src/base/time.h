#pragma once
// Durations and instants as Nomad's interfaces carry them: a Duration is a signed count of nanoseconds, a Time an
// instant in UTC with nanoseconds. Values only: nobody here reads a clock (see base/clock.h).

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace drover {

struct Duration {
    int64_t ns = 0;

    constexpr auto operator<=>(const Duration&) const = default;
    constexpr Duration operator+(Duration other) const { return {ns + other.ns}; }
    constexpr Duration operator-(Duration other) const { return {ns - other.ns}; }
    constexpr Duration operator-() const { return {-ns}; }
    constexpr Duration operator*(int64_t n) const { return {ns * n}; }
    constexpr Duration operator/(int64_t n) const { return {ns / n}; }
    constexpr Duration& operator+=(Duration other) { return ns += other.ns, *this; }
    constexpr int64_t milliseconds() const { return ns / 1'000'000; }
    constexpr double seconds() const { return static_cast<double>(ns) / 1e9; }
};

constexpr Duration nanoseconds(int64_t n) { return {n}; }
constexpr Duration microseconds(int64_t n) { return {n * 1'000}; }
constexpr Duration milliseconds(int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(int64_t n) { return {n * 1'000'000'000}; }
constexpr Duration minutes(int64_t n) { return seconds(n * 60); }
constexpr Duration hours(int64_t n) { return minutes(n * 60); }

// Reads Go's form: "1h30m", "300ms", "-1.5s", "0". A number without unit (other than 0) is refused. The message is
// Go's: `time: invalid duration "x"`, `time: missing unit in duration "10"`, `time: unknown unit "y" in duration "1y"`.
Result<Duration> parse_duration(std::string_view text);

// Go's form: "1h0m0s", "1.5s", "300ms", "0s".
std::string to_string(Duration d);

// An instant. The default is Go's zero time (year 1), which JSON shows as 0001-01-01T00:00:00Z.
struct Time {
    int64_t unix_ns = kZero;

    static constexpr int64_t kZero = INT64_MIN;
    static constexpr Time from_unix_ns(int64_t ns) { return {ns}; }
    static constexpr Time from_unix_seconds(int64_t s) { return {s * 1'000'000'000}; }

    constexpr bool is_zero() const { return unix_ns == kZero; }
    constexpr int64_t unix_seconds() const { return unix_ns / 1'000'000'000 - (unix_ns % 1'000'000'000 < 0 ? 1 : 0); }
    constexpr auto operator<=>(const Time&) const = default;
    constexpr Time operator+(Duration d) const { return {unix_ns + d.ns}; }
    constexpr Time operator-(Duration d) const { return {unix_ns - d.ns}; }
    constexpr Duration operator-(Time other) const { return {unix_ns - other.unix_ns}; }
};

// RFC 3339 with as many fractional digits as needed ("2026-01-02T03:04:05.006Z"), always UTC. parse_time takes any
// offset.
std::string to_rfc3339(Time t);
Result<Time> parse_time(std::string_view text);

// A calendar date and time of day in UTC.
struct Civil {
    int64_t year = 1;
    int month = 1, day = 1, hour = 0, minute = 0, second = 0, nanosecond = 0;
    int weekday = 1;  // 0 is Sunday
};
Civil to_civil(Time t);
Time from_civil(const Civil& c);

}  // namespace drover
