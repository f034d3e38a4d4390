#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>

namespace tenantry::runtime {

/// Keeps a folder from other processes, and other takers in this one, until destroyed (flock on the
/// folder itself, which a crash releases). Only those who take it heed it.
class FolderLock {
 public:
  /// Takes the lock at once or not at all. FailedPrecondition: another holds it; InvalidArgument:
  /// `folder` is none; NotFound, PermissionDenied: as the system says.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~FolderLock();

 private:
  explicit FolderLock(int handle) : handle_(handle) {}

  int handle_;
};

}  // namespace tenantry::runtime
