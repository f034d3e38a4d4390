#include "base/faults.h"

#include <utility>

namespace tenantry::base {

absl::Status ScriptedFaults::At(std::string_view point) {
  absl::MutexLock lock(&mutex_);
  Script& script = scripts_[std::string(point)];
  ++script.visits;
  if (script.passes > 0) {
    --script.passes;
    return absl::OkStatus();
  }
  if (script.times == 0) return absl::OkStatus();
  --script.times;
  return script.error;
}

void ScriptedFaults::Fail(std::string_view point, absl::Status error, int64_t passes,
                          int64_t times) {
  absl::MutexLock lock(&mutex_);
  Script& script = scripts_[std::string(point)];
  script.error = std::move(error);
  script.passes = passes;
  script.times = times;
}

int64_t ScriptedFaults::Visits(std::string_view point) const {
  absl::MutexLock lock(&mutex_);
  const auto found = scripts_.find(std::string(point));
  return found == scripts_.end() ? 0 : found->second.visits;
}

}  // namespace tenantry::base
