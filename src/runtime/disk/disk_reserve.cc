#include "runtime/disk/disk_reserve.h"

#include <sys/statvfs.h>

#include "base/full_disk.h"
#include "base/status.h"

namespace tenantry::runtime {

absl::Status DiskReserve::Check() const {
  struct statvfs disk;
  if (statvfs(folder_.c_str(), &disk) != 0) return absl::OkStatus();
  const uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free >= static_cast<uint64_t>(bytes_min_)) return absl::OkStatus();
  return base::AsFullDisk(
      base::Error(absl::StatusCode::kResourceExhausted,
                  "the disk of the {} is full: {} bytes are free and {} keeps {}; free some space",
                  what_, free, option_, bytes_min_));
}

}  // namespace tenantry::runtime
