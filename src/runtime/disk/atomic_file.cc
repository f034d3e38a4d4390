#include "runtime/disk/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::runtime {
namespace {

constexpr int kLinksMax = 40;  // as Linux follows at most

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "opening " + folder);
  const int result = ::fsync(file);
  const int error = errno;
  ::close(file);
  return result == 0 ? absl::OkStatus() : ErrnoStatus(error, "syncing " + folder);
}

// Where the links from `path` lead, whether or not there is anything.
absl::StatusOr<std::string> FollowLinks(const std::string& path) {
  std::filesystem::path at = path;
  for (int links = 0; links < kLinksMax; ++links) {
    std::error_code failed;
    if (!std::filesystem::is_symlink(at, failed)) return at.string();
    const std::filesystem::path target = std::filesystem::read_symlink(at, failed);
    if (failed) return ErrnoStatus(failed.value(), "reading the link " + path);
    at = at.parent_path() / target;  // an absolute target replaces all before it
  }
  return ErrnoStatus(ELOOP, "writing " + path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<AtomicFile>> AtomicFile::Create(const std::string& path,
                                                               uint32_t mode) {
  TENANTRY_ASSIGN_OR_RETURN(std::string place, FollowLinks(path));
  struct stat there = {};
  const bool exists = ::stat(place.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) {
    return base::InvalidArgument("{} is a folder: name a file", path);
  }
  std::string temporary;
  int file;
  if (exists && !S_ISREG(there.st_mode)) {
    file = ::open(place.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary = place + ".XXXXXX";
    file = ::mkostemp(temporary.data(), O_CLOEXEC);  // 0600 until it is complete
  }
  if (file < 0) return ErrnoStatus(errno, "creating " + path);
  return std::unique_ptr<AtomicFile>(
      new AtomicFile(std::move(place), std::move(temporary), file, mode));
}

AtomicFile::AtomicFile(std::string path, std::string temporary, int file, uint32_t mode)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(file), mode_(mode) {}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) ::close(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

absl::Status AtomicFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus(errno, "writing " + path_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  const bool renamed = !temporary_.empty();
  if (renamed && ::fsync(file_) != 0) return ErrnoStatus(errno, "syncing " + path_);
  if (renamed && ::fchmod(file_, mode_) != 0) {
    return ErrnoStatus(errno, "setting the permissions of " + path_);
  }
  if (::close(std::exchange(file_, -1)) != 0) return ErrnoStatus(errno, "closing " + path_);
  if (!renamed) return absl::OkStatus();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return ErrnoStatus(errno, "writing " + path_);
  }
  temporary_.clear();
  return SyncFolderOf(path_);
}

}  // namespace tenantry::runtime
