#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <utility>

namespace tenantry::runtime {

/// Keeps part of a disk free: for those whose engine can't go on after a write that found no room
/// (RocksDB's), who ask before they write. Immutable; thread-safe.
class DiskReserve {
 public:
  /// `bytes_min` stay free on the file system that holds `folder`. For the message: `what` is kept
  /// there ("event log"; people without a right to paths read it), `option` says how much.
  DiskReserve(std::string folder, int64_t bytes_min, std::string what, std::string option)
      : folder_(std::move(folder)),
        bytes_min_(bytes_min),
        what_(std::move(what)),
        option_(std::move(option)) {}

  /// ResourceExhausted, noted as a full disk, when less than that is free; the message says how
  /// much is and what to do. OK when the system does not tell.
  absl::Status Check() const;

 private:
  const std::string folder_;
  const int64_t bytes_min_;
  const std::string what_;
  const std::string option_;
};

}  // namespace tenantry::runtime
