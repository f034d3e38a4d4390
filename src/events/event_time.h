#pragma once

#include <absl/time/time.h>

#include <algorithm>

#include "base/clock.h"

namespace tenantry::events {

/// When something happens to a thing to which something happened at `last`: the present, to the
/// microsecond, or one after `last` while the clock stands or is set back. The later of two events
/// then has the later time, too.
inline absl::Time NowAfter(const base::Clock& clock, absl::Time last) {
  return absl::FromUnixMicros(
      std::max(absl::ToUnixMicros(clock.Now()), absl::ToUnixMicros(last) + 1));
}

}  // namespace tenantry::events
