#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::simulator::science {

/// What a file is about.
enum class SampleKind { kOrders, kLogs, kReadings };

/// The measure of a file.
struct SampleDataOptions {
  uint64_t seed = 1;
  int64_t rows = 20'000;
  absl::Time end;  ///< a midnight, UTC; rows lie in the 28 days before it, in the order of time
};

/// The bytes of a file of that kind, as the functions below make it.
std::string SampleFile(SampleKind kind, const SampleDataOptions& options);

/// The service that SampleLogs makes slow and faulty, and the sensor that SampleReadings lets run
/// hot over the last three days.
inline constexpr std::string_view kFaultyService = "checkout";
inline constexpr std::string_view kHotSensor = "press-07";

/// Midnight of the day on which SampleOrders has a sale: three times as many orders as on others.
absl::Time SampleSaleDay(absl::Time end);

/// Orders as CSV with a header: orderID, orderedAt, customer, region, product, quantity, unitPrice
/// (two decimals). Some customers hold commas, quotes or both; a few buy most; Saturdays and
/// Sundays are busier than other days, the day of the sale is busiest. The same options give the
/// same bytes, here and below.
std::string SampleOrders(const SampleDataOptions& options);

/// Requests as NDJSON: answeredAt, service, path, status, millis. kFaultyService answers more than
/// three times as slowly as the others, and fails ten times as often.
std::string SampleLogs(const SampleDataOptions& options);

/// Readings of 24 sensors as CSV with a header: measuredAt, sensor, temperature (degrees Celsius,
/// two decimals), vibration (mm/s, three decimals). Now and then a value is missing.
std::string SampleReadings(const SampleDataOptions& options);

}  // namespace tenantry::simulator::science
