#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::base {

/// A day counted from 1970-01-01 UTC.
using Day = int32_t;

/// Seconds in a UTC day.
inline constexpr int64_t kSecondsPerDay = 86'400;

/// A point in time to the nanosecond over all the years of RFC 3339, 1 to 9999: exact, so that ties
/// of events are ties.
struct Instant {
  int64_t seconds = 0;      // since 1970 UTC, rounded down
  int32_t nanoseconds = 0;  // 0 to 999,999,999

  auto operator<=>(const Instant&) const = default;

  /// The UTC day that this lies in.
  constexpr Day day() const {
    return static_cast<Day>(seconds / kSecondsPerDay - (seconds % kSecondsPerDay < 0 ? 1 : 0));
  }

  /// Milliseconds since 1970 UTC, rounded down.
  constexpr int64_t milliseconds() const { return seconds * 1000 + nanoseconds / 1'000'000; }
};

/// Conversions to and from Abseil's time; sub-nanosecond parts are cut.
Instant ToInstant(absl::Time time);
absl::Time ToTime(Instant instant);

/// An RFC 3339 time; digits past the ninth decimal are cut, second 60 is the next minute's 0.
/// InvalidArgument for other forms, dates that don't exist, and years other than 1 to 9999 in UTC.
absl::StatusOr<Instant> ParseRfc3339(std::string_view text);

/// The same without a message, for hot paths: false where ParseRfc3339 would fail.
bool TryParseRfc3339(std::string_view text, Instant& instant);

/// RFC 3339 in UTC with three decimals, cut, not rounded: 2025-01-31T23:59:59.999Z.
std::string FormatRfc3339Millis(Instant instant);

/// As FormatRfc3339Millis, of milliseconds since 1970 UTC.
std::string FormatRfc3339Millis(int64_t milliseconds);

/// A day as YYYY-MM-DD.
std::string FormatDay(Day day);

/// YYYY-MM-DD as a day; InvalidArgument for what is no such date.
absl::StatusOr<Day> ParseDay(std::string_view text);

}  // namespace tenantry::base
