#include "roles/analytics/kept_answers.h"

#include <algorithm>

#include "base/retry_after.h"
#include "base/status.h"
#include "base/steady_time.h"

namespace tenantry::roles {

KeptAnswers::KeptAnswers(const AnalyticsOptions& options, runtime::Metrics& metrics)
    : options_(options),
      kept_gauge_(metrics.AddGauge("tenantry_analytics_answers_kept",
                                   "Answers from the history that are kept")),
      waiting_gauge_(metrics.AddGauge("tenantry_analytics_answers_waiting",
                                      "Requests that wait for another's answer")),
      refused_(metrics.AddCounter("tenantry_analytics_answers_refused_total",
                                  "Requests for the history that were told to ask again")) {}

// Those whose time has passed; all that nobody works on when that makes no room.
void KeptAnswers::Forget() {
  const absl::Duration now = base::SteadyNow();
  absl::erase_if(answers_, [now](const auto& entry) {
    return !entry.second.making && entry.second.until <= now;
  });
  if (static_cast<int64_t>(answers_.size()) < options_.answers_kept_max) return;
  absl::erase_if(answers_, [](const auto& entry) { return !entry.second.making; });
}

// Until nobody works `key` out any more; false when that takes too long, or too many wait.
bool KeptAnswers::Await(const std::string& key) {
  const auto done = [this, &key]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = answers_.find(key);
    return found == answers_.end() || !found->second.making;
  };
  if (done()) return true;
  if (waiting_ >= options_.answers_waiting_max) return false;
  waiting_gauge_.Set(static_cast<double>(++waiting_));
  const bool made = mutex_.AwaitFor(absl::Condition(&done), options_.answer_wait_max);
  waiting_gauge_.Set(static_cast<double>(--waiting_));
  return made;
}

absl::StatusOr<std::string> KeptAnswers::Get(const std::string& key,
                                             absl::FunctionRef<absl::StatusOr<std::string>()> make,
                                             Keep keep) {
  const absl::Duration begun = base::SteadyNow();
  {
    base::MonitorLock lock(&mutex_);
    if (static_cast<int64_t>(answers_.size()) >= options_.answers_kept_max) Forget();
    const bool waited = Await(key);
    Answer& answer = answers_[key];
    if (begun < answer.until) return answer.made;
    if (!waited || answer.making || making_ >= options_.answers_made_max) {
      refused_.Increment();
      return base::WithRetryAfter(
          base::Unavailable("this is being worked out from the history: ask again"),
          absl::Seconds(1));
    }
    answer.making = true;
    ++making_;
  }
  absl::StatusOr<std::string> made = make();
  base::MonitorLock lock(&mutex_);
  --making_;
  Answer& answer = answers_[key];
  answer.making = false;
  if (!made.ok() && !absl::IsDeadlineExceeded(made.status())) return made;
  const absl::Duration now = base::SteadyNow();
  answer.made = made;
  kept_gauge_.Set(static_cast<double>(answers_.size()));
  answer.until = now + options_.answer_kept_min;
  if (keep == Keep::kByCost) answer.until = std::max(answer.until, now + 20 * (now - begun));
  return made;
}

}  // namespace tenantry::roles
