#include "activity/intake/log_pump.h"

#include <deque>
#include <set>
#include <utility>

#include "activity/checkpoint_store.h"
#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::activity {
namespace {

constexpr absl::Duration kReadWait = absl::Seconds(1);
constexpr absl::Duration kRetryPause = absl::Milliseconds(250);
constexpr absl::Duration kOrderPatience = absl::Seconds(10);

// Some of the archive's records of one batch, copied: they live only while they are given.
class GapRecords {
 public:
  void Add(const PlacedRecord& placed) {
    const eventlog::RecordView& record = placed.record;
    const eventlog::LogRecord& copy = copies_->emplace_back(eventlog::LogRecord{
        std::string(record.key), std::string(record.value), std::string(record.content_type)});
    placed_.push_back({{copy.key, copy.value, copy.content_type}, placed.offset, placed.appended});
  }

  // Whether `placed` can join: it was appended with the others, and there is room.
  bool Takes(const PlacedRecord& placed) const {
    return placed_.empty() ||
           (placed_.size() < kRecordsMax && placed_.front().appended == placed.appended);
  }
  const std::vector<PlacedRecord>& placed() const { return placed_; }
  std::shared_ptr<const void> memory() const { return copies_; }

 private:
  static constexpr size_t kRecordsMax = 1000;

  // Its elements are never moved: the views of `placed_` are into them.
  std::shared_ptr<std::deque<eventlog::LogRecord>> copies_ =
      std::make_shared<std::deque<eventlog::LogRecord>>();
  std::vector<PlacedRecord> placed_;
};

}  // namespace

LogPump::LogPump(eventlog::EventLog& log, std::vector<RecordQueue*> queues, ArchiveReader archive)
    : log_(log), queues_(std::move(queues)), archive_(std::move(archive)), order_(kOrderPatience) {}

LogPump::~LogPump() { Stop(); }

absl::Status LogPump::Add(const eventlog::LogPositions& partitions) {
  absl::Status first;
  std::map<eventlog::PartitionId, std::unique_ptr<Reading>> readings;
  eventlog::LogPositions joining;
  std::vector<eventlog::PartitionId> anew;
  for (const auto& [partition, from] : partitions) anew.push_back(partition);
  Remove(anew);
  for (const auto& [partition, from] : partitions) {
    auto reader = log_.Read(partition, from);
    first.Update(base::Annotate(reader.status(), partition.stream + "/" + partition.partition));
    if (!reader.ok()) continue;
    auto reading = std::make_unique<Reading>();
    reading->reader = *std::move(reader);
    reading->next = from;
    readings[partition] = std::move(reading);
    joining[partition] = from;
  }
  // Before the first thread: it must wait for all of them.
  order_.Join(joining);
  base::MonitorLock lock(&mutex_);
  for (auto& [partition, reading] : readings) {
    Reading& started = *reading;
    readings_[partition] = std::move(reading);
    started.thread = std::thread([this, id = partition, &started] { Run(id, started); });
  }
  return first;
}

void LogPump::Remove(absl::Span<const eventlog::PartitionId> partitions) {
  std::vector<std::unique_ptr<Reading>> removed;
  {
    base::MonitorLock lock(&mutex_);
    for (const eventlog::PartitionId& partition : partitions) {
      const auto found = readings_.find(partition);
      if (found == readings_.end()) continue;
      found->second->stopped = true;
      found->second->reader->Close();
      removed.push_back(std::move(found->second));
      readings_.erase(found);
      troubles_.erase(partition);
    }
  }
  order_.Leave(partitions);
  for (const auto& reading : removed) reading->thread.join();
}

void LogPump::Stop() {
  std::vector<eventlog::PartitionId> all;
  {
    base::MonitorLock lock(&mutex_);
    for (const auto& [partition, reading] : readings_) all.push_back(partition);
  }
  Remove(all);
}

absl::Status LogPump::Ready() const {
  base::MonitorLock lock(&mutex_);
  for (const auto& [partition, status] : troubles_) {
    if (!status.ok()) {
      return base::Annotate(status, partition.stream + "/" + partition.partition);
    }
  }
  return absl::OkStatus();
}

bool LogPump::WaitStopped(Reading& reading, absl::Duration wait) {
  base::MonitorLock lock(&mutex_);
  mutex_.AwaitFor(absl::Condition(&reading.stopped), wait);
  return reading.stopped;
}

void LogPump::Run(eventlog::PartitionId partition, Reading& reading) {
  while (!WaitStopped(reading, absl::ZeroDuration())) {
    const absl::Status status = Turn(partition, reading);
    bool changed;
    {
      base::MonitorLock lock(&mutex_);
      if (reading.stopped) return;  // a reader that was closed is no trouble: others still wait
      changed = troubles_[partition].code() != status.code();
      troubles_[partition] = status;
    }
    if (status.ok()) continue;
    order_.Fails(partition);
    if (changed) {
      runtime::Log(runtime::LogLevel::kError, "activity", "{}/{} can't be read: {}",
                   partition.stream, partition.partition, base::Message(status));
    }
    if (WaitStopped(reading, kRetryPause)) return;
  }
}

absl::Status LogPump::Turn(const eventlog::PartitionId& partition, Reading& reading) {
  if (!reading.begun) {
    // To the log the zero place is the oldest record kept; here it is the first there ever was.
    TENANTRY_ASSIGN_OR_RETURN(const eventlog::LogOffset oldest, OldestKept(partition));
    if (reading.next < oldest) TENANTRY_RETURN_IF_ERROR(FillGap(partition, reading));
    reading.begun = true;
  }
  absl::StatusOr<eventlog::LogBatch> batch = reading.reader->Next(kReadWait);
  if (absl::IsOutOfRange(batch.status())) return FillGap(partition, reading);
  TENANTRY_RETURN_IF_ERROR(batch.status());
  if (batch->records.empty() && batch->next == reading.next) {
    order_.Reads(partition, batch->next);
    return absl::OkStatus();
  }
  std::vector<PlacedRecord> records;
  records.reserve(batch->records.size());
  for (size_t i = 0; i < batch->records.size(); ++i) {
    records.push_back({batch->records[i], batch->OffsetOf(i), batch->appended});
  }
  if (!order_.Enter(partition, batch->appended, Ends())) return absl::OkStatus();
  if (Queue(partition, batch->next, std::move(records), batch->memory)) {
    base::MonitorLock lock(&mutex_);
    reading.next = batch->next;
  }
  order_.Reads(partition, batch->next);
  return absl::OkStatus();
}

// Where the partitions that are read end now; those of a stream that can't tell are left out.
eventlog::LogPositions LogPump::Ends() {
  std::set<eventlog::StreamName> streams;
  {
    base::MonitorLock lock(&mutex_);
    for (const auto& [partition, reading] : readings_) streams.insert(partition.stream);
  }
  eventlog::LogPositions ends;
  for (const eventlog::StreamName& stream : streams) {
    const auto infos = log_.Partitions(stream);
    if (!infos.ok()) continue;
    for (const eventlog::PartitionInfo& info : *infos) ends[info.id] = info.end;
  }
  return ends;
}

absl::StatusOr<eventlog::LogOffset> LogPump::OldestKept(const eventlog::PartitionId& partition) {
  TENANTRY_ASSIGN_OR_RETURN(const auto infos, log_.Partitions(partition.stream));
  for (const auto& info : infos) {
    if (info.id == partition) return info.begin;
  }
  return base::NotFound("the log has no partition {}/{}", partition.stream, partition.partition);
}

absl::Status LogPump::FillGap(const eventlog::PartitionId& partition, Reading& reading) {
  TENANTRY_ASSIGN_OR_RETURN(const eventlog::LogOffset oldest, OldestKept(partition));
  eventlog::LogOffset from;
  {
    base::MonitorLock lock(&mutex_);
    from = reading.next;
  }
  order_.Fills(partition);
  const eventlog::LogPositions ends = Ends();
  GapRecords gap;
  // The position moves when all of the gap is read: a part is told by no place of the log.
  const auto queue = [&]() -> bool {
    const GapRecords part = std::exchange(gap, GapRecords());
    if (part.placed().empty()) return true;
    if (!order_.Enter(partition, part.placed().front().appended, ends)) return false;
    const bool queued = Queue(partition, from, part.placed(), part.memory());
    order_.Fills(partition);
    return queued;
  };
  TENANTRY_RETURN_IF_ERROR(
      archive_(partition, from, oldest, [&](const PlacedRecord& record) -> absl::Status {
        if (!gap.Takes(record) && !queue()) return absl::CancelledError("stopping");
        gap.Add(record);
        return absl::OkStatus();
      }));
  if (!queue() || !Queue(partition, oldest, {}, nullptr)) return absl::OkStatus();
  order_.Reads(partition, oldest);
  TENANTRY_ASSIGN_OR_RETURN(auto reader, log_.Read(partition, oldest));
  base::MonitorLock lock(&mutex_);
  reading.next = oldest;
  if (!reading.stopped) reading.reader = std::move(reader);
  return absl::OkStatus();
}

bool LogPump::Queue(const eventlog::PartitionId& partition, const eventlog::LogOffset& next,
                    std::vector<PlacedRecord> records, const std::shared_ptr<const void>& memory) {
  std::vector<RecordSlice> slices(queues_.size(), RecordSlice{partition, next, {}, memory});
  for (PlacedRecord& record : records) {
    const size_t group = static_cast<size_t>(KeyGroupOf(record.record.key));
    slices[group * queues_.size() / kKeyGroups].records.push_back(std::move(record));
  }
  for (size_t shard = 0; shard < queues_.size(); ++shard) {
    if (!queues_[shard]->Push(std::move(slices[shard]))) return false;
  }
  return true;
}

}  // namespace tenantry::activity
