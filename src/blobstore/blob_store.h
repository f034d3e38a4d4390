#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace tenantry::blobstore {

/// The longest key, and the longest segment of one, in bytes.
inline constexpr size_t kKeyBytesMax = 1024;
inline constexpr size_t kKeySegmentBytesMax = 255;

/// InvalidArgument unless `key` is 1 to 1,024 bytes: segments of 1 to 255 bytes with a `/` between
/// them, none of them `.` or `..`. Any bytes do: a backend encodes what its engine would not take.
absl::Status CheckBlobKey(std::string_view key);

/// An object on its way into the store: nobody sees it before Commit, and then all of it. Destroyed
/// without Commit it leaves nothing. Used by one thread; ends before its store. Errors of both
/// calls: ResourceExhausted, the disk or the store is full; Unavailable, the store can't be
/// written; after an error the object can only be destroyed.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;

  /// Adds bytes.
  virtual absl::Status Write(std::string_view bytes) = 0;

  /// Puts the object in its place, durably; replaces one that has the key. The last call. NotFound:
  /// the tenant was deleted meanwhile.
  virtual absl::Status Commit() = 0;
};

/// An object that is read: its bytes stay the same however long that takes, replaced or deleted
/// meanwhile or not. Used by one thread; ends before its store.
class BlobReader {
 public:
  virtual ~BlobReader() = default;

  /// How many bytes the object has.
  virtual int64_t size() const = 0;

  /// Up to `bytes` bytes from `offset` on; fewer only at the end. OutOfRange: `offset` or `bytes`
  /// is negative, or the offset lies past the end; DataLoss: the stored bytes are not what was
  /// written; Unavailable: they can't be read.
  virtual absl::StatusOr<std::string> Read(int64_t offset, int64_t bytes) = 0;
};

/// An object as a list tells of it.
struct BlobInfo {
  std::string key;
  int64_t bytes = 0;

  bool operator==(const BlobInfo&) const = default;
};

/// Objects named by tenant and key, encrypted with a key of the tenant where they come to rest.
/// Nothing of one tenant can be reached through another's id, whatever the key. Thread-safe. Errors
/// of all calls: InvalidArgument for ids and keys that are none; Unavailable when the store can't
/// be used; ResourceExhausted when it is full; DataLoss when what it holds is damaged.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// Begins an object. NotFound: DeleteTenant was called for the tenant.
  virtual absl::StatusOr<std::unique_ptr<BlobWriter>> Create(const base::TenantId& tenant,
                                                             std::string_view key) = 0;

  /// Opens an object. NotFound when there is none.
  virtual absl::StatusOr<std::unique_ptr<BlobReader>> Open(const base::TenantId& tenant,
                                                           std::string_view key) = 0;

  /// The tenant's objects whose keys begin with `prefix`, in the order of their keys' bytes.
  virtual absl::StatusOr<std::vector<BlobInfo>> List(const base::TenantId& tenant,
                                                     std::string_view prefix) = 0;

  /// Removes an object; OK when there is none.
  virtual absl::Status Delete(const base::TenantId& tenant, std::string_view key) = 0;

  /// Removes all of a tenant, its encryption key first; OK when there is nothing. For good: once
  /// this began, the tenant gets no key and no object any more, also from writers that were made
  /// before (NotFound), until the store is opened anew. Whoever writes for a tenant looks first
  /// whether it is being deleted.
  virtual absl::Status DeleteTenant(const base::TenantId& tenant) = 0;
};

}  // namespace tenantry::blobstore
