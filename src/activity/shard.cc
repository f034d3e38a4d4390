#include "activity/shard.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "activity/risk.h"
#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::activity {
namespace {

constexpr absl::Duration kIdleWait = absl::Milliseconds(200);

constexpr size_t kBatchRecords = Analytics::kBatchEvents;

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
  return absl::OkStatus();
}

void Shard::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Shard::Stop() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

void Shard::Run() {
  absl::Time last_checkpoint = absl::Now();
  while (!queue_.Finished()) {
    std::vector<RecordSlice> slices =
        queue_.PopAll(std::min(kIdleWait, options_.checkpoint_interval));
    {
      absl::MutexLock lock(&mutex_);
      analytics_.AdvanceTo(base::ToInstant(clock_.Now()).day());
    }
    for (const RecordSlice& slice : slices) {
      absl::MutexLock lock(&mutex_);
      Apply(slice);
    }
    if (absl::Now() - last_checkpoint < options_.checkpoint_interval) continue;
    WriteCheckpoint();
    last_checkpoint = absl::Now();
  }
  WriteCheckpoint();
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
    checkpoint.states.emplace_back(tenant, analytics_.EncodeState(tenant.value()));
    SeenChunk seen = analytics_.TakeSeenChunk(tenant.value());
    if (!seen.hashes.empty()) checkpoint.seen.emplace_back(tenant, std::move(seen));
  }
  for (const base::TenantId& tenant : unsaved_risks_) {
    checkpoint.risks.emplace_back(tenant, EncodeRisk(risks_[tenant]));
  }
  unsaved_risks_.clear();
  moved_ = false;
  return checkpoint;
}

void Shard::WriteCheckpoint() {
  if (!pending_) {
    absl::MutexLock lock(&mutex_);
    if (!moved_ && !analytics_.has_unsaved() && unsaved_risks_.empty()) return;
    pending_ = TakeCheckpoint();
  }
  const absl::Time begin = absl::Now();
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
    pending_.reset();
    metrics_.checkpoints.Increment();
    metrics_.checkpoint_seconds.Observe(absl::ToDoubleSeconds(absl::Now() - begin));
  }
  checkpoint_status_ = status;
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

Found Shard::Find(const base::TenantId& tenant, base::Instant as_of,
                  events::CompanyRecord& record) const {
  absl::MutexLock lock(&mutex_);
  const Found found = analytics_.Find(tenant.value(), as_of, record);
  if (found == Found::kRecord) record.risk = FindRisk(tenant);
  return found;
}

size_t Shard::TenantCount() const {
  absl::MutexLock lock(&mutex_);
  return analytics_.size();
}

size_t Shard::ChangedCount() const {
  absl::MutexLock lock(&mutex_);
  return analytics_.changed();
}

void Shard::Collect(base::Instant as_of, std::vector<events::CompanyRecord>& records,
                    std::vector<base::TenantId>& needs_history) const {
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
      case Found::kUnknown:
        break;
    }
  }
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
  return checkpoint_status_;
}

}  // namespace tenantry::activity
