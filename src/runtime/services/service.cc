#include "runtime/services/service.h"

#include <absl/time/clock.h>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::runtime {

void ServiceGroup::Add(Service& service) { services_.push_back(&service); }

absl::Status ServiceGroup::Start() {
  for (Service* service : services_) {
    const absl::Status status = service->Start();
    if (!status.ok()) {
      Stop(absl::ZeroDuration());
      return base::Annotate(status, service->name());
    }
    ++started_;
    Log(LogLevel::kDebug, "runtime", "{} started", service->name());
  }
  return absl::OkStatus();
}

void ServiceGroup::Stop(absl::Duration grace) {
  stopping_ = true;
  const absl::Time deadline = absl::Now() + grace;
  for (size_t i = started_; i > 0; --i) {
    const absl::Time now = absl::Now();
    services_[i - 1]->Drain(i == 1 ? deadline : now + (deadline - now) / 2);
  }
  for (size_t i = started_; i > 0; --i) {
    services_[i - 1]->Stop();
    Log(LogLevel::kDebug, "runtime", "{} stopped", services_[i - 1]->name());
  }
  started_ = 0;
}

std::vector<std::pair<std::string, absl::Status>> ServiceGroup::Readiness() const {
  std::vector<std::pair<std::string, absl::Status>> readiness;
  const size_t started = started_;
  for (size_t i = 0; i < started; ++i) {
    readiness.emplace_back(services_[i]->name(),
                           stopping_ ? base::Unavailable("it is stopping") : services_[i]->Ready());
  }
  return readiness;
}

}  // namespace tenantry::runtime
