#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eventlog/event_log.h"

namespace tenantry::eventlog {

/// Passes everything on to another log: twins change what they are about.
class ForwardingEventLog : public EventLog {
 public:
  /// `log` outlives this.
  explicit ForwardingEventLog(EventLog& log) : log_(log) {}

  absl::Status Append(const StreamName& stream, std::vector<LogRecord> records) override {
    return log_.Append(stream, std::move(records));
  }
  absl::StatusOr<std::vector<PartitionInfo>> Partitions(const StreamName& stream) override {
    return log_.Partitions(stream);
  }
  absl::StatusOr<PartitionId> PartitionOf(const StreamName& stream, std::string_view key) override {
    return log_.PartitionOf(stream, key);
  }
  absl::StatusOr<std::unique_ptr<LogReader>> Read(const PartitionId& partition,
                                                  const LogOffset& from) override {
    return log_.Read(partition, from);
  }
  absl::Status AwaitNews(const LogPositions& places, absl::Duration wait) override {
    return log_.AwaitNews(places, wait);
  }
  absl::StatusOr<LogOffset> OffsetAt(const PartitionId& partition, absl::Time time) override {
    return log_.OffsetAt(partition, time);
  }
  absl::StatusOr<std::unique_ptr<LogSubscription>> Subscribe(
      const std::string& consumer, const std::vector<StreamName>& streams,
      AssignmentListener& listener) override {
    return log_.Subscribe(consumer, streams, listener);
  }
  absl::Status Commit(const std::string& consumer, const LogPositions& positions,
                      uint64_t epoch) override {
    return log_.Commit(consumer, positions, epoch);
  }
  absl::StatusOr<LogPositions> Committed(const std::string& consumer) override {
    return log_.Committed(consumer);
  }

 private:
  EventLog& log_;
};

}  // namespace tenantry::eventlog
