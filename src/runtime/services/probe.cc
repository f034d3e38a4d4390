#include "runtime/services/probe.h"

#include <utility>

#include "base/status.h"
#include "base/steady_time.h"

namespace tenantry::runtime {

Probe::Probe(std::string name, std::function<absl::Status()> look, absl::Duration every,
             absl::Duration patience)
    : name_(std::move(name)), look_(std::move(look)), every_(every), patience_(patience) {}

absl::Status Probe::Start() {
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void Probe::Stop() {
  if (!thread_.joinable()) return;
  {
    base::MonitorLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status Probe::Ready() const {
  base::MonitorLock lock(&mutex_);
  if (base::SteadyNow() - began_ <= patience_) return found_;
  return base::Unavailable("{} gives no answer within {}", name_, absl::FormatDuration(patience_));
}

void Probe::Run() {
  base::MonitorLock lock(&mutex_);
  do {
    began_ = base::SteadyNow();
    mutex_.Unlock();
    absl::Status found = look_();
    mutex_.Lock();
    began_ = absl::InfiniteDuration();
    found_ = std::move(found);
  } while (!mutex_.AwaitFor(absl::Condition(&stopping_), every_));
}

}  // namespace tenantry::runtime
