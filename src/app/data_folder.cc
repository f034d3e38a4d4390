#include "app/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::app {
namespace {

constexpr int kFormat = 1;
constexpr char kMark[] = "/format";

absl::Status FromErrno(int error, std::string_view what, const std::string& path) {
  const char* reason = std::strerror(error);
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
      return base::Error(absl::StatusCode::kPermissionDenied,
                         "{} {}: {}: choose a folder that this user can write", what, path, reason);
    case ENOSPC:
    case EDQUOT:
      return base::Error(absl::StatusCode::kResourceExhausted, "{} {}: {}: free some space", what,
                         path, reason);
    case ENOTDIR:
    case EEXIST:
      return base::InvalidArgument("{} {}: it is no folder", what, path);
    default:
      return base::Internal("{} {}: {}", what, path, reason);
  }
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return FromErrno(error.value(), "can't make the data folder", path);
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return FromErrno(ENOTDIR, "can't use as the data folder", path);
  }
  chmod(path.c_str(), 0700);
  return absl::OkStatus();
}

// A folder without our mark must be empty: nothing of somebody else's is mixed with ours. What a
// first start that was killed leaves is ours.
absl::Status CheckUnmarked(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path + kMark, error)) return absl::OkStatus();
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const std::string name = entry.path().filename();
    if (name == "lock" || name == "lost+found" || name.starts_with("format.")) continue;
    return base::InvalidArgument(
        "the folder {} is no data folder of Tenantry and holds other things ({}): choose an "
        "empty or a new folder",
        path, name);
  }
  return absl::OkStatus();
}

absl::Status CheckMark(const std::string& path) {
  const std::string mark = path + kMark;
  const int file = open(mark.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno != ENOENT) return FromErrno(errno, "can't read", mark);
    return runtime::WriteFileAtomically(mark, std::to_string(kFormat) + "\n", 0600);
  }
  char text[16] = {};
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  const int format = size > 0 ? std::atoi(text) : 0;
  if (format == kFormat) return absl::OkStatus();
  if (format > kFormat) {
    return base::FailedPrecondition(
        "the data folder {} was written by a newer version (format {}, this program knows {}): use "
        "that version",
        path, format, kFormat);
  }
  return base::DataLoss("{} does not hold a format number: restore it from a backup", mark);
}

}  // namespace

absl::StatusOr<DataFolder> DataFolder::Open(const std::string& path) {
  if (path.empty()) return base::InvalidArgument("the data folder's name is empty: name a folder");
  TENANTRY_RETURN_IF_ERROR(CheckUnmarked(path));
  TENANTRY_RETURN_IF_ERROR(MakeFolder(path));
  const std::string lock_path = path + "/lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return FromErrno(errno, "can't write into the data folder", path);
  DataFolder folder(std::filesystem::absolute(path).lexically_normal().string(), lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return base::FailedPrecondition(
        "the data folder {} is in use by another process: stop it, or choose another folder", path);
  }
  TENANTRY_RETURN_IF_ERROR(CheckMark(path));
  return folder;
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder& DataFolder::operator=(DataFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

DataFolder::~DataFolder() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace tenantry::app
