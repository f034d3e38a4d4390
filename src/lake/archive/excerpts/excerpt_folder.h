#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lake/archive/excerpts/excerpt.h"

namespace tenantry::lake::archive {

/// The excerpts of an archive's flushes, a file each, named by the flush's sequence. They can
/// always be made again from the archive's files: one that is absent, damaged or of another flush
/// is as good as none. Thread-safe.
class ExcerptFolder {
 public:
  /// `folder` exists.
  explicit ExcerptFolder(std::string folder) : folder_(std::move(folder)) {}

  /// Keeps an excerpt, durably, in place of another. Errors are the system's.
  absl::Status Put(uint64_t sequence, std::string_view bytes);

  /// The excerpt of a flush; nullopt when there is none that fits its manifest's seal. One that is
  /// damaged is removed. Errors are the system's.
  absl::StatusOr<std::optional<Excerpt>> Find(uint64_t sequence, std::string_view seal);

  /// Whether there is one that fits, by its beginning alone.
  bool Has(uint64_t sequence, std::string_view seal) const;

 private:
  std::string PathOf(uint64_t sequence) const;

  const std::string folder_;
};

}  // namespace tenantry::lake::archive
