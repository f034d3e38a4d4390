#include "blobstore/deleted_tenants.h"

#include "base/status.h"

namespace tenantry::blobstore {

void DeletedTenants::Add(const base::TenantId& tenant) {
  absl::WriterMutexLock lock(&mutex_);
  deleted_.insert(tenant);
}

absl::Status DeletedTenants::WhileKept(const base::TenantId& tenant,
                                       const std::function<absl::Status()>& work) {
  absl::ReaderMutexLock lock(&mutex_);
  if (deleted_.contains(tenant)) return base::NotFound("the tenant '{}' is deleted", tenant);
  return work();
}

}  // namespace tenantry::blobstore
