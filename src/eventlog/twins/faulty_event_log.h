#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/faults.h"
#include "base/status.h"
#include "eventlog/event_log.h"

namespace tenantry::eventlog {

/// Passes everything on to another log, but fails where `faults` say so: at `eventlog.append`,
/// `eventlog.partitions`, `eventlog.read` and `eventlog.commit`. Thread-safe.
class FaultyEventLog final : public EventLog {
 public:
  /// Both outlive this.
  FaultyEventLog(EventLog& log, base::Faults& faults) : log_(log), faults_(faults) {}

  absl::Status Append(const StreamName& stream, std::vector<LogRecord> records) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.append"));
    return log_.Append(stream, std::move(records));
  }
  absl::StatusOr<std::vector<PartitionInfo>> Partitions(const StreamName& stream) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.partitions"));
    return log_.Partitions(stream);
  }
  absl::StatusOr<PartitionId> PartitionOf(const StreamName& stream, std::string_view key) override {
    return log_.PartitionOf(stream, key);
  }
  absl::StatusOr<std::unique_ptr<LogReader>> Read(const PartitionId& partition,
                                                  const LogOffset& from) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.read"));
    return log_.Read(partition, from);
  }
  absl::Status AwaitNews(const LogPositions& places, absl::Duration wait) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.read"));
    return log_.AwaitNews(places, wait);
  }
  absl::StatusOr<LogOffset> OffsetAt(const PartitionId& partition, absl::Time time) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.read"));
    return log_.OffsetAt(partition, time);
  }
  absl::StatusOr<std::unique_ptr<LogSubscription>> Subscribe(
      const std::string& consumer, const std::vector<StreamName>& streams,
      AssignmentListener& listener) override {
    return log_.Subscribe(consumer, streams, listener);
  }
  absl::Status Commit(const std::string& consumer, const LogPositions& positions,
                      uint64_t epoch) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.commit"));
    return log_.Commit(consumer, positions, epoch);
  }
  absl::StatusOr<LogPositions> Committed(const std::string& consumer) override {
    return log_.Committed(consumer);
  }

 private:
  EventLog& log_;
  base::Faults& faults_;
};

}  // namespace tenantry::eventlog
