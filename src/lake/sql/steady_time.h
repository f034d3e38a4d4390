#pragma once

#include <absl/time/time.h>

#include <ctime>

namespace tenantry::lake::sql {

/// Time since the machine started, which no clock change touches: for the deadlines of processes,
/// which live in real time even where a test or a simulation owns base::Clock.
inline absl::Duration SteadyNow() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace tenantry::lake::sql
