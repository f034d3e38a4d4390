#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "eventlog/event_log.h"

namespace tenantry::lake::archive {

/// A Parquet file of the archive: records of one tenant, day and partition in the order of offsets.
struct ArchiveFile {
  base::TenantId tenant;
  base::Day day = 0;  ///< the UTC day that the records were appended to the log
  eventlog::PartitionId partition;
  eventlog::LogOffset first;  ///< of its first row
  eventlog::LogOffset last;   ///< of its last row
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string checksum;  ///< XXH3-128 of the file's bytes in hex
  uint64_t flush = 0;    ///< sequence of the manifest that lists it; no part of its text

  /// Where the file lies below the archive's folder: `tenant=…/dt=YYYY-MM-DD/….parquet`.
  std::string Path() const;
  /// The folder of Path.
  std::string Folder() const;
};

/// What one flush added to the archive, and where the archive reaches with it. Its text and what it
/// promises are docs/formats/event_archive.md.
struct ArchiveManifest {
  uint64_t sequence = 0;             ///< 1 for the first flush, then one more each time
  eventlog::LogPositions positions;  ///< of every partition ever archived
  std::vector<ArchiveFile> files;

  /// As text, sealed by its checksum.
  std::string ToText() const;
};

/// The name of a manifest's file: its sequence in 20 digits.
std::string ManifestName(uint64_t sequence);

/// The bytes at the end of a manifest's text that hold its seal.
inline constexpr size_t kManifestSealBytes = 21;

/// The seal of a manifest, 16 hexadecimal digits, from its text or the end of it: another one for
/// another text.
std::string SealOfManifest(std::string_view text);

/// Checks the seal of a manifest's text and reads it: of the files, those of `tenant` alone when
/// one is given. DataLoss: the text is not what was written; the message starts with `name`.
absl::StatusOr<ArchiveManifest> ParseManifest(std::string_view text, const std::string& name,
                                              const std::optional<base::TenantId>& tenant);

}  // namespace tenantry::lake::archive
