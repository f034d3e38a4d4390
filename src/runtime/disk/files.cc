#include "runtime/disk/files.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/full_disk.h"
#include "base/status.h"
#include "runtime/disk/atomic_file.h"

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

}  // namespace

absl::Status ErrnoStatus(int error, std::string_view what) {
  const absl::Status status(CodeOf(error),
                            fmt::format("{}: {}", what, std::generic_category().message(error)));
  return error == ENOSPC || error == EDQUOT ? base::AsFullDisk(status) : status;
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
  TENANTRY_ASSIGN_OR_RETURN(const auto file, AtomicFile::Create(path, mode));
  TENANTRY_RETURN_IF_ERROR(file->Write(bytes));
  return file->Commit();
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
