#include "eventlog/twins/in_memory_event_log.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace tenantry::eventlog {

// Reads the batches that the log holds; the log outlives it.
class InMemoryReader final : public LogReader {
 public:
  InMemoryReader(InMemoryEventLog& log, PartitionId partition, uint64_t place)
      : log_(log), partition_(std::move(partition)), place_(place) {}

  absl::StatusOr<LogBatch> Next(absl::Duration wait) override;
  void Close() override { log_.ends_.Close(&closed_); }

 private:
  InMemoryEventLog& log_;
  const PartitionId partition_;
  uint64_t place_;
  bool closed_ = false;
};

absl::StatusOr<LogBatch> InMemoryReader::Next(absl::Duration wait) {
  log_.ends_.WaitPast(partition_, place_, wait, &closed_);
  if (log_.ends_.IsSet(&closed_)) return absl::CancelledError("the reader was closed");
  absl::MutexLock lock(&log_.mutex_);
  TENANTRY_ASSIGN_OR_RETURN(const PartitionEnds::Range range, log_.ends_.Find(partition_));
  if (place_ < range.begin) {
    return base::Error(absl::StatusCode::kOutOfRange,
                       "{}/{} no longer holds {}: the oldest record kept is {}", partition_.stream,
                       partition_.partition, place_, range.begin);
  }
  LogBatch batch;
  batch.from = partition_;
  batch.first = batch.next = LogOffset(place_);
  if (place_ >= range.end) return batch;
  const auto found = std::prev(log_.batches_[partition_].upper_bound(place_));
  batch = found->second;
  batch.records.erase(batch.records.begin(),
                      batch.records.begin() + static_cast<std::ptrdiff_t>(place_ - found->first));
  batch.first = LogOffset(place_);
  place_ = batch.next.number();
  return batch;
}

namespace {

// Leaves the group: the listener gives its partitions back.
class Membership final : public LogSubscription {
 public:
  Membership(AssignmentListener& listener, std::vector<PartitionId> partitions)
      : listener_(listener), partitions_(std::move(partitions)) {}
  ~Membership() override { listener_.OnRevoked(partitions_); }

 private:
  AssignmentListener& listener_;
  const std::vector<PartitionId> partitions_;
};

}  // namespace

InMemoryEventLog::InMemoryEventLog(const EventLogOptions& options, const base::Clock& clock)
    : options_(options),
      clock_(clock),
      append_clock_(clock),
      ends_(options.streams, options.partitions) {}

absl::Status InMemoryEventLog::Append(const StreamName& stream, std::vector<LogRecord> records) {
  TENANTRY_RETURN_IF_ERROR(ends_.Of(stream).status());
  std::map<PartitionId, std::vector<LogRecord>> parts;
  for (LogRecord& record : records) {
    const auto size = static_cast<int64_t>(record.key.size() + record.value.size());
    if (record.key.empty()) return base::InvalidArgument("a log record has no key");
    if (size > options_.record_bytes_max) {
      return base::InvalidArgument("a log record has {} bytes: eventlog.record_bytes_max allows {}",
                                   size, options_.record_bytes_max);
    }
    TENANTRY_ASSIGN_OR_RETURN(const PartitionId partition, ends_.PartitionOf(stream, record.key));
    parts[partition].push_back(std::move(record));
  }
  absl::MutexLock lock(&mutex_);
  std::map<PartitionId, PartitionEnds::Range> ranges;
  for (auto& [partition, part] : parts) {
    PartitionEnds::Range& range = ranges[partition];
    TENANTRY_ASSIGN_OR_RETURN(range, ends_.Find(partition));
    const uint64_t first = range.end;
    range.end += part.size();
    const auto kept = std::make_shared<const std::vector<LogRecord>>(std::move(part));
    LogBatch& batch = batches_[partition][first];
    batch = {partition, LogOffset(first), LogOffset(range.end), append_clock_.Next(), {}, kept};
    for (const LogRecord& record : *kept) {
      batch.records.push_back({record.key, record.value, record.content_type});
    }
  }
  ends_.Set(ranges);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PartitionInfo>> InMemoryEventLog::Partitions(const StreamName& stream) {
  return ends_.Of(stream);
}

absl::StatusOr<PartitionId> InMemoryEventLog::PartitionOf(const StreamName& stream,
                                                          std::string_view key) {
  return ends_.PartitionOf(stream, key);
}

absl::StatusOr<std::unique_ptr<LogReader>> InMemoryEventLog::Read(const PartitionId& partition,
                                                                  const LogOffset& from) {
  TENANTRY_ASSIGN_OR_RETURN(const PartitionEnds::Range range, ends_.Find(partition));
  if (from > LogOffset(range.end)) return PastTheEnd(partition, from, LogOffset(range.end));
  return std::make_unique<InMemoryReader>(*this, partition,
                                          from == LogOffset() ? range.begin : from.number());
}

absl::StatusOr<LogOffset> InMemoryEventLog::OffsetAt(const PartitionId& partition,
                                                     absl::Time time) {
  absl::MutexLock lock(&mutex_);
  TENANTRY_ASSIGN_OR_RETURN(const PartitionEnds::Range range, ends_.Find(partition));
  for (const auto& [first, batch] : batches_[partition]) {
    if (batch.appended >= time) return LogOffset(first);
  }
  return LogOffset(range.end);
}

absl::StatusOr<std::unique_ptr<LogSubscription>> InMemoryEventLog::Subscribe(
    const std::string& consumer, const std::vector<StreamName>& streams,
    AssignmentListener& listener) {
  std::vector<PartitionId> partitions;
  for (const StreamName& stream : streams) {
    TENANTRY_ASSIGN_OR_RETURN(const auto infos, ends_.Of(stream));
    for (const PartitionInfo& info : infos) partitions.push_back(info.id);
  }
  uint64_t epoch;
  {
    absl::MutexLock lock(&mutex_);
    epoch = ++epochs_[consumer];
  }
  listener.OnAssigned(partitions, epoch);
  return std::make_unique<Membership>(listener, std::move(partitions));
}

absl::Status InMemoryEventLog::Commit(const std::string& consumer, const LogPositions& positions,
                                      uint64_t epoch) {
  absl::MutexLock lock(&mutex_);
  if (epoch != 0 && epoch < epochs_[consumer]) {
    return base::FailedPrecondition("'{}' has another owner now (epoch {}, this one had {})",
                                    consumer, epochs_[consumer], epoch);
  }
  for (const auto& [partition, offset] : positions) positions_[consumer][partition] = offset;
  return absl::OkStatus();
}

absl::StatusOr<LogPositions> InMemoryEventLog::Committed(const std::string& consumer) {
  absl::MutexLock lock(&mutex_);
  return positions_[consumer];
}

absl::Status InMemoryEventLog::SweepRetention() {
  absl::MutexLock lock(&mutex_);
  const absl::Time oldest = clock_.Now() - options_.retention;
  for (auto& [partition, batches] : batches_) {
    while (batches.size() > 1 && batches.begin()->second.appended < oldest) {
      bool held = false;
      for (const std::string& consumer : options_.kept_for) {
        const auto& positions = positions_[consumer];
        const auto at = positions.find(partition);
        const bool known = at != positions.end();
        held |= known ? at->second < batches.begin()->second.next
                      : ReadsStream(positions, partition.stream);
      }
      if (held) break;
      batches.erase(batches.begin());
      ends_.SetBegin(partition, batches.begin()->first);
    }
  }
  return absl::OkStatus();
}

}  // namespace tenantry::eventlog
