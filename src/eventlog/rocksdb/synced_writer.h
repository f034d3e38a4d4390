#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>
#include <rocksdb/db.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/faults.h"
#include "runtime/disk/disk_reserve.h"

namespace tenantry::eventlog {

/// What a write is of. What is small goes on for longer on a disk that fills: consumers' positions
/// and retention, without which nothing could be dropped.
enum class WriteKind { kRecords, kLittle };

/// Every write of the embedded log: durable when it returns OK, refused while the disk has less
/// free than is kept, and refused for good after a write that failed. Thread-safe.
class SyncedWriter {
 public:
  /// `db`, in `folder`, and `faults` outlive the writer. `faults` are asked at `eventlog.room` or
  /// `eventlog.little_room`, then at `eventlog.write`.
  SyncedWriter(rocksdb::DB& db, const std::string& folder, int64_t free_bytes_min,
               base::Faults& faults)
      : db_(db),
        faults_(faults),
        reserve_(folder, free_bytes_min, "event log", "eventlog.free_bytes_min"),
        little_reserve_(folder, free_bytes_min / 4, "event log",
                        "a quarter of eventlog.free_bytes_min") {}

  /// Writes `batch`, all or nothing; `doing` says in errors what was tried. ResourceExhausted: the
  /// disk has too little free, nothing was written; Unavailable: this write failed or an earlier
  /// one did, and what the disk holds of it shows when the log is opened again.
  absl::Status Write(WriteKind kind, rocksdb::WriteBatch& batch, std::string_view doing);

  /// Why no record can be written now, or OK.
  absl::Status Check() const;

 private:
  absl::Status CheckRoom(WriteKind kind) const;
  absl::Status failed() const;

  rocksdb::DB& db_;
  base::Faults& faults_;
  const runtime::DiskReserve reserve_;
  const runtime::DiskReserve little_reserve_;
  mutable absl::Mutex mutex_;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::eventlog
