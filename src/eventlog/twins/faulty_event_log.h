#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/faults.h"
#include "base/status.h"
#include "eventlog/twins/forwarding_event_log.h"

namespace tenantry::eventlog {

/// Passes everything on to another log, but fails where `faults` say so: at `eventlog.append`,
/// `eventlog.partitions`, `eventlog.read` and `eventlog.commit`. Thread-safe.
class FaultyEventLog final : public ForwardingEventLog {
 public:
  /// Both outlive this.
  FaultyEventLog(EventLog& log, base::Faults& faults) : ForwardingEventLog(log), faults_(faults) {}

  absl::Status Append(const StreamName& stream, std::vector<LogRecord> records) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.append"));
    return ForwardingEventLog::Append(stream, std::move(records));
  }
  absl::StatusOr<std::vector<PartitionInfo>> Partitions(const StreamName& stream) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.partitions"));
    return ForwardingEventLog::Partitions(stream);
  }
  absl::StatusOr<std::unique_ptr<LogReader>> Read(const PartitionId& partition,
                                                  const LogOffset& from) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.read"));
    return ForwardingEventLog::Read(partition, from);
  }
  absl::Status AwaitNews(const LogPositions& places, absl::Duration wait) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.read"));
    return ForwardingEventLog::AwaitNews(places, wait);
  }
  absl::StatusOr<LogOffset> OffsetAt(const PartitionId& partition, absl::Time time) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.read"));
    return ForwardingEventLog::OffsetAt(partition, time);
  }
  absl::Status Commit(const std::string& consumer, const LogPositions& positions,
                      uint64_t epoch) override {
    TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.commit"));
    return ForwardingEventLog::Commit(consumer, positions, epoch);
  }

 private:
  base::Faults& faults_;
};

}  // namespace tenantry::eventlog
