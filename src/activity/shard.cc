#include "activity/shard.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "activity/risk.h"
#include "base/status.h"
#include "base/steady_time.h"
#include "runtime/logging.h"

namespace tenantry::activity {
namespace {

constexpr absl::Duration kIdleWait = absl::Milliseconds(200);

constexpr size_t kBatchRecords = Analytics::kBatchEvents;

// Stored events are counted in pieces, so that no reader waits long for the state, and so many
// before records are looked at again.
constexpr size_t kPieceEvents = 256, kPiecesMax = 16;
constexpr uint64_t kLookEvery = 1024;  // at the deadline, in events
constexpr absl::Duration kFullPause = absl::Milliseconds(20);

// The next stored events of days up to `day`, at most kPieceEvents; `next` is the day of the one
// behind them when that is a later day, and stays when there may be more.
struct Piece {
  std::vector<WaitingEvent> events;
  bool is_last = false;           // no more up to that day
  std::optional<base::Day> next;  // of the first one after that day
};

absl::StatusOr<Piece> ReadPiece(WaitingReader& reader, base::Day day) {
  Piece piece;
  while (piece.events.size() < kPieceEvents) {
    TENANTRY_ASSIGN_OR_RETURN(auto event, reader.Next());
    if (!event || event->place.day > day) {
      piece.is_last = true;
      if (event) piece.next = event->place.day;
      break;
    }
    piece.events.push_back(*std::move(event));
  }
  return piece;
}

// Counts in what waits in the store for days up to `day`.
absl::Status CountIn(WaitingReader& reader, base::Day day, absl::Duration deadline,
                     StateAsOf& state) {
  events::EventParser parser;
  for (uint64_t count = 1;; ++count) {
    if (count % kLookEvery == 0 && base::SteadyNow() > deadline) {
      return absl::DeadlineExceededError(
          "reading events of days to come took too long: ask for an earlier instant, or raise "
          "activity.history_timeout");
    }
    TENANTRY_ASSIGN_OR_RETURN(const auto stored, reader.Next());
    if (!stored || stored->place.day > day) return absl::OkStatus();
    if (stored->place.sequence >= state.sequence_end) continue;
    events::EventView event;
    if (!parser.Parse(stored->json, event).ok()) {
      return base::DataLoss("the analytics state holds a broken event");
    }
    state.state.Apply(event);
  }
}

}  // namespace

Shard::Shard(int index, int shards, CheckpointStore& store, const base::Clock& clock,
             const LiveOptions& options, LiveMetrics& metrics)
    : index_(index),
      first_group_(index * kKeyGroups / shards),
      last_group_((index + 1) * kKeyGroups / shards),
      store_(store),
      clock_(clock),
      options_(options),
      metrics_(metrics),
      queue_(static_cast<size_t>(options.queue_slices_max)),
      analytics_(base::ToInstant(clock.Now()).day()),
      batch_(kBatchRecords),
      outcomes_(kBatchRecords) {}

Shard::~Shard() { Stop(); }

absl::Status Shard::Load(const eventlog::LogPositions& positions) {
  absl::MutexLock lock(&mutex_);
  positions_ = positions;
  TENANTRY_RETURN_IF_ERROR(store_.Load(
      first_group_, last_group_,
      [this](CheckpointStore::Kind kind, const base::TenantId& tenant, std::string_view bytes)
          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::Status {
            switch (kind) {
              case CheckpointStore::Kind::kState:
                return analytics_.RestoreState(tenant, bytes);
              case CheckpointStore::Kind::kSeen:
                return analytics_.RestoreSeen(tenant, bytes);
              case CheckpointStore::Kind::kRisk: {
                TENANTRY_ASSIGN_OR_RETURN(risks_[tenant], DecodeRisk(bytes));
                return absl::OkStatus();
              }
            }
            return absl::OkStatus();
          }));
  analytics_.CountWaiting();
  return store_.FindWaiting(
      first_group_, last_group_,
      [this](const base::TenantId& tenant, base::Day day)
          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { analytics_.NoteStored(tenant, day); });
}

void Shard::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Shard::Stop() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

void Shard::Run() {
  absl::Duration last_checkpoint = base::SteadyNow();
  bool more_stored = false;
  while (!queue_.Finished()) {
    const absl::Duration wait = std::min(kIdleWait, options_.checkpoint_interval);
    std::vector<RecordSlice> slices = queue_.PopAll(more_stored ? absl::ZeroDuration() : wait);
    if (!pending_) {
      absl::MutexLock lock(&mutex_);
      analytics_.AdvanceTo(base::ToInstant(clock_.Now()).day());
    }
    for (const RecordSlice& slice : slices) {
      {
        absl::MutexLock lock(&mutex_);
        Apply(slice);
      }
      MakeRoom();
    }
    more_stored = CountStored();
    if (base::SteadyNow() - last_checkpoint < options_.checkpoint_interval) continue;
    WriteCheckpoint();
    last_checkpoint = base::SteadyNow();
  }
  WriteCheckpoint();
}

// Writes checkpoints until no more events of days to come are in memory than may be. While none can
// be written nothing is read on, but at the end: what was read then is read again.
void Shard::MakeRoom() {
  while (WaitingBytes() > static_cast<size_t>(options_.waiting_bytes_max)) {
    if (WriteCheckpoint()) continue;
    if (queue_.WaitClosed(kFullPause)) return;
  }
}

// Counts some of the stored events whose day has come; true when there are more. Nothing is while a
// checkpoint waits to be written: it may bring such events.
bool Shard::CountStored() {
  for (size_t pieces = 0; pieces < kPiecesMax && !pending_; ++pieces) {
    std::optional<StoredDue> due;
    base::Day today;
    {
      absl::MutexLock lock(&mutex_);
      due = analytics_.NextDue();
      today = analytics_.today();
      if (!due) return false;
    }
    const auto counted = CountStoredOf(*due, today);
    absl::MutexLock lock(&mutex_);
    stored_status_ = counted.status();
    if (!counted.ok()) return false;
  }
  return !pending_;
}

absl::StatusOr<bool> Shard::CountStoredOf(const StoredDue& due, base::Day today) {
  const auto reader = store_.ReadWaiting(due.tenant, due.after);
  TENANTRY_ASSIGN_OR_RETURN(const Piece piece, ReadPiece(*reader, today));
  if (!piece.events.empty()) counted_[due.tenant] = piece.events.back().place;
  absl::MutexLock lock(&mutex_);
  analytics_.CountStored(due.tenant, piece.events);
  if (piece.is_last) {
    analytics_.NoteStored(due.tenant, piece.next);
    analytics_.MarkChanged(due.tenant.value());
  }
  return piece.is_last;
}

void Shard::Apply(const RecordSlice& slice) {
  const absl::Span<const PlacedRecord> records(slice.records);
  for (size_t begin = 0; begin < records.size(); begin += kBatchRecords) {
    ApplyBatch(slice.from, records.subspan(begin, kBatchRecords));
  }
  positions_[slice.from] = slice.next;
  moved_ = true;
}

void Shard::ApplyBatch(const eventlog::PartitionId& from, absl::Span<const PlacedRecord> records) {
  size_t size = 0;
  for (const PlacedRecord& placed : records) size += Parse(from, placed, batch_[size]) ? 1 : 0;
  analytics_.ApplyBatch({batch_.data(), size}, {outcomes_.data(), size});
  const auto repeated = std::count(
      outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(size), Outcome::kRepeated);
  metrics_.rejected.Increment(static_cast<double>(records.size() - size));
  metrics_.repeated.Increment(static_cast<double>(repeated));
  metrics_.counted.Increment(static_cast<double>(size) - static_cast<double>(repeated));
  NoteChangedDays(size);
  parser_.Forget();
}

// Notes the earliest day of what was counted of the batch.
void Shard::NoteChangedDays(size_t size) {
  base::Day earliest = std::numeric_limits<base::Day>::max();
  bool any = false;
  for (size_t i = 0; i < size; ++i) {
    if (outcomes_[i] == Outcome::kRepeated) continue;
    any = true;
    earliest = std::min(earliest, batch_[i].event.time.day());
  }
  if (any) changed_days_.Note(earliest);
}

bool Shard::Parse(const eventlog::PartitionId& from, const PlacedRecord& placed,
                  ParsedEvent& parsed) {
  const eventlog::RecordView& record = placed.record;
  const std::string place =
      record.content_type == events::kPlainType
          ? fmt::format("{}/{}/{}", from.stream, from.partition, placed.offset.text())
          : std::string();
  if (!parser_
           .ParseMoreRecord(record.content_type, record.value, place, placed.appended, parsed.event)
           .ok()) {
    return false;
  }
  parsed.json = parser_.text();
  return true;
}

Checkpoint Shard::TakeCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.shard = index_;
  checkpoint.positions = positions_;
  for (const base::TenantId& tenant : analytics_.TakeUnsaved()) {
    checkpoint.states.emplace_back(tenant, analytics_.EncodeCounted(tenant.value()));
    const std::vector<WaitingEvent>& waiting = analytics_.Waiting(tenant.value());
    if (!waiting.empty()) checkpoint.waiting.emplace_back(tenant, waiting);
    SeenChunk seen = analytics_.TakeSeenChunk(tenant.value());
    if (!seen.hashes.empty()) checkpoint.seen.emplace_back(tenant, std::move(seen));
  }
  for (const base::TenantId& tenant : unsaved_risks_) {
    checkpoint.risks.emplace_back(tenant, EncodeRisk(risks_[tenant]));
  }
  unsaved_risks_.clear();
  checkpoint.counted.assign(counted_.begin(), counted_.end());
  counted_.clear();
  moved_ = false;
  return checkpoint;
}

// From here on the store has what waited in memory.
void Shard::NoteCommitted(const Checkpoint& checkpoint) {
  for (const auto& [tenant, events] : checkpoint.waiting) analytics_.ForgetStored(tenant, events);
}

// False when it could not be written.
bool Shard::WriteCheckpoint() {
  if (!pending_) {
    absl::MutexLock lock(&mutex_);
    if (!moved_ && !analytics_.has_unsaved() && unsaved_risks_.empty()) return true;
    pending_ = TakeCheckpoint();
  }
  const absl::Duration begin = base::SteadyNow();
  // A checkpoint that failed is kept and written first next time: what it holds is nowhere else.
  const absl::Status status = store_.Commit(*pending_);
  absl::MutexLock lock(&mutex_);
  if (!status.ok()) {
    metrics_.checkpoint_failures.Increment();
    if (checkpoint_status_.ok()) {
      runtime::Log(runtime::LogLevel::kError, "activity", "no checkpoint: {}",
                   base::Message(status));
    }
  } else {
    NoteCommitted(*pending_);
    pending_.reset();
    metrics_.checkpoints.Increment();
    metrics_.checkpoint_seconds.Observe(absl::ToDoubleSeconds(base::SteadyNow() - begin));
  }
  checkpoint_status_ = status;
  return status.ok();
}

eventlog::LogPositions Shard::Positions() const {
  absl::MutexLock lock(&mutex_);
  return positions_;
}

std::vector<base::TenantId> Shard::TakeChanged(size_t tenants_max) {
  absl::MutexLock lock(&mutex_);
  return analytics_.TakeChanged(tenants_max);
}

void Shard::PutBackChanged(const std::vector<base::TenantId>& tenants) {
  absl::MutexLock lock(&mutex_);
  for (const base::TenantId& tenant : tenants) analytics_.MarkChanged(tenant.value());
}

absl::StatusOr<Found> Shard::Find(const base::TenantId& tenant, base::Instant as_of,
                                  events::CompanyRecord& record) const {
  StateAsOf state;
  std::unique_ptr<WaitingReader> reader;
  events::Risk risk;
  {
    absl::MutexLock lock(&mutex_);
    const Found found = analytics_.Find(tenant.value(), as_of, record);
    if (found == Found::kRecord) record.risk = FindRisk(tenant);
    if (found != Found::kNeedsStored) return found;
    state = analytics_.CopyAsOf(tenant.value(), as_of.day());
    reader = store_.ReadWaiting(tenant, state.after);
    risk = FindRisk(tenant);
  }
  TENANTRY_RETURN_IF_ERROR(
      CountIn(*reader, as_of.day(), base::SteadyNow() + options_.history_timeout, state));
  if (state.state.empty()) return Found::kUnknown;
  record = events::CompanyRecord();
  record.tenant = tenant;
  record.as_of = as_of;
  state.state.Fill(as_of.day(), record);
  record.risk = std::move(risk);
  return Found::kRecord;
}

size_t Shard::WaitingBytes() const {
  absl::MutexLock lock(&mutex_);
  return analytics_.waiting_bytes();
}

size_t Shard::TenantCount() const {
  absl::MutexLock lock(&mutex_);
  return analytics_.size();
}

size_t Shard::ChangedCount() const {
  absl::MutexLock lock(&mutex_);
  return analytics_.changed();
}

absl::Status Shard::Collect(base::Instant as_of, std::vector<events::CompanyRecord>& records,
                            std::vector<base::TenantId>& needs_history) const {
  std::vector<base::TenantId> needs_stored;
  CollectHere(as_of, records, needs_history, needs_stored);
  for (base::TenantId& tenant : needs_stored) {
    events::CompanyRecord record;
    TENANTRY_ASSIGN_OR_RETURN(const Found found, Find(tenant, as_of, record));
    if (found == Found::kRecord) records.push_back(std::move(record));
    if (found == Found::kNeedsHistory) needs_history.push_back(std::move(tenant));
  }
  return absl::OkStatus();
}

// Those of them that need nothing but the memory.
void Shard::CollectHere(base::Instant as_of, std::vector<events::CompanyRecord>& records,
                        std::vector<base::TenantId>& needs_history,
                        std::vector<base::TenantId>& needs_stored) const {
  absl::MutexLock lock(&mutex_);
  for (base::TenantId& tenant : analytics_.Tenants()) {
    events::CompanyRecord record;
    switch (analytics_.Find(tenant.value(), as_of, record)) {
      case Found::kRecord:
        record.risk = FindRisk(tenant);
        records.push_back(std::move(record));
        break;
      case Found::kNeedsHistory:
        needs_history.push_back(std::move(tenant));
        break;
      case Found::kNeedsStored:
        needs_stored.push_back(std::move(tenant));
        break;
      case Found::kUnknown:
        break;
    }
  }
}

std::vector<base::TenantId> Shard::TenantsNotKept(base::Instant as_of, PresentRecords& kept) const {
  absl::MutexLock lock(&mutex_);
  std::vector<base::TenantId> others;
  const events::Risk unknown;
  for (base::TenantId& tenant : analytics_.Tenants()) {
    const auto revision = analytics_.CountedRevision(tenant.value(), as_of.day());
    const auto risk = risks_.find(tenant);
    if (revision &&
        kept.Keep(tenant.value(), *revision, risk == risks_.end() ? unknown : risk->second)) {
      continue;
    }
    others.push_back(std::move(tenant));
  }
  return others;
}

absl::Status Shard::CollectChanged(base::Instant as_of, PresentRecords& kept,
                                   std::vector<events::CompanyRecord>& changed,
                                   std::vector<base::TenantId>& needs_history) const {
  for (base::TenantId& tenant : TenantsNotKept(as_of, kept)) {
    events::CompanyRecord record;
    TENANTRY_ASSIGN_OR_RETURN(const Found found, Find(tenant, as_of, record));
    if (found == Found::kRecord) changed.push_back(std::move(record));
    if (found == Found::kNeedsHistory) needs_history.push_back(std::move(tenant));
  }
  return absl::OkStatus();
}

events::Risk Shard::FindRisk(const base::TenantId& tenant) const {
  const auto found = risks_.find(tenant);
  return found == risks_.end() ? events::Risk() : found->second;
}

events::Risk Shard::RiskOf(const base::TenantId& tenant) const {
  absl::MutexLock lock(&mutex_);
  return FindRisk(tenant);
}

void Shard::PutRisk(const base::TenantId& tenant, events::Risk risk) {
  absl::MutexLock lock(&mutex_);
  risks_[tenant] = std::move(risk);
  unsaved_risks_.insert(tenant);
}

uint64_t Shard::LastChange(base::Day day) const {
  absl::MutexLock lock(&mutex_);
  return changed_days_.LastChange(day);
}

void Shard::TouchAll() {
  absl::MutexLock lock(&mutex_);
  analytics_.MarkAllChanged();
}

absl::Status Shard::Ready() const {
  absl::MutexLock lock(&mutex_);
  TENANTRY_RETURN_IF_ERROR(stored_status_);
  return checkpoint_status_;
}

}  // namespace tenantry::activity
