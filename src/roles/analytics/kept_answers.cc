#include "roles/analytics/kept_answers.h"

#include <algorithm>

#include "base/retry_after.h"
#include "base/status.h"
#include "base/steady_time.h"

namespace tenantry::roles {

// Those whose time has passed; all that nobody works on when that makes no room.
void KeptAnswers::Forget() {
  const absl::Duration now = base::SteadyNow();
  absl::erase_if(answers_, [now](const auto& entry) {
    return !entry.second.making && entry.second.until <= now;
  });
  if (answers_.size() < kKeptMax) return;
  absl::erase_if(answers_, [](const auto& entry) { return !entry.second.making; });
}

// Until nobody works `key` out any more; false when that takes too long, or too many wait.
bool KeptAnswers::Await(const std::string& key) {
  const auto done = [this, &key]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = answers_.find(key);
    return found == answers_.end() || !found->second.making;
  };
  if (done()) return true;
  if (waiting_ >= kWaitingMax) return false;
  ++waiting_;
  const bool made = mutex_.AwaitFor(absl::Condition(&done), kPatience);
  --waiting_;
  return made;
}

absl::StatusOr<std::string> KeptAnswers::Get(
    const std::string& key, absl::FunctionRef<absl::StatusOr<std::string>()> make) {
  const absl::Duration begun = base::SteadyNow();
  {
    base::MonitorLock lock(&mutex_);
    if (answers_.size() >= kKeptMax) Forget();
    const bool waited = Await(key);
    Answer& answer = answers_[key];
    if (begun < answer.until) return answer.made;
    if (!waited || answer.making || making_ >= kMakingMax) {
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
  answer.until = now + std::max(absl::Seconds(10), 20 * (now - begun));
  return made;
}

}  // namespace tenantry::roles
