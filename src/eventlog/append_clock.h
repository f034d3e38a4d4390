#pragma once

#include <absl/time/time.h>

#include <algorithm>

#include "base/clock.h"

namespace tenantry::eventlog {

/// Gives each batch of an embedded log a time of its own, in whole microseconds and later than that
/// of every batch before it in any partition, also when the machine's clock steps back: the times
/// order the batches of all partitions as they were appended. Not thread-safe.
class AppendClock {
 public:
  /// `clock` must outlive this.
  explicit AppendClock(const base::Clock& clock) : clock_(clock) {}

  /// The next batch's time.
  absl::Time Next() {
    const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
    last_ = std::max(now, last_ + absl::Microseconds(1));
    return last_;
  }

  /// Tells of a batch that the log holds already.
  void Saw(absl::Time appended) { last_ = std::max(last_, appended); }

 private:
  const base::Clock& clock_;
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace tenantry::eventlog
