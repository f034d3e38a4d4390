#include "runtime/option_values.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/status.h"

namespace tenantry::runtime {
namespace {

struct Unit {
  std::string_view name;
  int64_t bytes;
};

constexpr int64_t kDaysMax = 1'000'000;
constexpr std::array<Unit, 4> kUnits = {{{"TiB", int64_t{1} << 40},
                                         {"GiB", int64_t{1} << 30},
                                         {"MiB", int64_t{1} << 20},
                                         {"KiB", int64_t{1} << 10}}};

template <typename Number>
bool ParseWhole(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

}  // namespace

absl::StatusOr<int64_t> ParseInt(std::string_view text) {
  int64_t number = 0;
  if (ParseWhole(text, number)) return number;
  return base::InvalidArgument("`{}` is no integer; write one as 1024", text);
}

absl::StatusOr<double> ParseDouble(std::string_view text) {
  double number = 0;
  if (ParseWhole(text, number) && std::isfinite(number)) return number;
  return base::InvalidArgument("`{}` is no number; write one as 0.25", text);
}

absl::StatusOr<int64_t> ParseBytes(std::string_view text) {
  std::string_view digits = text;
  int64_t unit_bytes = 1;
  for (const Unit& unit : kUnits) {
    if (digits.ends_with(unit.name)) {
      digits.remove_suffix(unit.name.size());
      unit_bytes = unit.bytes;
      break;
    }
  }
  if (unit_bytes == 1 && digits.ends_with("B")) digits.remove_suffix(1);
  if (digits.size() < text.size() && digits.ends_with(" ")) digits.remove_suffix(1);
  int64_t number = 0;
  if (!ParseWhole(digits, number) || number < 0) {
    return base::InvalidArgument(
        "`{}` is no size; write bytes, or a number with KiB, MiB or GiB, "
        "as 64MiB",
        text);
  }
  if (number > std::numeric_limits<int64_t>::max() / unit_bytes) {
    return base::InvalidArgument("`{}` is more bytes than can be counted", text);
  }
  return number * unit_bytes;
}

absl::StatusOr<bool> ParseBool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return base::InvalidArgument("`{}` is neither true nor false", text);
}

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  // Abseil knows no days: those that come first are told in hours.
  int64_t days = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, failed] = std::from_chars(text.data(), end, days);
  std::string plain(text);
  if (failed == std::errc() && unit != end && *unit == 'd' && days >= 0 && days <= kDaysMax) {
    plain = fmt::format("{}h{}", 24 * days, std::string_view(unit + 1, end));
  }
  absl::Duration duration;
  if (absl::ParseDuration(plain, &duration) && duration < absl::InfiniteDuration() &&
      duration > -absl::InfiniteDuration()) {
    return duration;
  }
  return base::InvalidArgument(
      "`{}` is no duration; write a number and a unit, as 250ms, 30s, 1h30m or 7d", text);
}

std::string FormatBytes(int64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return fmt::format("{} {}", bytes / unit.bytes, unit.name);
    }
  }
  return fmt::format("{}", bytes);
}

}  // namespace tenantry::runtime
