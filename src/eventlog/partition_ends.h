#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "eventlog/event_log.h"

namespace tenantry::eventlog {

/// The error of a place that lies past a partition's end: FailedPrecondition, as reading on there
/// would pass over the next records in silence.
absl::Status PastTheEnd(const PartitionId& partition, const LogOffset& place, const LogOffset& end);

/// True when `positions` name any partition of `stream`.
bool ReadsStream(const LogPositions& positions, const StreamName& stream);

/// Where each partition of an embedded log begins and ends; readers wait here for news.
/// Thread-safe.
class PartitionEnds {
 public:
  /// One partition's range of record numbers.
  struct Range {
    uint64_t begin = 0;
    uint64_t end = 0;
  };

  /// All `streams` with `partitions` partitions each, empty.
  PartitionEnds(const std::vector<StreamName>& streams, int64_t partitions);

  /// The partition that a key belongs to, by hash. NotFound: no such stream.
  absl::StatusOr<PartitionId> PartitionOf(const StreamName& stream, std::string_view key) const;

  /// The partitions of a stream in order. NotFound: no such stream.
  absl::StatusOr<std::vector<PartitionInfo>> Of(const StreamName& stream) const;

  /// Every partition.
  std::vector<PartitionId> All() const;

  /// NotFound: no such partition.
  absl::StatusOr<Range> Find(const PartitionId& partition) const;

  /// Sets the ranges of some partitions, all at once, and wakes their readers; the partitions must
  /// exist.
  void Set(const std::map<PartitionId, Range>& ranges);

  /// Sets where a partition begins; the partition must exist.
  void SetBegin(const PartitionId& partition, uint64_t begin);

  /// Waits until `partition` ends after `place`, `*closed` or the time is up.
  void WaitPast(const PartitionId& partition, uint64_t place, absl::Duration wait,
                const bool* closed) const;

  /// Waits until any of the partitions ends after its place, or the time is up. NotFound: one of
  /// them is none.
  absl::Status AwaitAny(const LogPositions& places, absl::Duration wait) const;

  /// Reads a reader's `*closed`.
  bool IsSet(const bool* closed) const;

  /// Sets a reader's `*closed` and wakes it.
  void Close(bool* closed);

 private:
  const int64_t partitions_;
  mutable base::Monitor mutex_;
  std::map<PartitionId, Range> ranges_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::eventlog
