#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "activity/live_analytics.h"
#include "base/monitor.h"
#include "insights/history/day_history.h"
#include "runtime/metrics.h"

namespace tenantry::insights {

/// The history of all together (DayHistory) that is kept between answers: what came since the last
/// one is read, and no more. It begins anew on another day. Once it takes more memory than it may,
/// every answer begins anew. Thread-safe; callers take turns.
class HistoryOfAll {
 public:
  /// Keeps a history of up to `bytes_max` of memory. The references outlive this.
  HistoryOfAll(const activity::EventsReader& events, int64_t bytes_max, runtime::Metrics& metrics);

  /// DayHistory::DaysJson up to the end of `now`'s day, of all that was taken before the call.
  /// DeadlineExceeded: it, or the callers before, took until `deadline`, by base::SteadyNow(); the
  /// next call goes on behind the last flush of the archive that was read. base::StoppingError:
  /// Stop was called. Else the reader's errors.
  absl::StatusOr<std::string> DaysJson(base::Instant now, absl::Duration deadline);

  /// False once it took too much memory to keep.
  bool keeps() const { return keeps_; }

  /// Ends what reads, and every later call.
  void Stop() { stopping_ = true; }

 private:
  absl::StatusOr<std::string> Read(base::Instant now, absl::Duration deadline);
  void Forget();

  const activity::EventsReader& events_;
  const size_t bytes_max_;
  runtime::Gauge& kept_bytes_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> keeps_ = true;
  base::Monitor mutex_;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  // Theirs who set busy_.
  std::optional<DayHistory> history_;
  activity::EventsPlace place_;
};

}  // namespace tenantry::insights
