#include "base/instant.h"

#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <cstring>

#include "base/status.h"

namespace tenantry::base {
namespace {

constexpr int32_t kSecondNanos = 1'000'000'000;

// Of the years that the form can say, in UTC: 0001-01-01T00:00:00 and 9999-12-31T23:59:59.
constexpr int64_t kFirstSecond = -62'135'596'800;
constexpr int64_t kLastSecond = 253'402'300'799;

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

bool DayOf(int y, unsigned m, unsigned d, int64_t& day) {
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(m),
                                         std::chrono::day(d)};
  if (y == 0 || !date.ok()) return false;
  day = std::chrono::sys_days(date).time_since_epoch().count();
  return true;
}

bool Date(std::string_view text, int64_t& day) {
  int y, m, d;
  if (text.size() < 10 || !Digits(text, 0, 4, y) || text[4] != '-' || !Digits(text, 5, 2, m) ||
      text[7] != '-' || !Digits(text, 8, 2, d)) {
    return false;
  }
  return DayOf(y, static_cast<unsigned>(m), static_cast<unsigned>(d), day);
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

// What eight bytes must look like, 0 standing for any digit; worked out by the compiler.
struct Pattern {
  consteval explicit Pattern(const char (&text)[9]) {
    for (int i = 0; i < 8; ++i) {
      bytes |= uint64_t{static_cast<unsigned char>(text[i])} << 8 * i;
      room |= uint64_t{text[i] == '0' ? 0x76U : 0x7FU} << 8 * i;
    }
  }
  uint64_t bytes = 0;
  uint64_t room = 0;  // what a byte's difference may grow by below 0x80: a digit's is up to 9, or 0
};

// Eight bytes of a text that are read at once.
class EightBytes {
 public:
  EightBytes(const char* text, const Pattern& pattern) {
    static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
    std::memcpy(&digits_, text, sizeof digits_);
    digits_ ^= pattern.bytes;
    matches_ = (((digits_ + pattern.room) | digits_) & 0x8080808080808080) == 0;
    pairs_ = digits_ * 10 + (digits_ >> 8);
  }

  bool matches() const { return matches_; }
  // Of bytes that match: the digit at a place, and the number that it makes with the next one.
  int digit(int at) const { return static_cast<int>(digits_ >> 8 * at & 0xFF); }
  int pair(int at) const { return static_cast<int>(pairs_ >> 8 * at & 0xFF); }

 private:
  uint64_t digits_;
  uint64_t pairs_;
  bool matches_;
};

// The fraction and Z from text[16], ":SS", on, for the three usual sizes of a text.
bool UsualFraction(std::string_view text, int32_t& nanoseconds) {
  constexpr size_t kSeconds = 20, kMillis = 24, kMicros = 27;
  nanoseconds = 0;
  if (text.size() == kSeconds) return text[19] == 'Z';
  if (text.size() == kMillis) {
    const EightBytes millis(&text[16], Pattern(":00.000Z"));
    nanoseconds = (millis.pair(4) * 10 + millis.digit(6)) * 1'000'000;
    return millis.matches();
  }
  if (text.size() != kMicros) return false;
  const EightBytes micros(&text[19], Pattern(".000000Z"));
  nanoseconds = (micros.pair(1) * 10'000 + micros.pair(3) * 100 + micros.pair(5)) * 1000;
  return micros.matches();
}

// The forms that nearly all times have, YYYY-MM-DDTHH:MM:SSZ with no, three or six decimals, in a
// third of the steps. False for whatever else, which may be a time.
bool TryParseUsual(std::string_view text, Instant& instant) {
  int32_t fraction;
  if (!UsualFraction(text, fraction)) return false;
  const EightBytes month(&text[0], Pattern("0000-00-")), day(&text[8], Pattern("00T00:00")),
      time(&text[11], Pattern("00:00:00"));
  if (!month.matches() || !day.matches() || !time.matches()) return false;
  int64_t days;
  if (!DayOf(month.pair(0) * 100 + month.pair(2), static_cast<unsigned>(month.pair(5)),
             static_cast<unsigned>(day.pair(0)), days)) {
    return false;
  }
  const int h = time.pair(0), m = time.pair(3), s = time.pair(6);
  instant = {days * kSecondsPerDay + h * 3600 + m * 60 + s, fraction};
  return h < 24 && m < 60 && s <= 60;
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
  if (TryParseUsual(text, instant)) return instant.seconds <= kLastSecond;
  int64_t day, seconds, zone;
  int32_t fraction;
  size_t at = 19;
  if (!Date(text, day) || !TimeOfDay(text, seconds) || !Fraction(text, at, fraction) ||
      at >= text.size() || !Zone(text, at, zone)) {
    return false;
  }
  instant = {day * kSecondsPerDay + seconds - zone, fraction};
  return instant.seconds >= kFirstSecond && instant.seconds <= kLastSecond;
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
