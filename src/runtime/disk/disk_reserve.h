#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <string>

namespace tenantry::runtime {

/// Tells how many bytes are free on the file system that holds a folder; a negative number when the
/// system does not tell.
using FreeBytes = std::function<int64_t(const std::string& folder)>;

/// FreeBytes as the system tells it.
int64_t FreeBytesOf(const std::string& folder);

/// Keeps part of a disk free: for those whose engine can't go on after a write that found no room
/// (RocksDB's), who ask before they write, and for those who must leave room to others. Immutable;
/// thread-safe.
class DiskReserve {
 public:
  /// `bytes_min` stay free on the file system that holds `folder`. For the message: `what` is kept
  /// there ("event log"; people without a right to paths read it), `option` says how much. Tests
  /// may bring a `free` of their own; it is called by any thread.
  DiskReserve(std::string folder, int64_t bytes_min, std::string what, std::string option,
              FreeBytes free = FreeBytesOf);

  /// ResourceExhausted, noted as a full disk, when less than that would be free once `more` bytes
  /// are written; the message says how much is and what to do. OK when the system does not tell.
  absl::Status Check(int64_t more = 0) const;

  /// Bytes that can be written until the reserve is reached; 0 when it is. The largest number when
  /// the system does not tell.
  int64_t Room() const;

  /// The option that says how much stays free.
  const std::string& option() const { return option_; }

 private:
  const std::string folder_;
  const int64_t bytes_min_;
  const std::string what_;
  const std::string option_;
  const FreeBytes free_;
};

}  // namespace tenantry::runtime
