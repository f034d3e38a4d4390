#include "insights/history/history_of_all.h"

#include <absl/cleanup/cleanup.h>
#include <malloc.h>

#include "base/status.h"
#include "base/steady_time.h"

namespace tenantry::insights {

HistoryOfAll::HistoryOfAll(const activity::EventsReader& events, int64_t bytes_max,
                           runtime::Metrics& metrics)
    : events_(events),
      bytes_max_(static_cast<size_t>(bytes_max)),
      kept_bytes_(metrics.AddGauge("tenantry_analytics_history_bytes",
                                   "Memory in which the history of all is kept")) {}

absl::StatusOr<std::string> HistoryOfAll::DaysJson(base::Instant now, absl::Duration deadline) {
  {
    base::MonitorLock lock(&mutex_);
    const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !busy_; };
    if (!mutex_.AwaitFor(absl::Condition(&free), deadline - base::SteadyNow())) {
      return absl::DeadlineExceededError("another reads the history of all");
    }
    busy_ = true;
  }
  const absl::Cleanup done = [this] {
    base::MonitorLock lock(&mutex_);
    busy_ = false;
  };
  return Read(now, deadline);
}

absl::StatusOr<std::string> HistoryOfAll::Read(base::Instant now, absl::Duration deadline) {
  if (history_ && history_->last() != now.day()) Forget();
  if (!history_) history_.emplace(now);
  const absl::Status read = history_->ReadAll(events_, place_, deadline, stopping_);
  std::string days = read.ok() ? history_->DaysJson() : "";
  const size_t bytes = history_->memory_bytes();
  keeps_ = bytes <= bytes_max_;
  kept_bytes_.Set(keeps_ ? static_cast<double>(bytes) : 0);
  if (!keeps_) Forget();
  TENANTRY_RETURN_IF_ERROR(read);
  return days;
}

// What it took goes back to the machine; the allocator would keep it.
void HistoryOfAll::Forget() {
  history_.reset();
  place_ = {};
  malloc_trim(0);
}

}  // namespace tenantry::insights
