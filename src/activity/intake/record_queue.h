#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "base/monitor.h"
#include "eventlog/event_log.h"

namespace tenantry::activity {

/// A log record, where it stood and when it was appended. Its bytes are whoever's who gives it.
struct PlacedRecord {
  eventlog::RecordView record;
  eventlog::LogOffset offset;
  absl::Time appended;
};

/// The records of one log batch that belong to one shard, perhaps none: the position moves anyway.
struct RecordSlice {
  eventlog::PartitionId from;
  eventlog::LogOffset next;  ///< where reading goes on once these records are applied
  std::vector<PlacedRecord> records;
  std::shared_ptr<const void> memory;  ///< what the records' bytes live in
};

/// Slices on their way to a shard, bounded. Any number of threads push, one pops.
class RecordQueue {
 public:
  /// At most `slices_max` slices wait.
  explicit RecordQueue(size_t slices_max) : slices_max_(slices_max) {}

  /// Waits for room; false once the queue is closed, the slice is dropped then.
  bool Push(RecordSlice slice);

  /// Waits up to `wait` for slices and takes all there are; empty on time-out or when closed.
  std::vector<RecordSlice> PopAll(absl::Duration wait);

  /// Refuses further slices and wakes everybody; what waits can still be popped.
  void Close();

  /// Waits up to `wait` for Close; true when it was closed.
  bool WaitClosed(absl::Duration wait) const;

  /// True once closed and empty.
  bool Finished() const;

  /// Slices that wait.
  size_t depth() const;

 private:
  const size_t slices_max_;
  mutable base::Monitor mutex_;
  std::deque<RecordSlice> slices_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tenantry::activity
