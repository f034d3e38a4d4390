#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tenantry::runtime {

/// A file on its way to its place: `path` holds the old bytes or all the new ones at every moment,
/// a crash included. It is written as a neighbour under a temporary name, synced, renamed and its
/// folder synced by Commit; without Commit the neighbour vanishes. A symbolic link stays, and what
/// it leads to is written. A device, a pipe or a socket is no file that could be replaced: it is
/// written to at once. Not thread-safe.
class AtomicFile {
 public:
  /// `mode` is the file's permissions whatever the umask, 0600 for what is secret. NotFound: there
  /// is no such folder; PermissionDenied; ResourceExhausted: the disk is full; InvalidArgument:
  /// `path` is a folder; Internal: the system's own words.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> Create(const std::string& path, uint32_t mode);

  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Adds bytes. Errors as Create.
  absl::Status Write(std::string_view bytes);

  /// Puts the file in its place; the last call. Errors as Create; the old file is then untouched.
  absl::Status Commit();

 private:
  AtomicFile(std::string path, std::string temporary, int file, uint32_t mode);

  const std::string path_;
  std::string temporary_;  // empty for what is written to at once, and once it is in its place
  int file_;
  const uint32_t mode_;
};

}  // namespace tenantry::runtime
