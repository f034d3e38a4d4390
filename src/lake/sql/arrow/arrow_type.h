#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::lake::sql {

/// Arrow's types as its Schema.fbs numbers them (the members of the union Type).
enum class ArrowTypeId : uint8_t {
  kNull = 1,
  kInt = 2,
  kFloatingPoint = 3,
  kBinary = 4,
  kUtf8 = 5,
  kBool = 6,
  kDecimal = 7,
  kDate = 8,
  kTime = 9,
  kTimestamp = 10,
  kInterval = 11,
  kList = 12,
  kStruct = 13,
  kFixedSizeBinary = 15,
  kFixedSizeList = 16,
  kMap = 17,
  kLargeBinary = 19,
  kLargeUtf8 = 20,
  kLargeList = 21,
};

/// A type: what its table in Schema.fbs holds, and how its values lie in memory.
struct ArrowType {
  ArrowTypeId id = ArrowTypeId::kNull;
  int32_t bits = 0;       ///< of a value in the data buffer; 0 for types without one of fixed size
  bool is_signed = true;  ///< of integers
  int32_t precision = 0;  ///< of decimals; of floating-point numbers 1 single, 2 double
  int32_t scale = 0;      ///< of decimals
  int32_t unit = 0;       ///< of dates, times, timestamps and intervals
  int32_t size = 0;       ///< of fixed-size lists: values
  int32_t offset_bytes = 0;  ///< of an offset; 0 for types without offsets
  std::string timezone;      ///< of timestamps
};

/// The type that a format string of the C data interface means, of those that DuckDB gives.
/// InvalidArgument: another one; the message asks for a cast.
absl::StatusOr<ArrowType> ParseArrowType(std::string_view format);

}  // namespace tenantry::lake::sql
