#include "runtime/disk/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::runtime {

absl::StatusOr<FolderLock> FolderLock::Take(const std::string& folder) {
  const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0 && errno == ENOTDIR) return base::InvalidArgument("{} is no folder", folder);
  if (handle < 0) return ErrnoStatus(errno, "opening " + folder);
  FolderLock lock(handle);
  if (flock(handle, LOCK_EX | LOCK_NB) == 0) return lock;
  return base::FailedPrecondition("{} is in use by another process", folder);
}

FolderLock::~FolderLock() {
  if (handle_ >= 0) close(handle_);
}

}  // namespace tenantry::runtime
