#include "runtime/disk/disk_reserve.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/full_disk.h"
#include "base/status.h"

namespace tenantry::runtime {

int64_t FreeBytesOf(const std::string& folder) {
  struct statvfs disk;
  if (statvfs(folder.c_str(), &disk) != 0) return -1;
  return static_cast<int64_t>(static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize);
}

DiskReserve::DiskReserve(std::string folder, int64_t bytes_min, std::string what,
                         std::string option, FreeBytes free)
    : folder_(std::move(folder)),
      bytes_min_(bytes_min),
      what_(std::move(what)),
      option_(std::move(option)),
      free_(std::move(free)) {}

int64_t DiskReserve::Room() const {
  const int64_t free = free_(folder_);
  if (free < 0) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(free - bytes_min_, 0);
}

absl::Status DiskReserve::Check(int64_t more) const {
  const int64_t free = free_(folder_);
  if (free < 0 || free - bytes_min_ >= more) return absl::OkStatus();
  const std::string wanted = more > 0 ? fmt::format(", {} more are to be written", more) : "";
  return base::AsFullDisk(base::Error(
      absl::StatusCode::kResourceExhausted,
      "the disk of the {} is full: {} bytes are free{} and {} keeps {}; free some space", what_,
      free, wanted, option_, bytes_min_));
}

}  // namespace tenantry::runtime
