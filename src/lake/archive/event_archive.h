#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/faults.h"
#include "base/ids.h"
#include "eventlog/event_log.h"
#include "lake/archive/archive_manifest.h"
#include "lake/archive/archive_row.h"
#include "lake/archive/archive_writer.h"
#include "lake/archive/excerpts/excerpt_folder.h"
#include "lake/archive/history_place.h"
#include "lake/sql/sql_process.h"
#include "runtime/disk/folder_lock.h"
#include "runtime/metrics.h"

namespace tenantry::lake::archive {

/// The archive of every event in Parquet files by tenant and day: the memory behind the log's
/// retention. What lies where, and why a crash can neither show half a flush nor a row twice, is
/// docs/formats/event_archive.md. One process opens an archive at a time. Thread-safe: one Write
/// runs at a time, reads run beside it and each other.
class EventArchive {
 public:
  /// Opens the archive in `folder`, made when absent, and completes or drops what a crash left
  /// unfinished. `processes` runs its SQL; it, `metrics` and `faults` must outlive the archive.
  /// FailedPrecondition: another process has it open, or a newer version wrote it; DataLoss: its
  /// manifests are damaged; else what the system says of the folder.
  static absl::StatusOr<std::unique_ptr<EventArchive>> Open(std::string folder,
                                                            sql::SqlProcesses& processes,
                                                            runtime::Metrics& metrics,
                                                            base::Faults& faults);
  ~EventArchive();
  EventArchive(const EventArchive&) = delete;
  EventArchive& operator=(const EventArchive&) = delete;

  /// Adds the rows of some slices, of different partitions; all become readable at once, durably,
  /// when this returns OK. Rows that the archive has already are left out, so that a repeated call
  /// changes nothing. After an error none is readable, or, when the end of the call failed, all are
  /// at the next Write or Open: call again with the same rows. InvalidArgument: as GroupRows says,
  /// or a tenant that is no UTF-8; ResourceExhausted: memory or disk; Unavailable: a write failed,
  /// perhaps for now; Internal: the SQL process broke, or a sync failed, after which only a new
  /// Open helps.
  /// Cancelled: `cancelled`, which may be null, turned true before the rows were safe.
  absl::Status Write(const std::vector<ArchiveSlice>& slices,
                     const std::atomic<bool>* cancelled = nullptr);

  /// Takes rows; an error ends the read.
  using RowCallback = absl::FunctionRef<absl::Status(const ArchiveRow&)>;

  /// Gives the rows of one tenant, or of all, each once, by tenant, and those of a tenant as they
  /// were appended: by flush; within a flush, of one partition in the order of offsets, and between
  /// partitions by their times. Holds a tenant's rows of one flush in memory. Returns where the
  /// archive reached when the read began: the log goes on from there. DataLoss: a file is missing
  /// or is not what was written; the message names it, and no row of a damaged file is given. Else
  /// the callback's error or the SQL process's.
  absl::StatusOr<eventlog::LogPositions> Read(const std::optional<base::TenantId>& tenant,
                                              RowCallback row);

  /// Gives the rows of one partition from `from` to before `to`, of all tenants, in the order of
  /// offsets: what a consumer of the log reads that was away for longer than the log's retention.
  /// Holds one flush in memory. Errors as with Read; DataLoss also when the archive does not reach
  /// `to`.
  absl::Status ReadPartition(const eventlog::PartitionId& partition,
                             const eventlog::LogOffset& from, const eventlog::LogOffset& to,
                             RowCallback row);

  /// Gives an excerpt of the events of everybody, flush by flush, those of a tenant in the order of
  /// Read: what the analytics count of an event, hashes in place of the ids that Excerpt says.
  /// Records that are no events are left out. Many times faster than reading the files themselves;
  /// those of flushes without an excerpt are read, and it is made. Holds a flush's excerpt in
  /// memory. Begins behind flush `place.flush`, which goes along. Returns where the archive reached
  /// when the read began. Errors as with Read.
  absl::StatusOr<eventlog::LogPositions> ReadEvents(HistoryPlace& place, EventCallback event);

  /// Makes the excerpt of one flush that has none: of an archive of an older version. False when
  /// all have one. Cancelled: `cancelled`, asked now and then, was true. Errors as with Read, and
  /// the system's.
  absl::StatusOr<bool> MakeExcerpt(absl::FunctionRef<bool()> cancelled);

  /// For each partition the place after the last record archived.
  eventlog::LogPositions positions() const;

  /// Checks every manifest and the checksum of every file that they list. DataLoss names the first
  /// damage.
  absl::Status Verify();

 private:
  EventArchive(std::string folder, sql::SqlProcesses& processes, runtime::Metrics& metrics,
               base::Faults& faults);

  struct State {
    uint64_t sequence = 0;  // of the newest manifest; 0 for none
    eventlog::LogPositions positions;
  };

  absl::Status LoadNewest();
  absl::StatusOr<ArchiveManifest> LoadManifest(uint64_t sequence,
                                               const std::optional<base::TenantId>& tenant) const;
  State Snapshot() const;
  absl::Status Recover() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status WriteFlush(const std::vector<ArchiveSlice>& slices,
                          const std::atomic<bool>* cancelled)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Stage(std::vector<ArchiveGroup>& groups, const std::atomic<bool>* cancelled)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Publish(const ArchiveManifest& manifest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status MoveFiles(const ArchiveManifest& manifest)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Commit(const ArchiveManifest& manifest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Break(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::StatusOr<std::string> ReadSeal(uint64_t sequence) const;
  absl::StatusOr<std::string> ExcerptOfFiles(uint64_t sequence, std::string_view seal,
                                             absl::FunctionRef<bool()> cancelled) const;
  absl::StatusOr<Excerpt> GetExcerpt(uint64_t sequence);
  absl::Status ForEachFile(const State& state, const std::optional<base::TenantId>& tenant,
                           absl::FunctionRef<absl::Status(ArchiveFile)> file) const;

  const std::string folder_;
  const std::string manifests_;
  const std::string staging_;
  ExcerptFolder excerpts_;
  sql::SqlProcesses& processes_;
  base::Faults& faults_;
  runtime::Counter& rows_;
  runtime::Counter& files_;
  runtime::Counter& bytes_;
  runtime::Counter& excerpts_made_;
  runtime::Histogram& write_seconds_;
  std::optional<runtime::FolderLock> lock_;  // of manifests_

  absl::Mutex write_mutex_;
  absl::Status broken_ ABSL_GUARDED_BY(write_mutex_);  // set by a failed sync
  mutable absl::Mutex state_mutex_;
  State state_ ABSL_GUARDED_BY(state_mutex_);
  uint64_t excerpts_until_ ABSL_GUARDED_BY(state_mutex_) = 0;  // all up to this flush are there
};

}  // namespace tenantry::lake::archive
