#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>

#include <functional>

#include "base/ids.h"

namespace tenantry::blobstore {

/// The tenants that were deleted since the store was opened: nothing is put in their places any
/// more. Thread-safe.
class DeletedTenants {
 public:
  /// Waits for what WhileKept runs just now; from then on the tenant is deleted.
  void Add(const base::TenantId& tenant);

  /// Runs `work`, which the deletion of a tenant waits for: its error, or NotFound, without a run,
  /// when the tenant is deleted.
  absl::Status WhileKept(const base::TenantId& tenant, const std::function<absl::Status()>& work);

 private:
  absl::Mutex mutex_;
  absl::flat_hash_set<base::TenantId> deleted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::blobstore
