#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "base/ids.h"
#include "base/status.h"
#include "base/words/counted.h"

namespace tenantry::roles {

/// How many streams each tenant follows at once: one tenant must not take all that the server has.
/// The operator's people are not counted. Thread-safe.
class StreamPlaces {
 public:
  /// At most `tenant_max` of one tenant.
  explicit StreamPlaces(int64_t tenant_max)
      : tenant_max_(tenant_max), taken_(std::make_shared<Taken>()) {}

  /// A place for one more stream, given back when the last copy is gone; null for the operator's.
  /// ResourceExhausted: the tenant has as many as it may.
  absl::StatusOr<std::shared_ptr<void>> Take(const std::optional<base::TenantId>& tenant) {
    if (!tenant) return std::shared_ptr<void>();
    {
      absl::MutexLock lock(&taken_->mutex);
      int64_t& count = taken_->counts[*tenant];
      if (count >= tenant_max_) {
        return base::Error(absl::StatusCode::kResourceExhausted,
                           "the tenant '{}' follows {} already: end one of them, or raise "
                           "ingest.streams_per_tenant_max",
                           *tenant, base::Counted(count, "stream"));
      }
      ++count;
    }
    return std::shared_ptr<void>(nullptr, [taken = taken_, tenant = *tenant](void*) {
      absl::MutexLock lock(&taken->mutex);
      const auto found = taken->counts.find(tenant);
      if (--found->second == 0) taken->counts.erase(found);
    });
  }

 private:
  struct Taken {
    absl::Mutex mutex;
    absl::flat_hash_map<base::TenantId, int64_t> counts ABSL_GUARDED_BY(mutex);
  };

  const int64_t tenant_max_;
  const std::shared_ptr<Taken> taken_;  // outlives this as long as a place is held
};

}  // namespace tenantry::roles
