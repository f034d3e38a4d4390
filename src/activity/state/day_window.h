#pragma once

#include <absl/numeric/int128.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/instant.h"

namespace tenantry::activity {

/// What happened on one day of one tenant. Jobs may pass 64 bits: each event may bring 2^53.
struct DayCounts {
  /// The day of counts that belong to none.
  static constexpr base::Day kNoDay = INT32_MIN;

  uint64_t jobs_low = 0;
  uint32_t jobs_high = 0;
  base::Day day = kNoDay;
  uint32_t ran = 0;
  uint32_t failed = 0;
  uint32_t logins = 0;
  uint32_t data_events = 0;
  uint32_t registrations = 0;
  bool asked = false;  ///< it had an event of question 1

  /// The jobs submitted.
  absl::uint128 jobs() const { return absl::MakeUint128(jobs_high, jobs_low); }

  /// Adds to them.
  void AddJobs(uint64_t count) {
    jobs_low += count;
    if (jobs_low < count) ++jobs_high;
  }
};

/// The counts of the days of a window that moves forward: a ring in which a day's place follows
/// from the day, so that counting touches one entry and moving on touches none. It grows with the
/// days that there are, up to the next power of two of the window's. Not thread-safe.
class DayWindow {
 public:
  /// The counts of `day`, begun when there are none; those of days up to `gone` are given up for
  /// room. `day` > `gone`, and no day is more than the window behind another that is kept.
  DayCounts& At(base::Day day, base::Day gone) {
    while (true) {
      if (!ring_.empty()) {
        DayCounts& counts = ring_[PlaceOf(day)];
        if (counts.day == day) return counts;
        if (counts.day <= gone) {
          counts = DayCounts();
          counts.day = day;
          return counts;
        }
      }
      Grow(gone);
    }
  }

  /// Calls `visit(counts)` for each day after `gone` and up to `last` that has counts, ascending.
  template <typename Visit>
  void ForEach(base::Day gone, base::Day last, Visit visit) const {
    if (ring_.empty()) return;
    for (base::Day day = gone + 1; day <= last; ++day) {
      const DayCounts& counts = ring_[PlaceOf(day)];
      if (counts.day == day) visit(counts);
    }
  }

  /// Has the memory of a day's counts fetched meanwhile.
  void Prefetch(base::Day day) const {
    if (ring_.empty()) return;
    const DayCounts* const counts = &ring_[PlaceOf(day)];
    __builtin_prefetch(&counts->jobs_low);
    __builtin_prefetch(&counts->asked);
  }

 private:
  static constexpr size_t kFirstDays = 4;

  size_t PlaceOf(base::Day day) const { return static_cast<uint32_t>(day) & (ring_.size() - 1); }

  void Grow(base::Day gone) {
    std::vector<DayCounts> ring(ring_.empty() ? kFirstDays : 2 * ring_.size());
    ring.swap(ring_);
    for (const DayCounts& counts : ring) {
      if (counts.day > gone) ring_[PlaceOf(counts.day)] = counts;
    }
  }

  std::vector<DayCounts> ring_;  // as many as a power of two
};

}  // namespace tenantry::activity
