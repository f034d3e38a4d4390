#include "roles/analytics/history_warmer.h"

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::roles {

absl::Status HistoryWarmer::Start() {
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void HistoryWarmer::Drain(absl::Time /*deadline*/) { Stop(); }

void HistoryWarmer::Stop() {
  if (!thread_.joinable()) return;
  {
    base::MonitorLock lock(&mutex_);
    stopping_ = true;
  }
  role_.GiveUp();
  thread_.join();
}

void HistoryWarmer::Run() {
  absl::Status before;
  base::MonitorLock lock(&mutex_);
  while (!stopping_) {
    mutex_.Unlock();
    const absl::Status status = role_.WorkAhead();
    mutex_.Lock();
    if (stopping_) return;
    if (!status.ok() && status != before) {
      runtime::Log(runtime::LogLevel::kWarning, "analytics",
                   "what the page asks of the past is not worked out ahead: {}",
                   base::Message(status));
    }
    before = status;
    mutex_.AwaitFor(absl::Condition(&stopping_), interval_);
  }
}

}  // namespace tenantry::roles
