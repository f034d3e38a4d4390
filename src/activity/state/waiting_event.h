#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/instant.h"

namespace tenantry::activity {

/// The place of an event of a day to come among those of its tenant: by day, then as they came.
struct WaitingPlace {
  base::Day day = INT32_MIN;
  uint64_t sequence = 0;  ///< greater than that of every event of the tenant that came before

  auto operator<=>(const WaitingPlace&) const = default;
};

/// An event that waits for its day.
struct WaitingEvent {
  WaitingPlace place;
  std::string json;  ///< its text
};

}  // namespace tenantry::activity
