#include "insights/history/history_of_all.h"

#include <malloc.h>

#include "base/status.h"

namespace tenantry::insights {

HistoryOfAll::HistoryOfAll(const activity::EventsReader& events, int64_t events_max,
                           runtime::Metrics& metrics)
    : events_(events),
      events_max_(static_cast<uint64_t>(events_max)),
      kept_events_(metrics.AddGauge("tenantry_analytics_history_events",
                                    "Events of which the history of all is kept")) {}

absl::StatusOr<std::string> HistoryOfAll::DaysJson(base::Instant now, absl::Duration deadline) {
  absl::MutexLock lock(&mutex_);
  if (history_ && history_->last() != now.day()) Forget();
  if (!history_) history_.emplace(now);
  TENANTRY_RETURN_IF_ERROR(history_->ReadAll(events_, place_, deadline, stopping_));
  std::string days = history_->DaysJson();
  keeps_ = history_->events() <= events_max_;
  kept_events_.Set(keeps_ ? static_cast<double>(history_->events()) : 0);
  if (!keeps_) Forget();
  return days;
}

// What it took goes back to the machine; the allocator would keep it.
void HistoryOfAll::Forget() {
  history_.reset();
  place_ = {};
  malloc_trim(0);
}

}  // namespace tenantry::insights
