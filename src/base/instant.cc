#include "base/instant.h"

#include <fmt/format.h>

#include <chrono>

#include "base/status.h"

namespace tenantry::base {
namespace {

constexpr int32_t kSecondNanos = 1'000'000'000;

// Reads exactly `digits` ASCII digits at `text[at]`.
bool Digits(std::string_view text, size_t at, int digits, int& value) {
  if (at + digits > text.size()) return false;
  value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

bool Date(std::string_view text, int64_t& day) {
  int y, m, d;
  if (text.size() < 10 || !Digits(text, 0, 4, y) || text[4] != '-' || !Digits(text, 5, 2, m) ||
      text[7] != '-' || !Digits(text, 8, 2, d)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(m),
                                         std::chrono::day(d)};
  if (y == 0 || !date.ok()) return false;
  day = std::chrono::sys_days(date).time_since_epoch().count();
  return true;
}

// "T12:34:56" at text[10]; second 60 gives the next minute's start.
bool TimeOfDay(std::string_view text, int64_t& seconds) {
  int h, m, s;
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || !Digits(text, 11, 2, h) ||
      text[13] != ':' || !Digits(text, 14, 2, m) || text[16] != ':' || !Digits(text, 17, 2, s)) {
    return false;
  }
  seconds = h * 3600 + m * 60 + s;
  return h < 24 && m < 60 && s <= 60;
}

// An optional ".digits" at text[at]; moves `at` past it.
bool Fraction(std::string_view text, size_t& at, int32_t& nanoseconds) {
  nanoseconds = 0;
  if (text[at] != '.') return true;
  int32_t unit = kSecondNanos / 10;
  size_t i = at + 1;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10) {
    nanoseconds += unit * (text[i] - '0');
  }
  const bool any = i > at + 1;
  at = i;
  return any;
}

// "Z" or "+hh:mm" at text[at], to the end.
bool Zone(std::string_view text, size_t at, int64_t& seconds) {
  seconds = 0;
  if (at + 1 == text.size()) return text[at] == 'Z' || text[at] == 'z';
  int h, m;
  if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') ||
      !Digits(text, at + 1, 2, h) || text[at + 3] != ':' || !Digits(text, at + 4, 2, m)) {
    return false;
  }
  seconds = (text[at] == '+' ? 1 : -1) * (h * 3600 + m * 60);
  return h < 24 && m < 60;
}

}  // namespace

Instant ToInstant(absl::Time time) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  const auto rest = absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds));
  return {seconds, static_cast<int32_t>(rest)};
}

absl::Time ToTime(Instant instant) {
  return absl::FromUnixSeconds(instant.seconds) + absl::Nanoseconds(instant.nanoseconds);
}

bool TryParseRfc3339(std::string_view text, Instant& instant) {
  int64_t day, seconds, zone;
  int32_t fraction;
  size_t at = 19;
  if (!Date(text, day) || !TimeOfDay(text, seconds) || !Fraction(text, at, fraction) ||
      at >= text.size() || !Zone(text, at, zone)) {
    return false;
  }
  instant = {day * kSecondsPerDay + seconds - zone, fraction};
  return true;
}

absl::StatusOr<Instant> ParseRfc3339(std::string_view text) {
  Instant instant;
  if (TryParseRfc3339(text, instant)) return instant;
  return InvalidArgument("'{}' is no RFC 3339 time such as 2025-01-31T12:00:00Z",
                         text.substr(0, 64));
}

std::string FormatRfc3339Millis(Instant instant) {
  return FormatRfc3339Millis(instant.milliseconds());
}

std::string FormatRfc3339Millis(int64_t milliseconds) {
  const int64_t second = milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0);
  const Day day = Instant{second, 0}.day();
  const int64_t of_day = second - day * kSecondsPerDay;
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", FormatDay(day), of_day / 3600, of_day / 60 % 60,
                     of_day % 60, milliseconds - second * 1000);
}

std::string FormatDay(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

absl::StatusOr<Day> ParseDay(std::string_view text) {
  int64_t day;
  if (text.size() == 10 && Date(text, day)) return static_cast<Day>(day);
  return InvalidArgument("'{}' is no date such as 2025-01-31", text.substr(0, 64));
}

}  // namespace tenantry::base
