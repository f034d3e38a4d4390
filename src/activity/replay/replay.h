#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "activity/state/analytics.h"
#include "base/instant.h"
#include "events/company_record.h"
#include "runtime/disk/folder_lock.h"

namespace tenantry::activity {

/// What replaying event files gave.
struct ReplayCounts {
  uint64_t events = 0;  ///< accepted, each once
  uint64_t repeated = 0;
  uint64_t rejected = 0;
};

/// The analytics over event files, without a server: one JSON event a line, in any order.
class Replay {
 public:
  /// `as_of` cuts what is counted to the end of its day; without it everything counts, as of the
  /// greatest event time.
  explicit Replay(std::optional<base::Instant> as_of);

  /// Reads a file; `.gz` is inflated, "-" is `standard_input`. NotFound, PermissionDenied: the
  /// file; DataLoss: it is no whole gzip file.
  absl::Status ReadFile(const std::string& path, std::istream& standard_input);

  /// Counts one line; blank ones are passed over.
  void ReadLine(std::string_view line);

  /// The instant that the records are of.
  base::Instant as_of() const { return as_of_.value_or(greatest_); }

  /// What was read so far.
  const ReplayCounts& counts() const { return counts_; }

  /// The records of all tenants by tenantID.
  std::vector<events::CompanyRecord> Records() const;

  /// Goes on from what SaveState wrote into `folder`; an empty or absent folder is a fresh start.
  /// Keeps the folder, made when absent, from other replays until this is destroyed.
  /// FailedPrecondition: another has it, or the state was cut at another as-of instant; DataLoss:
  /// it is damaged; InvalidArgument: it is a file.
  absl::Status LoadState(const std::string& folder);

  /// Writes the state into `folder`, atomically.
  absl::Status SaveState(const std::string& folder);

 private:
  absl::Status ReadStream(std::istream& lines);
  void ReadBlock(std::string_view block, std::string& rest);
  void AddLine(std::string_view line);
  void CountBatch();
  bool RestoreCounts(std::string_view& bytes);

  const std::optional<base::Instant> as_of_;
  base::Instant greatest_;
  bool any_ = false;
  ReplayCounts counts_;
  events::EventParser parser_;
  Analytics analytics_;
  std::vector<ParsedEvent> batch_;
  std::vector<Outcome> outcomes_;
  size_t batched_ = 0;                       // how much of the batch is filled
  std::optional<runtime::FolderLock> lock_;  // of the state's folder
};

}  // namespace tenantry::activity
