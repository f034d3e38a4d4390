#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/time/time.h>
#include <absl/types/span.h>

#include <cstdint>
#include <map>

#include "base/monitor.h"
#include "eventlog/event_log.h"

namespace tenantry::activity {

/// Brings the batches that several threads read, each from a partition of its own, into the order
/// in which they were appended, so that of two copies of one event in two streams the first is
/// counted, however often the log is read again. A thread that has a batch enters, hands the batch
/// on while it is the only one inside, and reads on. It is kept waiting by whoever has an older
/// batch (ties go to the lesser partition) or may still find one; not by a partition that is read
/// to its end, is in trouble, or shows nothing for `patience`. Thread-safe.
class AppendOrder {
 public:
  /// `patience`: how long a thread waits for others that show nothing new.
  explicit AppendOrder(absl::Duration patience) : patience_(patience) {}

  /// `partitions` are read from these places on, each by a thread to come. Those that enter wait
  /// for all of them.
  void Join(const eventlog::LogPositions& partitions);

  /// `partitions` are not read any more; their threads, if they wait to enter, are turned away.
  /// They leave all at once, so that none passes what another of them would have brought before it.
  void Leave(absl::Span<const eventlog::PartitionId> partitions);

  /// `partition` has a batch, appended at `appended`. `ends` says where partitions ended once the
  /// batch was in hand: what was appended before it lies before these. Waits for its turn; false
  /// when the partition has left, true when the caller is inside, which it ends with Reads, Fills
  /// or Fails.
  bool Enter(const eventlog::PartitionId& partition, absl::Time appended,
             const eventlog::LogPositions& ends);

  /// `partition` is read on at `next`: a batch was handed on, or nothing came.
  void Reads(const eventlog::PartitionId& partition, const eventlog::LogOffset& next);

  /// `partition` is filled up from elsewhere with what is older than the log: those that enter wait
  /// for it however long it takes.
  void Fills(const eventlog::PartitionId& partition);

  /// `partition` can't be read at the moment: nobody waits for it until it can.
  void Fails(const eventlog::PartitionId& partition);

 private:
  enum class Stage { kReading, kFilling, kFailing, kWaiting, kInside };

  struct Member {
    Stage stage = Stage::kReading;
    eventlog::LogOffset next;
    eventlog::LogOffset end;  // as far as is known
    absl::Time appended;      // of the batch that waits
  };

  void Set(const eventlog::PartitionId& partition, Stage stage, const eventlog::LogOffset* next);
  // Whether another keeps `partition` waiting; the impatient wait for nobody who shows nothing.
  bool IsKept(const eventlog::PartitionId& partition, absl::Time appended, bool patient) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Duration patience_;
  mutable base::Monitor mutex_;
  std::map<eventlog::PartitionId, Member> members_ ABSL_GUARDED_BY(mutex_);
  uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tenantry::activity
