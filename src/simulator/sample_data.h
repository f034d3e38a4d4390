#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::simulator {

/// The measure of a file.
struct SampleDataOptions {
  uint64_t seed = 1;
  int64_t rows = 20'000;
  absl::Time end;  ///< rows lie in the 28 days before it, in the order of time
};

/// The service that SampleLogs makes slow and faulty, and the sensor that SampleReadings lets run
/// hot over the last three days.
inline constexpr std::string_view kFaultyService = "checkout";
inline constexpr std::string_view kHotSensor = "press-07";

/// Orders as CSV with a header: orderID, orderedAt, customer, region, product, quantity, unitPrice
/// (two decimals). Some customers hold commas, quotes or both; a few buy most. The same options
/// give the same bytes, here and below.
std::string SampleOrders(const SampleDataOptions& options);

/// Requests as NDJSON: at, service, path, status, millis. kFaultyService answers more than three
/// times as slowly as the others, and fails ten times as often.
std::string SampleLogs(const SampleDataOptions& options);

/// Readings of 24 sensors as CSV with a header: at, sensor, temperature (degrees Celsius, two
/// decimals), vibration (mm/s, three decimals). Now and then a value is missing.
std::string SampleReadings(const SampleDataOptions& options);

}  // namespace tenantry::simulator
