#include "lake/archive/intake/archiver.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::lake::archive {
namespace {

using eventlog::LogBatch;
using eventlog::LogOffset;
using eventlog::PartitionId;

// How often the log is asked for partitions that are new.
constexpr absl::Duration kPartitionsAge = absl::Seconds(30);
// What a wait takes at most, whatever its deadline.
constexpr absl::Duration kLongestWait = absl::Hours(24);

base::TenantId TenantOf(const eventlog::RecordView& record) {
  auto tenant = base::TenantId::Parse(record.key);
  return tenant.ok() ? *std::move(tenant) : base::TenantId();
}

}  // namespace

Archiver::Archiver(eventlog::EventLog& log, EventArchive& archive,
                   std::vector<eventlog::StreamName> streams, ArchiverOptions options,
                   ArchiveFieldReader fields, runtime::Metrics& metrics, SteadyClock now)
    : log_(log),
      archive_(archive),
      streams_(std::move(streams)),
      options_(options),
      fields_(std::move(fields)),
      now_(std::move(now)),
      waiting_rows_(metrics.AddGauge("tenantry_lake_archive_waiting_rows",
                                     "Events read from the log and not yet archived")),
      waiting_bytes_(metrics.AddGauge("tenantry_lake_archive_waiting_bytes",
                                      "Bytes of events read from the log and not yet archived")),
      failures_(metrics.AddCounter("tenantry_lake_archive_failures_total",
                                   "Rounds of the archiver that failed")),
      gaps_(metrics.AddCounter("tenantry_lake_archive_gaps_total",
                               "Times that the log had dropped records before they were "
                               "archived")),
      reader_(log) {}

Archiver::~Archiver() { Stop(); }

absl::Status Archiver::Start() {
  TENANTRY_RETURN_IF_ERROR(FindPartitions());
  TENANTRY_ASSIGN_OR_RETURN(committed_, log_.Committed(kArchiveConsumer));
  TENANTRY_RETURN_IF_ERROR(CommitPositions());
  {
    std::lock_guard lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void Archiver::Drain(absl::Time deadline) {
  if (const absl::Status status = Flush(deadline); !status.ok()) {
    runtime::Log(runtime::LogLevel::kWarning, "lake",
                 "events wait in the log to be archived at the next start: {}",
                 base::Message(status));
  }
}

void Archiver::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::Status Archiver::Ready() const {
  std::lock_guard lock(mutex_);
  const bool late =
      failing_since_.has_value() && now_() - *failing_since_ > 2 * options_.archive_delay_max;
  return late ? base::Annotate(failure_, "events can't be archived") : absl::OkStatus();
}

absl::Status Archiver::Flush(absl::Time deadline) {
  const absl::Duration left =
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), kLongestWait);
  std::unique_lock lock(mutex_);
  if (!running_) return base::FailedPrecondition("the archiver was not started");
  const uint64_t mine = ++wanted_;
  changed_.notify_all();
  changed_.wait_for(lock, absl::ToChronoNanoseconds(left),
                    [&] { return flushed_ >= mine || stopping_; });
  if (flushed_ >= mine) return absl::OkStatus();
  if (stopping_) return absl::CancelledError("the archiver was stopped");
  return base::Error(absl::StatusCode::kDeadlineExceeded, "the archive lags behind the log{}{}",
                     failure_.ok() ? "" : ": ", base::Message(failure_));
}

void Archiver::Run() {
  while (!stopping_) {
    uint64_t wanted;
    bool flush;
    {
      std::lock_guard lock(mutex_);
      wanted = wanted_;
      flush = wanted > flushed_;
    }
    bool caught_up = false;
    const absl::Status status = Round(flush, caught_up);
    if (stopping_) break;
    Tell(status);
    if (!status.ok()) {
      retry_ = std::clamp(2 * retry_, options_.archive_retry_min, options_.archive_retry_max);
      Rest(retry_, wanted);
      continue;
    }
    retry_ = absl::ZeroDuration();
    if (!caught_up) continue;
    if (flush && backlog_.empty()) {
      {
        std::lock_guard lock(mutex_);
        flushed_ = std::max(flushed_, wanted);
      }
      changed_.notify_all();
    }
    if (!MakeExcerpt()) Rest(options_.archive_poll, wanted);
  }
}

// Makes one that is missing, unless something else is to do; whether it did. What can't be read is
// not tried again before the next start.
bool Archiver::MakeExcerpt() {
  if (excerpts_broken_) return false;
  const auto made = archive_.MakeExcerpt([this] {
    std::lock_guard lock(mutex_);
    return stopping_ || wanted_ > flushed_;
  });
  if (made.ok() || absl::IsCancelled(made.status())) return made.ok() && *made;
  excerpts_broken_ = true;
  runtime::Log(runtime::LogLevel::kWarning, "lake",
               "an excerpt of the archive can't be made, history is read from its files: {}",
               base::Message(made.status()));
  return false;
}

// Waits, but not while there is something new to do.
void Archiver::Rest(absl::Duration rest, uint64_t wanted) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoNanoseconds(rest),
                    [&] { return stopping_ || wanted_ > wanted; });
}

void Archiver::Tell(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  if (status.ok()) {
    failure_ = status;
    failing_since_.reset();
    return;
  }
  failures_.Increment();
  if (status != failure_) {
    runtime::Log(runtime::LogLevel::kWarning, "lake", "archiving failed and is tried again: {}",
                 status.ToString());
  }
  failure_ = status;
  if (!failing_since_.has_value()) failing_since_ = now_();
}

absl::Status Archiver::Round(bool flush, bool& caught_up) {
  absl::Status found;
  if (now_() - partitions_found_ > kPartitionsAge || flush) found = FindPartitions();
  absl::Status read = ReadLog(caught_up);
  if (!backlog_.empty() && (flush || Full() || Due())) {
    TENANTRY_RETURN_IF_ERROR(WriteBacklog());
  }
  TENANTRY_RETURN_IF_ERROR(CommitPositions());
  read.Update(found);
  return read;
}

absl::Status Archiver::FindPartitions() {
  const eventlog::LogPositions reached = archive_.positions();
  for (const eventlog::StreamName& stream : streams_) {
    TENANTRY_ASSIGN_OR_RETURN(auto partitions, log_.Partitions(stream));
    for (const eventlog::PartitionInfo& partition : partitions) {
      if (reader_.Reads(partition.id)) continue;
      const auto place = reached.find(partition.id);
      LogOffset from = place == reached.end() ? LogOffset() : place->second;
      if (from > partition.end) {
        return base::FailedPrecondition(
            "the archive reaches {}/{}/{}, but the log ends at {}: this is not the log that was "
            "archived; give the archive's folder another name or bring the log back",
            partition.id.stream, partition.id.partition, from.text(), partition.end.text());
      }
      if (from < partition.begin) {
        TENANTRY_ASSIGN_OR_RETURN(from, SkipGap(partition.id, from));
      }
      reader_.Add(partition.id, from);
      beginnings_[partition.id] = LogOffset();
    }
  }
  partitions_found_ = now_();
  return absl::OkStatus();
}

// Reads everything to its end, or until the buffer is full. A partition that can't be read does not
// keep the others back.
absl::Status Archiver::ReadLog(bool& caught_up) {
  absl::Status first;
  reader_.Retry();
  bool ended = false;
  while (!ended && !Full() && !stopping_) {
    const auto batch = reader_.Next([&](const PartitionId& partition, const LogOffset& place,
                                        const absl::Status& why) -> std::optional<LogOffset> {
      const auto kept =
          absl::IsOutOfRange(why) ? SkipGap(partition, place) : absl::StatusOr<LogOffset>(why);
      if (kept.ok()) return *kept;
      first.Update(base::Annotate(
          kept.status(), fmt::format("reading {}/{}", partition.stream, partition.partition)));
      return std::nullopt;
    });
    ended = !batch.has_value();
    if (!ended) Gather(*batch);
  }
  caught_up = first.ok() && ended;
  return first;
}

// The oldest record that the log still has: reading goes on there.
absl::StatusOr<LogOffset> Archiver::SkipGap(const PartitionId& partition, const LogOffset& place) {
  TENANTRY_ASSIGN_OR_RETURN(const auto partitions, log_.Partitions(partition.stream));
  for (const eventlog::PartitionInfo& info : partitions) {
    if (info.id != partition || info.begin <= place) continue;
    gaps_.Increment();
    runtime::Log(runtime::LogLevel::kError, "lake",
                 "the log dropped the records from {0}/{1}/{2} to before {0}/{1}/{3} before they "
                 "were archived",
                 partition.stream, partition.partition, place.text(), info.begin.text());
    return info.begin;
  }
  return base::Unavailable("the place {} is neither kept nor dropped", place.text());
}

void Archiver::Gather(const LogBatch& batch) {
  if (batch.records.empty()) return;
  if (backlog_.empty()) oldest_ = now_();
  ArchiveSlice slice{batch.from, batch.first, batch.next, {}};
  slice.rows.reserve(batch.records.size());
  for (size_t i = 0; i < batch.records.size(); ++i) {
    ArchiveFields fields = fields_(batch, i);
    const eventlog::RecordView& record = batch.records[i];
    slice.rows.push_back({.from = batch.from,
                          .offset = batch.OffsetOf(i),
                          .appended = batch.appended,
                          .time = fields.time,
                          .type = std::move(fields.type),
                          .source = std::move(fields.source),
                          .id = std::move(fields.id),
                          .tenant = TenantOf(record),
                          .content_type = std::string(record.content_type),
                          .event = std::string(record.value)});
  }
  backlog_.Add(std::move(slice));
  ShowBacklog();
}

void Archiver::ShowBacklog() {
  waiting_rows_.Set(static_cast<double>(backlog_.rows()));
  waiting_bytes_.Set(static_cast<double>(backlog_.bytes()));
}

bool Archiver::Full() const {
  return backlog_.rows() >= options_.archive_rows_max ||
         backlog_.bytes() >= options_.archive_bytes_max;
}

bool Archiver::Due() const { return now_() - oldest_ >= options_.archive_delay_max; }

// In pieces that a stop has the time to wait for, each of which is kept.
absl::Status Archiver::WriteBacklog() {
  while (!backlog_.empty() && !stopping_) {
    const auto& slices = backlog_.Front(static_cast<size_t>(options_.archive_files_max));
    TENANTRY_RETURN_IF_ERROR(
        base::Annotate(archive_.Write(slices, &stopping_),
                       fmt::format("archiving the first of {} events", backlog_.rows())));
    backlog_.DropFront();
    ShowBacklog();
  }
  return absl::OkStatus();
}

// The archive's own positions count; the log is told so that it may drop what is archived. It keeps
// nothing for a stream without a place: one that is not archived yet has its beginning for a place.
absl::Status Archiver::CommitPositions() {
  eventlog::LogPositions positions = archive_.positions();
  positions.insert(beginnings_.begin(), beginnings_.end());
  if (positions == committed_) return absl::OkStatus();
  TENANTRY_RETURN_IF_ERROR(
      base::Annotate(log_.Commit(kArchiveConsumer, positions), "committing the archive's place"));
  committed_ = std::move(positions);
  return absl::OkStatus();
}

}  // namespace tenantry::lake::archive
