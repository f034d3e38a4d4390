#include "lake/archive/archive_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "base/status.h"
#include "runtime/disk/files.h"

namespace tenantry::lake::archive {
namespace {

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

// From so many on, one sync of the whole file system is faster than one for each.
constexpr size_t kMany = 16;

absl::Status SyncOne(const std::string& path) {
  const OpenFile file(path, O_RDONLY);
  if (file.fd() < 0) return runtime::ErrnoStatus(errno, "opening " + path);
  if (fsync(file.fd()) != 0) return runtime::ErrnoStatus(errno, "syncing " + path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FileDigest> DigestFile(const std::string& path) {
  const OpenFile file(path, O_RDONLY);
  if (file.fd() < 0) return runtime::ErrnoStatus(errno, "opening " + path);
  const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  XXH3_128bits_reset(state.get());
  FileDigest digest;
  std::vector<char> buffer(256 << 10);
  for (;;) {
    const ssize_t got = read(file.fd(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return runtime::ErrnoStatus(errno, "reading " + path);
    if (got == 0) break;
    XXH3_128bits_update(state.get(), buffer.data(), static_cast<size_t>(got));
    digest.bytes += got;
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  digest.checksum = fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  return digest;
}

absl::StatusOr<DiskSync> DiskSync::Open(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return runtime::ErrnoStatus(errno, "opening " + folder);
  return DiskSync(fd);
}

DiskSync::DiskSync(DiskSync&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DiskSync::~DiskSync() {
  if (fd_ >= 0) close(fd_);
}

absl::Status DiskSync::Sync(const std::vector<std::string>& paths) {
  if (paths.size() >= kMany) {
    if (syncfs(fd_) != 0) return runtime::ErrnoStatus(errno, "syncing the file system");
    return absl::OkStatus();
  }
  for (const std::string& path : paths) TENANTRY_RETURN_IF_ERROR(SyncOne(path));
  return absl::OkStatus();
}

absl::Status RenameFile(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return runtime::ErrnoStatus(errno, fmt::format("renaming {} to {}", from, to));
}

}  // namespace tenantry::lake::archive
