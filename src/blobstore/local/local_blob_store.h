#pragma once

#include <memory>
#include <string>
#include <vector>

#include "blobstore/blob_store.h"
#include "blobstore/deleted_tenants.h"
#include "blobstore/local/tenant_keys.h"
#include "runtime/metrics.h"

namespace tenantry::blobstore {

/// Blobs as files below a folder, encrypted chunk by chunk with a key of their tenant (format:
/// docs/formats/blob.md). A blob is written under a temporary name, synced, renamed, its folder
/// synced. Thread-safe; one process at a time uses the folder.
class LocalBlobStore final : public BlobStore {
 public:
  /// Opens or makes the store in `folder`; the master key stands in `master_key_file`, made when
  /// there is none. What a crash left half-written is removed. Errors as TenantKeys::Open.
  static absl::StatusOr<std::unique_ptr<LocalBlobStore>> Open(const std::string& folder,
                                                              const std::string& master_key_file,
                                                              runtime::Metrics& metrics);

  absl::StatusOr<std::unique_ptr<BlobWriter>> Create(const base::TenantId& tenant,
                                                     std::string_view key) override;
  absl::StatusOr<std::unique_ptr<BlobReader>> Open(const base::TenantId& tenant,
                                                   std::string_view key) override;
  absl::StatusOr<std::vector<BlobInfo>> List(const base::TenantId& tenant,
                                             std::string_view prefix) override;
  absl::Status Delete(const base::TenantId& tenant, std::string_view key) override;
  absl::Status DeleteTenant(const base::TenantId& tenant) override;

 private:
  LocalBlobStore(std::string folder, std::unique_ptr<TenantKeys> keys, runtime::Metrics& metrics);
  std::string FolderOf(const base::TenantId& tenant) const;

  const std::string folder_;
  const std::unique_ptr<TenantKeys> keys_;
  DeletedTenants deleted_;
  runtime::Counter& written_bytes_;
  runtime::Counter& written_blobs_;
};

}  // namespace tenantry::blobstore
