#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tenantry::lake::archive {

/// A file's size and the XXH3-128 of its bytes in hex.
struct FileDigest {
  int64_t bytes = 0;
  std::string checksum;
};

/// Reads a file from end to end. NotFound: there is none; else the system's own words.
absl::StatusOr<FileDigest> DigestFile(const std::string& path);

/// Forces what was written to disk. Errors are fatal: never try again. Not thread-safe.
class DiskSync {
 public:
  /// `folder` names the file system; from now on its failed writes are noticed.
  static absl::StatusOr<DiskSync> Open(const std::string& folder);

  /// Takes the file system over; `other` can only be destroyed.
  DiskSync(DiskSync&& other) noexcept;
  DiskSync& operator=(DiskSync&&) = delete;
  ~DiskSync();

  /// Returns once the bytes of these files and the entries of these folders are on disk. Of many,
  /// the whole file system is synced, which costs one wait instead of one each.
  absl::Status Sync(const std::vector<std::string>& paths);

 private:
  explicit DiskSync(int fd) : fd_(fd) {}

  int fd_;
};

/// Gives a file another name in the same file system, replacing what has it.
absl::Status RenameFile(const std::string& from, const std::string& to);

}  // namespace tenantry::lake::archive
