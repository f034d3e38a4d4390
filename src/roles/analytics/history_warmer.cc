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
  stop_.Raise();
  role_.GiveUp();
  thread_.join();
}

void HistoryWarmer::Run() {
  absl::Status before;
  do {
    const absl::Status status = role_.WorkAhead();
    if (stop_.WaitFor(absl::ZeroDuration())) return;
    if (!status.ok() && status != before) {
      runtime::Log(runtime::LogLevel::kWarning, "analytics",
                   "what the page asks of the past is not worked out ahead: {}",
                   base::Message(status));
    }
    before = status;
  } while (!stop_.WaitFor(interval_));
}

}  // namespace tenantry::roles
