#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <string>

#include "base/ids.h"

namespace tenantry::blobstore {

/// The data keys of tenants, one each, in the tenants' folders, wrapped by a master key.
/// Thread-safe.
class TenantKeys {
 public:
  /// Reads the master key from `master_key_file`, or makes it with mode 0600. `root` is where the
  /// tenants' folders are. DataLoss: the file holds no key, or there is none though tenants have
  /// data; Unavailable, ResourceExhausted as the disk says. A key that is there is never replaced.
  static absl::StatusOr<std::unique_ptr<TenantKeys>> Open(const std::string& master_key_file,
                                                          std::string root);
  ~TenantKeys();

  /// The tenant's key. NotFound: it has none; DataLoss: it can't be unwrapped.
  absl::StatusOr<std::string> Get(const base::TenantId& tenant);

  /// The same; a tenant without one gets one, and a folder, both durable.
  absl::StatusOr<std::string> GetOrMake(const base::TenantId& tenant);

  /// Forgets and removes the tenant's key: what was sealed with it can't be read again.
  absl::Status Remove(const base::TenantId& tenant);

 private:
  TenantKeys(std::string master_key, std::string root);
  std::string FileOf(const base::TenantId& tenant) const;
  absl::StatusOr<std::string> Load(const base::TenantId& tenant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::string master_key_;
  const std::string root_;
  absl::Mutex mutex_;
  absl::flat_hash_map<base::TenantId, std::string> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::blobstore
