#include "runtime/services/probe.h"

#include <utility>

#include "base/status.h"

namespace tenantry::runtime {

Probe::Probe(std::string name, std::function<absl::Status()> look, absl::Duration every,
             absl::Duration patience)
    : name_(std::move(name)), look_(std::move(look)), every_(every), patience_(patience) {}

absl::Status Probe::Start() {
  thread_ = std::thread([this] {
    do {
      Look();
    } while (!stop_.WaitFor(every_));
  });
  base::MonitorLock lock(&mutex_);
  mutex_.AwaitFor(absl::Condition(&looked_), patience_);
  return absl::OkStatus();
}

void Probe::Stop() {
  if (!thread_.joinable()) return;
  stop_.Raise();
  thread_.join();
}

absl::Status Probe::Ready() const {
  base::MonitorLock lock(&mutex_);
  if (base::SteadyNow() - began_ <= patience_) return found_;
  return base::Unavailable("{} gives no answer within {}", name_, absl::FormatDuration(patience_));
}

void Probe::Look() {
  {
    base::MonitorLock lock(&mutex_);
    began_ = base::SteadyNow();
  }
  absl::Status found = look_();
  base::MonitorLock lock(&mutex_);
  began_ = absl::InfiniteDuration();
  found_ = std::move(found);
  looked_ = true;
}

}  // namespace tenantry::runtime
