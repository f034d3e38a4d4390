#include "eventlog/rocksdb/rocksdb_event_log.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/status.h"
#include "base/steady_time.h"
#include "eventlog/append_clock.h"
#include "eventlog/batch_codec.h"
#include "eventlog/partition_ends.h"
#include "eventlog/rocksdb/rocksdb_reader.h"
#include "eventlog/rocksdb/rocksdb_store.h"
#include "eventlog/rocksdb/synced_writer.h"
#include "runtime/logging.h"

namespace tenantry::eventlog {
namespace {

using Parts = std::map<PartitionId, std::vector<LogRecord>>;

constexpr size_t kGroupBytesMax = 16 << 20;

// What a group of appends comes to: counted once it is written.
struct Written {
  std::map<PartitionId, PartitionEnds::Range> ranges;
  double bytes = 0;
  double records = 0;
};

// An append that waits to be made durable, on the stack of the thread that waits for it.
struct Waiting {
  Parts parts;
  size_t bytes = 0;
  bool done = false;
  absl::Status status;
};

class Log final : public RocksDbEventLog {
 public:
  Log(std::unique_ptr<rocksdb::DB> db, const std::string& folder, const EventLogOptions& options,
      const base::Clock& clock, base::Faults& faults, runtime::Metrics& metrics)
      : db_(std::move(db)),
        options_(options),
        clock_(clock),
        faults_(faults),
        metrics_(metrics),
        ends_(options.streams, options.partitions),
        append_clock_(clock),
        writer_(*db_, folder, options.free_bytes_min, faults) {}
  ~Log() override { Stop(); }

  absl::Status Restore();

  std::string_view name() const override { return "eventlog"; }
  absl::Status Start() override;
  void Stop() override;
  absl::Status Ready() const override { return writer_.Check(); }

  absl::Status Append(const StreamName& stream, std::vector<LogRecord> records) override;
  absl::StatusOr<std::vector<PartitionInfo>> Partitions(const StreamName& stream) override {
    return ends_.Of(stream);
  }
  absl::StatusOr<PartitionId> PartitionOf(const StreamName& stream, std::string_view key) override {
    return ends_.PartitionOf(stream, key);
  }
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
  absl::Status SweepRetention() override;

 private:
  absl::StatusOr<Parts> Split(const StreamName& stream, std::vector<LogRecord> records,
                              size_t& bytes) const;
  void CommitGroup(const std::vector<Waiting*>& group);
  absl::StatusOr<Written> WriteGroup(const std::vector<Waiting*>& group);
  void AddBatches(const PartitionId& partition, std::vector<LogRecord> records, Written& written,
                  rocksdb::WriteBatch& batch);
  absl::StatusOr<PartitionEnds::Range> RangeOf(const PartitionId& partition, rocksdb::Iterator& it);
  absl::StatusOr<uint64_t> Epoch(const std::string& consumer);
  absl::StatusOr<uint64_t> KeptFrom(const PartitionId& partition, uint64_t end);
  absl::Status SweepPartition(const PartitionId& partition);
  absl::StatusOr<uint64_t> FirstSince(const PartitionId& partition, absl::Time time) const;
  void RunSweeps();

  const std::unique_ptr<rocksdb::DB> db_;
  const EventLogOptions options_;
  const base::Clock& clock_;
  base::Faults& faults_;
  EventLogMetrics metrics_;
  PartitionEnds ends_;
  AppendClock append_clock_;  // of whoever commits
  SyncedWriter writer_;

  mutable absl::Mutex mutex_;
  std::deque<Waiting*> queue_ ABSL_GUARDED_BY(mutex_);
  bool committing_ ABSL_GUARDED_BY(mutex_) = false;
  base::StopSignal stop_;
  absl::Mutex consumers_mutex_;  // one epoch or position is changed at a time
  std::thread sweeper_;
};

// Where a partition begins and ends is what its first and last batch say.
absl::StatusOr<PartitionEnds::Range> Log::RangeOf(const PartitionId& partition,
                                                  rocksdb::Iterator& it) {
  PartitionEnds::Range range;
  it.Seek(BatchKey(partition, 0));
  TENANTRY_RETURN_IF_ERROR(FromRocks(it.status(), "reading the event log"));
  if (!it.Valid() || !IsBatchOf(it.key(), partition)) return range;
  range.begin = FirstOfKey(it.key());
  it.SeekForPrev(BatchKey(partition, UINT64_MAX));
  TENANTRY_RETURN_IF_ERROR(FromRocks(it.status(), "reading the event log"));
  TENANTRY_CHECK(it.Valid() && IsBatchOf(it.key(), partition));
  TENANTRY_ASSIGN_OR_RETURN(const LogBatch last,
                            DecodeBatch(partition, FirstOfKey(it.key()), it.value().ToString()));
  range.end = last.next.number();
  append_clock_.Saw(last.appended);
  return range;
}

absl::Status Log::Restore() {
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  std::map<PartitionId, PartitionEnds::Range> ranges;
  for (const PartitionId& partition : ends_.All()) {
    TENANTRY_ASSIGN_OR_RETURN(ranges[partition], RangeOf(partition, *it));
  }
  ends_.Set(ranges);
  return absl::OkStatus();
}

absl::Status Log::Start() {
  sweeper_ = std::thread([this] { RunSweeps(); });
  return absl::OkStatus();
}

void Log::Stop() {
  stop_.Raise();
  db_->DisableManualCompaction();  // ends one that a sweep is in
  if (sweeper_.joinable()) sweeper_.join();
}

void Log::RunSweeps() {
  while (!stop_.WaitFor(options_.sweep_interval)) {
    const absl::Status swept = SweepRetention();
    if (swept.ok()) continue;
    runtime::Log(runtime::LogLevel::kWarning, "eventlog", "retention: {}", base::Message(swept));
  }
}

absl::StatusOr<Parts> Log::Split(const StreamName& stream, std::vector<LogRecord> records,
                                 size_t& bytes) const {
  Parts parts;
  for (LogRecord& record : records) {
    const auto size = static_cast<int64_t>(record.key.size() + record.value.size());
    if (record.key.empty()) return base::InvalidArgument("a log record has no key");
    if (size > options_.record_bytes_max) {
      return base::InvalidArgument("a log record has {} bytes: eventlog.record_bytes_max allows {}",
                                   size, options_.record_bytes_max);
    }
    bytes += static_cast<size_t>(size);
    TENANTRY_ASSIGN_OR_RETURN(const PartitionId partition, ends_.PartitionOf(stream, record.key));
    parts[partition].push_back(std::move(record));
  }
  return parts;
}

// The first that waits commits for all who wait with it; the others find their append done.
absl::Status Log::Append(const StreamName& stream, std::vector<LogRecord> records) {
  TENANTRY_RETURN_IF_ERROR(ends_.Of(stream).status());
  if (records.empty()) return absl::OkStatus();
  Waiting mine;
  TENANTRY_ASSIGN_OR_RETURN(mine.parts, Split(stream, std::move(records), mine.bytes));
  const absl::Time begin = absl::Now();
  std::vector<Waiting*> group;
  {
    absl::MutexLock lock(&mutex_);
    queue_.push_back(&mine);
    metrics_.append_queue.Set(static_cast<double>(queue_.size()));
    auto my_turn = [&] { return mine.done || (!committing_ && queue_.front() == &mine); };
    mutex_.Await(absl::Condition(&my_turn));
    if (!mine.done) {
      committing_ = true;
      size_t bytes = 0;
      for (Waiting* waiting : queue_) {
        if (!group.empty() && bytes + waiting->bytes > kGroupBytesMax) break;
        bytes += waiting->bytes;
        group.push_back(waiting);
      }
    }
  }
  if (!group.empty()) CommitGroup(group);
  if (!mine.status.ok()) metrics_.append_failures.Increment();
  metrics_.append_seconds.Observe(absl::ToDoubleSeconds(absl::Now() - begin));
  return mine.status;
}

void Log::CommitGroup(const std::vector<Waiting*>& group) {
  const absl::StatusOr<Written> written = WriteGroup(group);
  if (written.ok()) {
    ends_.Set(written->ranges);
    metrics_.append_bytes.Increment(written->bytes);
    metrics_.records.Increment(written->records);
    metrics_.groups.Increment();
  }
  absl::MutexLock lock(&mutex_);
  for (Waiting* waiting : group) {
    waiting->done = true;
    waiting->status = written.status();
    queue_.pop_front();
  }
  metrics_.append_queue.Set(static_cast<double>(queue_.size()));
  committing_ = false;
}

absl::StatusOr<Written> Log::WriteGroup(const std::vector<Waiting*>& group) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.append"));
  rocksdb::WriteBatch batch;
  Written written;
  for (Waiting* waiting : group) {
    for (auto& [partition, records] : waiting->parts) {
      if (!written.ranges.contains(partition)) {
        TENANTRY_ASSIGN_OR_RETURN(written.ranges[partition], ends_.Find(partition));
      }
      AddBatches(partition, std::move(records), written, batch);
    }
  }
  TENANTRY_RETURN_IF_ERROR(writer_.Write(WriteKind::kRecords, batch, "appending to the event log"));
  return written;
}

void Log::AddBatches(const PartitionId& partition, std::vector<LogRecord> records, Written& written,
                     rocksdb::WriteBatch& batch) {
  PartitionEnds::Range& range = written.ranges[partition];
  std::vector<LogRecord> part;
  int64_t bytes = 0;
  const auto put = [&] {
    if (part.empty()) return;
    const std::string value = EncodeBatch(partition, range.end, append_clock_.Next(), part);
    batch.Put(BatchKey(partition, range.end), value);
    range.end += part.size();
    written.bytes += static_cast<double>(value.size());
    written.records += static_cast<double>(part.size());
    part.clear();
    bytes = 0;
  };
  for (LogRecord& record : records) {
    const auto size = static_cast<int64_t>(record.key.size() + record.value.size());
    if (bytes + size > options_.batch_bytes_max) put();
    bytes += size;
    part.push_back(std::move(record));
  }
  put();
}

absl::StatusOr<std::unique_ptr<LogReader>> Log::Read(const PartitionId& partition,
                                                     const LogOffset& from) {
  TENANTRY_ASSIGN_OR_RETURN(const PartitionEnds::Range range, ends_.Find(partition));
  if (from > LogOffset(range.end)) return PastTheEnd(partition, from, LogOffset(range.end));
  const uint64_t place = from == LogOffset() ? range.begin : from.number();
  return std::make_unique<RocksDbReader>(*db_, ends_, faults_, metrics_, partition, place);
}

absl::StatusOr<uint64_t> Log::FirstSince(const PartitionId& partition, absl::Time time) const {
  TENANTRY_ASSIGN_OR_RETURN(const PartitionEnds::Range range, ends_.Find(partition));
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  uint64_t low = range.begin, high = range.end;
  // Everything before `low` is older than `time`; the batch at `high` is not.
  while (low < high) {
    it->SeekForPrev(BatchKey(partition, low + (high - low) / 2));
    if (!it->Valid() || !IsBatchOf(it->key(), partition)) break;
    TENANTRY_ASSIGN_OR_RETURN(const BatchHead head,
                              DecodeBatchHead({it->value().data(), it->value().size()}));
    const uint64_t first = FirstOfKey(it->key());
    if (head.appended < time) {
      if (first + head.records <= low) return Missing(partition, low);
      low = first + head.records;
    } else {
      high = first;
    }
  }
  TENANTRY_RETURN_IF_ERROR(FromRocks(it->status(), "searching the event log"));
  return low;
}

absl::StatusOr<LogOffset> Log::OffsetAt(const PartitionId& partition, absl::Time time) {
  TENANTRY_ASSIGN_OR_RETURN(const uint64_t place, FirstSince(partition, time));
  return LogOffset(place);
}

absl::StatusOr<uint64_t> Log::Epoch(const std::string& consumer) {
  std::string text;
  const rocksdb::Status found = db_->Get(rocksdb::ReadOptions(), EpochKey(consumer), &text);
  if (found.IsNotFound()) return 0;
  TENANTRY_RETURN_IF_ERROR(FromRocks(found, "reading a consumer's epoch"));
  TENANTRY_ASSIGN_OR_RETURN(const LogOffset epoch, LogOffset::Parse(text));
  return epoch.number();
}

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

absl::StatusOr<std::unique_ptr<LogSubscription>> Log::Subscribe(
    const std::string& consumer, const std::vector<StreamName>& streams,
    AssignmentListener& listener) {
  std::vector<PartitionId> partitions;
  for (const StreamName& stream : streams) {
    TENANTRY_ASSIGN_OR_RETURN(const auto infos, ends_.Of(stream));
    for (const PartitionInfo& info : infos) partitions.push_back(info.id);
  }
  uint64_t epoch;
  {
    absl::MutexLock lock(&consumers_mutex_);
    TENANTRY_ASSIGN_OR_RETURN(epoch, Epoch(consumer));
    ++epoch;
    rocksdb::WriteBatch batch;
    batch.Put(EpochKey(consumer), std::to_string(epoch));
    TENANTRY_RETURN_IF_ERROR(writer_.Write(WriteKind::kLittle, batch, "noting a consumer's epoch"));
  }
  listener.OnAssigned(partitions, epoch);
  return std::make_unique<Membership>(listener, std::move(partitions));
}

absl::Status Log::Commit(const std::string& consumer, const LogPositions& positions,
                         uint64_t epoch) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.commit"));
  absl::MutexLock lock(&consumers_mutex_);
  TENANTRY_ASSIGN_OR_RETURN(const uint64_t newest, Epoch(consumer));
  if (epoch != 0 && epoch < newest) {
    return base::FailedPrecondition("'{}' has another owner now (epoch {}, this one had {})",
                                    consumer, newest, epoch);
  }
  rocksdb::WriteBatch batch;
  for (const auto& [partition, offset] : positions) {
    batch.Put(PositionKey(consumer, partition), offset.text());
  }
  return writer_.Write(WriteKind::kLittle, batch, "committing a consumer's positions");
}

absl::StatusOr<LogPositions> Log::Committed(const std::string& consumer) {
  LogPositions positions;
  for (const PartitionId& partition : ends_.All()) {
    std::string text;
    const rocksdb::Status found =
        db_->Get(rocksdb::ReadOptions(), PositionKey(consumer, partition), &text);
    if (found.IsNotFound()) continue;
    TENANTRY_RETURN_IF_ERROR(FromRocks(found, "reading a consumer's positions"));
    TENANTRY_ASSIGN_OR_RETURN(positions[partition], LogOffset::Parse(text));
  }
  return positions;
}

// The least place that a consumer whom records are kept for has still to read: in a stream that it
// has committed any place of, it has all to read of the other partitions. A consumer that never
// committed holds nothing back.
absl::StatusOr<uint64_t> Log::KeptFrom(const PartitionId& partition, uint64_t end) {
  uint64_t least = end;
  for (const std::string& consumer : options_.kept_for) {
    TENANTRY_ASSIGN_OR_RETURN(const LogPositions positions, Committed(consumer));
    const auto at = positions.find(partition);
    if (at != positions.end()) {
      if (at->second < LogOffset(least)) least = at->second.number();
    } else if (ReadsStream(positions, partition.stream)) {
      least = 0;
    }
  }
  return least;
}

absl::Status Log::SweepPartition(const PartitionId& partition) {
  TENANTRY_ASSIGN_OR_RETURN(uint64_t keep,
                            FirstSince(partition, clock_.Now() - options_.retention));
  TENANTRY_ASSIGN_OR_RETURN(const PartitionEnds::Range range, ends_.Find(partition));
  TENANTRY_ASSIGN_OR_RETURN(const uint64_t kept, KeptFrom(partition, range.end));
  // The last batch stays: it says where the partition ends. A batch is dropped whole or not at all.
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  it->SeekForPrev(BatchKey(partition, std::min({keep, kept, range.end - 1})));
  TENANTRY_RETURN_IF_ERROR(FromRocks(it->status(), "reading the event log"));
  if (!it->Valid() || !IsBatchOf(it->key(), partition)) return absl::OkStatus();
  keep = FirstOfKey(it->key());
  if (keep <= range.begin) return absl::OkStatus();
  const std::string from = BatchKey(partition, 0), to = BatchKey(partition, keep);
  rocksdb::WriteBatch batch;
  batch.DeleteRange(from, to);
  // Readers are refused the records before they are gone, never given what comes after them.
  ends_.SetBegin(partition, keep);
  TENANTRY_RETURN_IF_ERROR(writer_.Write(WriteKind::kLittle, batch, "dropping old records"));
  return FreeRange(*db_, from, to, options_.memory_bytes_max / 4);
}

absl::Status Log::SweepRetention() {
  for (const PartitionId& partition : ends_.All()) {
    TENANTRY_ASSIGN_OR_RETURN(const PartitionEnds::Range range, ends_.Find(partition));
    if (range.begin < range.end) TENANTRY_RETURN_IF_ERROR(SweepPartition(partition));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbEventLog>> RocksDbEventLog::Open(
    const std::string& folder, const EventLogOptions& options, const base::Clock& clock,
    base::Faults& faults, runtime::Metrics& metrics, rocksdb::Env* env) {
  TENANTRY_ASSIGN_OR_RETURN(auto db, OpenStore(folder, options, env));
  auto log = std::make_unique<Log>(std::move(db), folder, options, clock, faults, metrics);
  TENANTRY_RETURN_IF_ERROR(log->Restore());
  return log;
}

}  // namespace tenantry::eventlog
