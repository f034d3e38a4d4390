#include "lake/sql/arrow/arrow_type.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <array>
#include <vector>

#include "base/status.h"

namespace tenantry::lake::sql {
namespace {

using enum ArrowTypeId;

// Units of Schema.fbs.
constexpr int32_t kDay = 0;
constexpr int32_t kMonthDayNano = 2;

struct Plain {
  std::string_view format;
  ArrowType type;
};

const std::array<Plain, 26>& Plains() {
  static const std::array<Plain, 26> plains = {{
      {"n", {.id = kNull}},
      {"b", {.id = kBool, .bits = 1}},
      {"c", {.id = kInt, .bits = 8}},
      {"C", {.id = kInt, .bits = 8, .is_signed = false}},
      {"s", {.id = kInt, .bits = 16}},
      {"S", {.id = kInt, .bits = 16, .is_signed = false}},
      {"i", {.id = kInt, .bits = 32}},
      {"I", {.id = kInt, .bits = 32, .is_signed = false}},
      {"l", {.id = kInt, .bits = 64}},
      {"L", {.id = kInt, .bits = 64, .is_signed = false}},
      {"f", {.id = kFloatingPoint, .bits = 32, .precision = 1}},
      {"g", {.id = kFloatingPoint, .bits = 64, .precision = 2}},
      {"z", {.id = kBinary, .offset_bytes = 4}},
      {"Z", {.id = kLargeBinary, .offset_bytes = 8}},
      {"u", {.id = kUtf8, .offset_bytes = 4}},
      {"U", {.id = kLargeUtf8, .offset_bytes = 8}},
      {"tdD", {.id = kDate, .bits = 32, .unit = kDay}},
      {"tts", {.id = kTime, .bits = 32, .unit = 0}},
      {"ttm", {.id = kTime, .bits = 32, .unit = 1}},
      {"ttu", {.id = kTime, .bits = 64, .unit = 2}},
      {"ttn", {.id = kTime, .bits = 64, .unit = 3}},
      {"tin", {.id = kInterval, .bits = 128, .unit = kMonthDayNano}},
      {"+l", {.id = kList, .offset_bytes = 4}},
      {"+L", {.id = kLargeList, .offset_bytes = 8}},
      {"+s", {.id = kStruct}},
      {"+m", {.id = kMap, .offset_bytes = 4}},
  }};
  return plains;
}

absl::Status Unknown(std::string_view format) {
  return base::InvalidArgument(
      "a column has a type that is not given as Arrow ({}): cast it, say to VARCHAR",
      format.substr(0, 64));
}

// d:PRECISION,SCALE and d:PRECISION,SCALE,BITS.
absl::StatusOr<ArrowType> Decimal(std::string_view format) {
  ArrowType type{.id = kDecimal, .bits = 128};
  const std::vector<std::string> numbers =
      absl::StrSplit(absl::string_view(format.data() + 2, format.size() - 2), ',');
  const bool right = (numbers.size() == 2 || numbers.size() == 3) &&
                     absl::SimpleAtoi(numbers[0], &type.precision) &&
                     absl::SimpleAtoi(numbers[1], &type.scale) &&
                     (numbers.size() == 2 || absl::SimpleAtoi(numbers[2], &type.bits));
  if (!right) return Unknown(format);
  return type;
}

// tsUNIT:TIMEZONE, the unit one of s, m, u, n.
absl::StatusOr<ArrowType> Timestamp(std::string_view format) {
  const size_t unit = std::string_view("smun").find(format[2]);
  if (unit == std::string_view::npos) return Unknown(format);
  return ArrowType{.id = kTimestamp,
                   .bits = 64,
                   .unit = static_cast<int32_t>(unit),
                   .timezone = std::string(format.substr(4))};
}

}  // namespace

absl::StatusOr<ArrowType> ParseArrowType(std::string_view format) {
  for (const Plain& plain : Plains()) {
    if (plain.format == format) return plain.type;
  }
  if (format.starts_with("d:")) return Decimal(format);
  if (format.starts_with("ts") && format.size() >= 4 && format[3] == ':') return Timestamp(format);
  int32_t size = 0;
  const std::string_view number = format.substr(std::min(format.find(':') + 1, format.size()));
  const bool sized = absl::SimpleAtoi(absl::string_view(number.data(), number.size()), &size);
  if (format.starts_with("w:") && sized) return ArrowType{.id = kFixedSizeBinary, .bits = 8 * size};
  if (format.starts_with("+w:") && sized) return ArrowType{.id = kFixedSizeList, .size = size};
  return Unknown(format);
}

}  // namespace tenantry::lake::sql
