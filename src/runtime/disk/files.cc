#include "runtime/disk/files.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/status.h"

namespace tenantry::runtime {
namespace {

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return absl::StatusCode::kResourceExhausted;
    case EISDIR:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status WriteAll(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus(errno, "writing " + path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(file) != 0) return ErrnoStatus(errno, "syncing " + path);
  return absl::OkStatus();
}

absl::Status SyncFolderOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "opening " + folder);
  const int result = ::fsync(file);
  const int error = errno;
  ::close(file);
  return result == 0 ? absl::OkStatus() : ErrnoStatus(error, "syncing " + folder);
}

}  // namespace

absl::Status ErrnoStatus(int error, std::string_view what) {
  return absl::Status(CodeOf(error),
                      fmt::format("{}: {}", what, std::generic_category().message(error)));
}

absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t bytes_max) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "reading " + path);
  absl::Cleanup close = [file] { ::close(file); };
  std::string bytes;
  char piece[16 * 1024];
  while (true) {
    const ssize_t count = ::read(file, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(errno, "reading " + path);
    if (count == 0) return bytes;
    bytes.append(piece, static_cast<size_t>(count));
    if (static_cast<int64_t>(bytes.size()) > bytes_max) {
      return base::InvalidArgument("{} holds more than {} bytes", path, bytes_max);
    }
  }
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes, uint32_t mode) {
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);  // 0600 until it is complete
  if (file < 0) return ErrnoStatus(errno, "creating " + path);
  absl::Cleanup remove = [&temporary] { ::unlink(temporary.c_str()); };
  absl::Status status = WriteAll(file, bytes, path);
  if (status.ok() && ::fchmod(file, mode) != 0) {
    status = ErrnoStatus(errno, "setting the permissions of " + path);
  }
  if (::close(file) != 0 && status.ok()) status = ErrnoStatus(errno, "closing " + path);
  TENANTRY_RETURN_IF_ERROR(status);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return ErrnoStatus(errno, "writing " + path);
  }
  std::move(remove).Cancel();
  return SyncFolderOf(path);
}

absl::Status MakeFolders(const std::string& path, uint32_t mode) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : std::filesystem::path(path)) {
    made /= part;
    struct stat there = {};
    if (::stat(made.c_str(), &there) == 0 && S_ISDIR(there.st_mode)) continue;
    if (::mkdir(made.c_str(), mode) != 0 && errno != EEXIST) {
      return ErrnoStatus(errno, "creating folder " + made.string());
    }
  }
  struct stat there = {};
  if (::stat(path.c_str(), &there) != 0) return ErrnoStatus(errno, "creating folder " + path);
  if (!S_ISDIR(there.st_mode)) {
    return base::InvalidArgument("{} is there and is no folder", path);
  }
  return absl::OkStatus();
}

std::string_view WithoutLineEnd(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace tenantry::runtime
