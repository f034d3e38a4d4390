#include "lake/datasets/blob_copy.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::lake::datasets {

absl::Status ReadBlob(blobstore::BlobReader& reader,
                      absl::FunctionRef<absl::Status(std::string_view)> take) {
  for (int64_t at = 0; at < reader.size(); at += kCopyBytes) {
    TENANTRY_ASSIGN_OR_RETURN(const std::string bytes, reader.Read(at, kCopyBytes));
    TENANTRY_RETURN_IF_ERROR(take(bytes));
  }
  return absl::OkStatus();
}

absl::Status ReadWholeFile(const std::string& path,
                           absl::FunctionRef<absl::Status(std::string_view)> take) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return runtime::ErrnoStatus(errno, "reading " + path);
  const absl::Cleanup done = [file] { close(file); };
  std::string piece(static_cast<size_t>(kCopyBytes), '\0');
  for (;;) {
    const ssize_t got = read(file, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return runtime::ErrnoStatus(errno, "reading " + path);
    if (got == 0) return absl::OkStatus();
    TENANTRY_RETURN_IF_ERROR(take(std::string_view(piece).substr(0, static_cast<size_t>(got))));
  }
}

absl::StatusOr<NewFile> NewFile::Make(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
  if (file < 0) return runtime::ErrnoStatus(errno, "making " + path);
  return NewFile(file);
}

NewFile::NewFile(NewFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

NewFile::~NewFile() {
  if (file_ >= 0) close(file_);
}

absl::Status NewFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return runtime::ErrnoStatus(errno, "writing a staged file");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::lake::datasets
