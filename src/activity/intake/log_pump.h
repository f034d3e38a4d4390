#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "activity/intake/append_order.h"
#include "activity/intake/record_queue.h"
#include "base/monitor.h"
#include "eventlog/event_log.h"

namespace tenantry::activity {

/// Reads the archived records of one partition from a place up to (not including) another, in
/// order: for what the log no longer keeps. A record lives as long as `take` runs.
using ArchiveReader = std::function<absl::Status(
    const eventlog::PartitionId& partition, const eventlog::LogOffset& from,
    const eventlog::LogOffset& to, const std::function<absl::Status(const PlacedRecord&)>& take)>;

/// Reads partitions of the log, each in a thread of its own, and gives every record to the queue of
/// the shard that owns its key's group, in the order in which all of them were appended. Reading
/// what is older than the log keeps goes to the archive. A partition that can't be read does not
/// keep the others back; what it gives later is then out of order.
class LogPump {
 public:
  /// `queues`, one a shard, and the log must outlive this.
  LogPump(eventlog::EventLog& log, std::vector<RecordQueue*> queues, ArchiveReader archive);

  /// Stops reading.
  ~LogPump();

  /// Begins to read partitions from these places on, anew when they are read already. What the log
  /// no longer keeps comes from the archive, also from the zero place on. Those that can't be read
  /// are left out; the error names the first. NotFound: the log has no such partition;
  /// FailedPrecondition: the place lies past its end.
  absl::Status Add(const eventlog::LogPositions& partitions);

  /// Ends reading `partitions`, all at the same place in the order in which they were appended:
  /// nothing of them is queued that came after what another of them has left. Nothing of them is
  /// queued once this returns.
  void Remove(absl::Span<const eventlog::PartitionId> partitions);

  /// Ends reading everything, as Remove does.
  void Stop();

  /// OK, or why a partition can't be read at the moment.
  absl::Status Ready() const;

 private:
  struct Reading {
    std::unique_ptr<eventlog::LogReader> reader;
    std::thread thread;
    eventlog::LogOffset next;  // guarded by mutex_
    bool stopped = false;      // guarded by mutex_
    bool begun = false;        // of the thread: what came before the oldest kept was read
  };

  void Run(eventlog::PartitionId partition, Reading& reading);
  absl::Status Turn(const eventlog::PartitionId& partition, Reading& reading);
  absl::StatusOr<eventlog::LogOffset> OldestKept(const eventlog::PartitionId& partition);
  absl::Status FillGap(const eventlog::PartitionId& partition, Reading& reading);
  eventlog::LogPositions Ends();
  bool Queue(const eventlog::PartitionId& partition, const eventlog::LogOffset& next,
             std::vector<PlacedRecord> records, const std::shared_ptr<const void>& memory);
  bool WaitStopped(Reading& reading, absl::Duration wait);

  eventlog::EventLog& log_;
  const std::vector<RecordQueue*> queues_;
  const ArchiveReader archive_;
  AppendOrder order_;
  mutable base::Monitor mutex_;
  std::map<eventlog::PartitionId, std::unique_ptr<Reading>> readings_ ABSL_GUARDED_BY(mutex_);
  std::map<eventlog::PartitionId, absl::Status> troubles_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::activity
