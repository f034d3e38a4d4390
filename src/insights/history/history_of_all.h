#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "activity/live_analytics.h"
#include "insights/history/day_history.h"
#include "runtime/metrics.h"

namespace tenantry::insights {

/// The history of all together (DayHistory) that is kept between answers: what came since the last
/// one is read, and no more. It begins anew on another day. Once it has counted more events than
/// may be kept, every answer begins anew. Thread-safe; callers take turns.
class HistoryOfAll {
 public:
  /// Keeps a history of up to `events_max` events, some fifty bytes each. The references outlive
  /// this.
  HistoryOfAll(const activity::EventsReader& events, int64_t events_max, runtime::Metrics& metrics);

  /// DayHistory::DaysJson up to the end of `now`'s day, of all that was taken before the call.
  /// DeadlineExceeded: it took until `deadline`, by base::SteadyNow(), the next call goes on from
  /// there; Cancelled: Stop was called; else the reader's errors.
  absl::StatusOr<std::string> DaysJson(base::Instant now, absl::Duration deadline);

  /// False once there are too many events to keep.
  bool keeps() const { return keeps_; }

  /// Ends what reads, and every later call.
  void Stop() { stopping_ = true; }

 private:
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const activity::EventsReader& events_;
  const uint64_t events_max_;
  runtime::Gauge& kept_events_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> keeps_ = true;
  absl::Mutex mutex_;
  std::optional<DayHistory> history_ ABSL_GUARDED_BY(mutex_);
  activity::EventsPlace place_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::insights
