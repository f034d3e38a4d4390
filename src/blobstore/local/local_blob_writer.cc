#include "blobstore/local/local_blob_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/status.h"

namespace tenantry::blobstore {

namespace fs = std::filesystem;

namespace {

constexpr size_t kFlushBytes = size_t{1} << 20;
constexpr mode_t kFolderMode = 0700;
constexpr int kMoveTries = 5;

// Makes the folders from below `top` to `path`; those that got an entry are added to `changed`.
absl::Status MakeFolders(const fs::path& top, const fs::path& relative,
                         std::vector<std::string>& changed) {
  fs::path made = top;
  for (const fs::path& part : relative) {
    const std::string parent = made.string();
    made /= part;
    if (mkdir(made.c_str(), kFolderMode) == 0) {
      changed.push_back(parent);
    } else if (errno != EEXIST) {
      return DiskStatus(errno, "making a folder of blobs");
    }
  }
  return absl::OkStatus();
}

}  // namespace

LocalBlobWriter::LocalBlobWriter(LocalBlobPlace place, OpenFile file, std::string head,
                                 std::unique_ptr<BlobCipher> cipher, Placing placing)
    : place_(std::move(place)),
      file_(std::move(file)),
      cipher_(std::move(cipher)),
      placing_(std::move(placing)),
      sealed_(std::move(head)) {}

LocalBlobWriter::~LocalBlobWriter() {
  if (!place_.temporary.empty()) unlink(place_.temporary.c_str());
}

void LocalBlobWriter::SealChunk(std::string_view plain, bool last) {
  cipher_->Seal(chunks_++, last, plain, sealed_);
}

absl::Status LocalBlobWriter::Write(std::string_view bytes) {
  bytes_ += static_cast<int64_t>(bytes.size());
  while (!bytes.empty()) {
    // A chunk is sealed only once there are bytes behind it: the last one says that it is.
    if (plain_.size() == kChunkBytes) {
      SealChunk(plain_, false);
      plain_.clear();
    }
    while (plain_.empty() && bytes.size() > kChunkBytes) {
      SealChunk(bytes.substr(0, kChunkBytes), false);
      bytes.remove_prefix(kChunkBytes);
      if (sealed_.size() >= kFlushBytes) TENANTRY_RETURN_IF_ERROR(Flush());
    }
    const std::string_view taken = bytes.substr(0, kChunkBytes - plain_.size());
    plain_.append(taken);
    bytes.remove_prefix(taken.size());
  }
  return sealed_.size() < kFlushBytes ? absl::OkStatus() : Flush();
}

absl::Status LocalBlobWriter::Flush() {
  std::string_view rest = sealed_;
  while (!rest.empty()) {
    const ssize_t written = write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskStatus(errno, "writing a blob");
    rest.remove_prefix(static_cast<size_t>(written));
  }
  sealed_.clear();
  return absl::OkStatus();
}

absl::Status LocalBlobWriter::Commit() {
  SealChunk(plain_, true);
  TENANTRY_RETURN_IF_ERROR(Flush());
  if (fdatasync(file_.get()) != 0) return DiskStatus(errno, "syncing a blob");
  TENANTRY_RETURN_IF_ERROR(placing_(bytes_, [this] { return Move(); }));
  place_.temporary.clear();
  return absl::OkStatus();
}

absl::Status LocalBlobWriter::Move() {
  const fs::path target = fs::path(place_.tenant_folder) / place_.path;
  std::vector<std::string> changed;
  int error = 0;
  // Somebody who deletes a neighbour may remove a folder that was just found empty.
  for (int tries = 0; tries < kMoveTries; ++tries) {
    const fs::path relative = fs::path(place_.path).parent_path();
    TENANTRY_RETURN_IF_ERROR(MakeFolders(place_.tenant_folder, relative, changed));
    if (rename(place_.temporary.c_str(), target.c_str()) == 0) {
      changed.push_back(target.parent_path().string());
      for (const std::string& folder : changed) {
        if (absl::Status synced = SyncFolder(folder); !synced.ok()) return synced;
      }
      return absl::OkStatus();
    }
    error = errno;
    if (error != ENOENT) break;
  }
  return DiskStatus(error, "putting a blob in its place");
}

}  // namespace tenantry::blobstore
