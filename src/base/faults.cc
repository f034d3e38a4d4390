#include "base/faults.h"

#include <utility>

namespace tenantry::base {

absl::Status ScriptedFaults::At(std::string_view point) {
  std::function<void()> action;
  absl::Status error;
  {
    absl::MutexLock lock(&mutex_);
    Script& script = scripts_[std::string(point)];
    ++script.visits;
    if (script.passes > 0) {
      --script.passes;
      return absl::OkStatus();
    }
    if (script.times == 0) return absl::OkStatus();
    --script.times;
    error = script.error;
    if (script.times == 0) std::swap(action, script.action);
  }
  if (action) action();  // which may come here itself
  return error;
}

void ScriptedFaults::Fail(std::string_view point, absl::Status error, int64_t passes,
                          int64_t times) {
  absl::MutexLock lock(&mutex_);
  Script& script = scripts_[std::string(point)];
  script.error = std::move(error);
  script.action = nullptr;
  script.passes = passes;
  script.times = times;
}

void ScriptedFaults::Run(std::string_view point, std::function<void()> action, int64_t passes) {
  absl::MutexLock lock(&mutex_);
  Script& script = scripts_[std::string(point)];
  script.error = absl::OkStatus();
  script.action = std::move(action);
  script.passes = passes;
  script.times = 1;
}

int64_t ScriptedFaults::Visits(std::string_view point) const {
  absl::MutexLock lock(&mutex_);
  const auto found = scripts_.find(std::string(point));
  return found == scripts_.end() ? 0 : found->second.visits;
}

}  // namespace tenantry::base
