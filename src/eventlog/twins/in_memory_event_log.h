#pragma once

#include <absl/synchronization/mutex.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "eventlog/append_clock.h"
#include "eventlog/event_log.h"
#include "eventlog/event_log_options.h"
#include "eventlog/partition_ends.h"

namespace tenantry::eventlog {

/// The event log's twin for tests: the same behaviour, nothing durable. Thread-safe.
class InMemoryEventLog final : public EventLog {
 public:
  /// `clock` outlives the log.
  InMemoryEventLog(const EventLogOptions& options, const base::Clock& clock);

  absl::Status Append(const StreamName& stream, std::vector<LogRecord> records) override;
  absl::StatusOr<std::vector<PartitionInfo>> Partitions(const StreamName& stream) override;
  absl::StatusOr<PartitionId> PartitionOf(const StreamName& stream, std::string_view key) override;
  absl::StatusOr<std::unique_ptr<LogReader>> Read(const PartitionId& partition,
                                                  const LogOffset& from) override;
  absl::Status AwaitNews(const LogPositions& places, absl::Duration wait) override {
    return ends_.AwaitAny(places, wait);
  }
  absl::StatusOr<LogOffset> OffsetAt(const PartitionId& partition, absl::Time time) override;
  absl::StatusOr<std::unique_ptr<LogSubscription>> Subscribe(const std::string& consumer,
                                                             const std::vector<StreamName>& streams,
                                                             AssignmentListener& listener) override;
  absl::Status Commit(const std::string& consumer, const LogPositions& positions,
                      uint64_t epoch) override;
  absl::StatusOr<LogPositions> Committed(const std::string& consumer) override;

  /// Drops what is older than the retention, but the last batch of each partition.
  absl::Status SweepRetention();

 private:
  friend class InMemoryReader;

  const EventLogOptions options_;
  const base::Clock& clock_;
  AppendClock append_clock_ ABSL_GUARDED_BY(mutex_);
  PartitionEnds ends_;
  mutable absl::Mutex mutex_;
  std::map<PartitionId, std::map<uint64_t, LogBatch>> batches_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, LogPositions> positions_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> epochs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::eventlog
