#pragma once

#include <absl/synchronization/mutex.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "blobstore/blob_store.h"
#include "blobstore/deleted_tenants.h"

namespace tenantry::blobstore {

/// Blobs in memory, for tests. Thread-safe.
class InMemoryBlobStore final : public BlobStore {
 public:
  absl::StatusOr<std::unique_ptr<BlobWriter>> Create(const base::TenantId& tenant,
                                                     std::string_view key) override;
  absl::StatusOr<std::unique_ptr<BlobReader>> Open(const base::TenantId& tenant,
                                                   std::string_view key) override;
  absl::StatusOr<std::vector<BlobInfo>> List(const base::TenantId& tenant,
                                             std::string_view prefix) override;
  absl::Status Delete(const base::TenantId& tenant, std::string_view key) override;
  absl::Status DeleteTenant(const base::TenantId& tenant) override;

 private:
  class Writer;
  class Reader;
  using Name = std::pair<base::TenantId, std::string>;

  DeletedTenants deleted_;
  absl::Mutex mutex_;
  std::map<Name, std::string> blobs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::blobstore
