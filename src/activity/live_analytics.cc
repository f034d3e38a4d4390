#include "activity/live_analytics.h"

#include <algorithm>
#include <utility>

#include "activity/enricher.h"
#include "activity/replay/history_desk.h"
#include "activity/replay/risk_history.h"
#include "activity/risk.h"
#include "activity/shard.h"
#include "base/status.h"
#include "base/steady_time.h"
#include "events/event.h"
#include "runtime/logging.h"

namespace tenantry::activity {
namespace {

// The present records are brought up to date for each answer while that takes less.
constexpr absl::Duration kQuickUpdate = absl::Milliseconds(20);
constexpr absl::Duration kPresentKeptMax = absl::Seconds(2);

}  // namespace

class LiveAnalytics::State final : public eventlog::AssignmentListener {
 public:
  State(std::string folder, LiveOptions options, LiveInputs inputs)
      : folder_(std::move(folder)),
        options_(options),
        inputs_(std::move(inputs)),
        metrics_(inputs_.metrics),
        desk_(
            {inputs_.history, inputs_.all_events},
            [this](const auto& tenant, base::Day day) { return LastChange(tenant, day); }, options_,
            metrics_) {}

  absl::Status Start();
  void Drain(absl::Time deadline);
  void Stop();
  absl::Status Ready() const;

  absl::StatusOr<events::CompanyRecord> Record(const base::TenantId& tenant,
                                               std::optional<base::Instant> as_of) const;
  absl::StatusOr<std::vector<events::CompanyRecord>> Records(
      std::optional<base::Instant> as_of) const;
  absl::Status ReadPresent(
      absl::FunctionRef<void(const std::vector<events::CompanyRecord>&)> read) const;
  absl::StatusOr<uint64_t> Lag() const;
  void RefreshGauges() const;
  void ModelChanged();

  base::Instant Now() const { return base::ToInstant(inputs_.clock.Now()); }
  const LiveInputs& inputs() const { return inputs_; }
  void GiveUpHistory() const { desk_.Stop(); }
  absl::Duration HistoryDeadline() const { return base::SteadyNow() + options_.history_timeout; }

  void OnAssigned(const std::vector<eventlog::PartitionId>& partitions, uint64_t epoch) override;
  void OnRevoked(const std::vector<eventlog::PartitionId>& partitions) override;

 private:
  absl::Status Restore();
  Shard& ShardOf(const base::TenantId& tenant) const;
  uint64_t LastChange(const std::optional<base::TenantId>& tenant, base::Day day) const;
  absl::Status AddFromHistory(const std::vector<base::TenantId>& missing, base::Instant as_of,
                              std::vector<events::CompanyRecord>& records) const;
  void ScoreThePast(base::Instant as_of, std::vector<events::CompanyRecord>& records) const;
  void Finish(events::CompanyRecord& record) const;
  absl::Status UpdatePresent() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(present_mutex_);

  const std::string folder_;
  const LiveOptions options_;
  const LiveInputs inputs_;
  mutable LiveMetrics metrics_;
  mutable HistoryDesk desk_;
  std::unique_ptr<CheckpointStore> store_;
  eventlog::LogPositions begin_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<LogPump> pump_;
  std::unique_ptr<Enricher> enricher_;
  std::unique_ptr<eventlog::LogSubscription> subscription_;
  mutable absl::Mutex present_mutex_;
  mutable PresentRecords present_ ABSL_GUARDED_BY(present_mutex_);
  mutable absl::Duration present_until_ ABSL_GUARDED_BY(present_mutex_);  // by the steady clock
  mutable absl::Mutex mutex_;
  absl::Status assignment_status_ ABSL_GUARDED_BY(mutex_);
};

absl::Status LiveAnalytics::State::Restore() {
  TENANTRY_ASSIGN_OR_RETURN(
      store_, CheckpointStore::Open(folder_, inputs_.faults, options_.free_bytes_min));
  const int shards = static_cast<int>(options_.shards);
  TENANTRY_ASSIGN_OR_RETURN(begin_, store_->Begin(shards));
  for (int i = 0; i < shards; ++i) {
    shards_.push_back(
        std::make_unique<Shard>(i, shards, *store_, inputs_.clock, options_, metrics_));
    TENANTRY_RETURN_IF_ERROR(shards_.back()->Load(begin_));
  }
  return absl::OkStatus();
}

absl::Status LiveAnalytics::State::Start() {
  const absl::Status restored = Restore();
  if (absl::IsDataLoss(restored)) {
    return base::DataLoss(
        "{}; remove the folder {} to have it rebuilt from the archive and the log",
        base::Message(restored), folder_);
  }
  TENANTRY_RETURN_IF_ERROR(restored);
  std::vector<RecordQueue*> queues;
  std::vector<Shard*> shards;
  for (const auto& shard : shards_) {
    shard->Start();
    queues.push_back(&shard->queue());
    shards.push_back(shard.get());
  }
  pump_ = std::make_unique<LogPump>(inputs_.log, queues, inputs_.archive);
  enricher_ = std::make_unique<Enricher>(shards, inputs_, options_, metrics_);
  enricher_->Start();
  auto subscription = inputs_.log.Subscribe(
      "analytics", {std::string(events::kCompaniesStream), std::string(events::kJobsStream)},
      *this);
  if (!subscription.ok()) {
    Stop();
    return subscription.status();
  }
  subscription_ = *std::move(subscription);
  return absl::OkStatus();
}

void LiveAnalytics::State::OnAssigned(const std::vector<eventlog::PartitionId>& partitions,
                                      uint64_t /*epoch*/) {
  eventlog::LogPositions places;
  for (const auto& partition : partitions) {
    const auto from = begin_.find(partition);
    places[partition] = from == begin_.end() ? eventlog::LogOffset() : from->second;
  }
  const absl::Status status = pump_->Add(places);
  if (status.ok()) return;
  runtime::Log(runtime::LogLevel::kError, "activity", "the log can't be read: {}",
               base::Message(status));
  absl::MutexLock lock(&mutex_);
  assignment_status_ = status;
}

void LiveAnalytics::State::OnRevoked(const std::vector<eventlog::PartitionId>& partitions) {
  pump_->Remove(partitions);
}

void LiveAnalytics::State::Drain(absl::Time deadline) {
  if (pump_) pump_->Stop();
  for (const auto& shard : shards_) shard->Stop();
  if (enricher_) enricher_->Stop(deadline);
}

void LiveAnalytics::State::Stop() {
  subscription_.reset();
  // The pump waits for room in the queues, so these close before it is joined.
  for (const auto& shard : shards_) shard->queue().Close();
  if (pump_) pump_->Stop();
  for (const auto& shard : shards_) shard->Stop();
  if (enricher_) enricher_->Stop(absl::InfinitePast());
  if (store_) {
    const absl::Status synced = store_->Sync();
    if (!synced.ok()) {
      runtime::Log(runtime::LogLevel::kWarning, "activity", "{}", base::Message(synced));
    }
  }
}

absl::Status LiveAnalytics::State::Ready() const {
  if (!pump_) return base::Unavailable("the analytics are not started");
  {
    absl::MutexLock lock(&mutex_);
    TENANTRY_RETURN_IF_ERROR(assignment_status_);
  }
  TENANTRY_RETURN_IF_ERROR(pump_->Ready());
  for (const auto& shard : shards_) TENANTRY_RETURN_IF_ERROR(shard->Ready());
  return enricher_->Ready();
}

Shard& LiveAnalytics::State::ShardOf(const base::TenantId& tenant) const {
  const auto group = static_cast<size_t>(KeyGroupOf(tenant.value()));
  return *shards_[group * shards_.size() / kKeyGroups];
}

void LiveAnalytics::State::Finish(events::CompanyRecord& record) const {
  record.registered_here = inputs_.is_registered(record.tenant);
}

// Events of later days change nothing of these: what they are told is of then, by the model of now.
void LiveAnalytics::State::ScoreThePast(base::Instant as_of,
                                        std::vector<events::CompanyRecord>& records) const {
  if (as_of.day() >= Now().day()) return;
  const absl::Status status =
      ScoreAnew(inputs_.scorer, static_cast<size_t>(options_.enrich_tenants_max), records);
  if (status.ok()) return;
  metrics_.score_failures.Increment();
  runtime::Log(runtime::LogLevel::kWarning, "activity", "records of the past are not scored: {}",
               base::Message(status));
}

uint64_t LiveAnalytics::State::LastChange(const std::optional<base::TenantId>& tenant,
                                          base::Day day) const {
  if (tenant) return ShardOf(*tenant).LastChange(day);
  uint64_t sum = 0;
  for (const auto& shard : shards_) sum += shard->LastChange(day);
  return sum;
}

// Adds what the history knows of `missing`.
absl::Status LiveAnalytics::State::AddFromHistory(
    const std::vector<base::TenantId>& missing, base::Instant as_of,
    std::vector<events::CompanyRecord>& records) const {
  // One tenant's files are read alone; more tenants are worth one pass over everything.
  TENANTRY_ASSIGN_OR_RETURN(
      const auto past,
      desk_.Get(missing.size() == 1 ? std::optional(missing.front()) : std::nullopt, as_of));
  for (const base::TenantId& tenant : missing) {
    const auto found = std::ranges::lower_bound(*past, tenant, {}, &events::CompanyRecord::tenant);
    if (found == past->end() || found->tenant != tenant) continue;
    records.push_back(*found);
    records.back().as_of = as_of;
    records.back().risk = ShardOf(tenant).RiskOf(tenant);
  }
  return absl::OkStatus();
}

absl::StatusOr<events::CompanyRecord> LiveAnalytics::State::Record(
    const base::TenantId& tenant, std::optional<base::Instant> as_of) const {
  const base::Instant instant = as_of.value_or(Now());
  std::vector<events::CompanyRecord> records(1);
  TENANTRY_ASSIGN_OR_RETURN(const Found found,
                            ShardOf(tenant).Find(tenant, instant, records.front()));
  if (found == Found::kUnknown || found == Found::kNeedsHistory) records.clear();
  if (found == Found::kNeedsHistory) {
    TENANTRY_RETURN_IF_ERROR(AddFromHistory({tenant}, instant, records));
  }
  if (records.empty()) {
    return base::NotFound("no event of company '{}' is known up to {}", tenant.value(),
                          base::FormatRfc3339Millis(instant));
  }
  ScoreThePast(instant, records);
  Finish(records.front());
  return std::move(records.front());
}

absl::StatusOr<std::vector<events::CompanyRecord>> LiveAnalytics::State::Records(
    std::optional<base::Instant> as_of) const {
  const base::Instant instant = as_of.value_or(Now());
  std::vector<events::CompanyRecord> records;
  std::vector<base::TenantId> missing;
  for (const auto& shard : shards_) {
    TENANTRY_RETURN_IF_ERROR(shard->Collect(instant, records, missing));
  }
  if (!missing.empty()) TENANTRY_RETURN_IF_ERROR(AddFromHistory(missing, instant, records));
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.tenant < b.tenant; });
  ScoreThePast(instant, records);
  for (events::CompanyRecord& record : records) Finish(record);
  return records;
}

// Makes the records anew that changed since this was last done.
absl::Status LiveAnalytics::State::UpdatePresent() const {
  const absl::Duration begun = base::SteadyNow();
  if (begun < present_until_) return absl::OkStatus();
  const base::Instant now = Now();
  present_.Begin(now);
  std::vector<events::CompanyRecord> changed;
  std::vector<base::TenantId> missing;
  for (const auto& shard : shards_) {
    TENANTRY_RETURN_IF_ERROR(shard->CollectChanged(now, present_, changed, missing));
  }
  if (!missing.empty()) TENANTRY_RETURN_IF_ERROR(AddFromHistory(missing, now, changed));
  for (events::CompanyRecord& record : changed) {
    Finish(record);
    present_.Put(std::move(record));
  }
  (void)present_.Sorted();
  const absl::Duration took = base::SteadyNow() - begun;
  if (took >= kQuickUpdate) present_until_ = begun + std::min(10 * took, kPresentKeptMax);
  return absl::OkStatus();
}

absl::Status LiveAnalytics::State::ReadPresent(
    absl::FunctionRef<void(const std::vector<events::CompanyRecord>&)> read) const {
  {
    absl::MutexLock lock(&present_mutex_);
    TENANTRY_RETURN_IF_ERROR(UpdatePresent());
  }
  absl::ReaderMutexLock lock(&present_mutex_);
  read(present_.records());
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> LiveAnalytics::State::Lag() const {
  uint64_t lag = 0;
  for (const std::string_view stream : {events::kCompaniesStream, events::kJobsStream}) {
    TENANTRY_ASSIGN_OR_RETURN(const auto partitions, inputs_.log.Partitions(std::string(stream)));
    for (const auto& shard : shards_) {
      const eventlog::LogPositions positions = shard->Positions();
      for (const auto& partition : partitions) {
        const auto at = positions.find(partition.id);
        const eventlog::LogOffset next = at == positions.end() ? partition.begin : at->second;
        if (!(next < partition.end)) continue;
        // A count where offsets count records; elsewhere a sign that something waits.
        const bool countable = partition.end.text().size() < 19;
        lag += countable ? partition.end.number() - next.number() : 1;
      }
    }
  }
  return lag;
}

void LiveAnalytics::State::RefreshGauges() const {
  const auto lag = Lag();
  if (lag.ok()) metrics_.lag_records.Set(static_cast<double>(*lag));
  size_t tenants = 0, changed = 0, slices = 0, waiting = 0;
  for (const auto& shard : shards_) {
    tenants += shard->TenantCount();
    changed += shard->ChangedCount();
    slices += shard->queue().depth();
    waiting += shard->WaitingBytes();
  }
  metrics_.queue_slices.Set(static_cast<double>(slices));
  metrics_.tenants.Set(static_cast<double>(tenants));
  metrics_.changed.Set(static_cast<double>(changed));
  metrics_.waiting_memory_bytes.Set(static_cast<double>(waiting));
  if (store_) metrics_.waiting_stored_bytes.Set(static_cast<double>(store_->WaitingBytes()));
}

void LiveAnalytics::State::ModelChanged() {
  for (const auto& shard : shards_) shard->TouchAll();
}

LiveAnalytics::LiveAnalytics(std::string folder, LiveOptions options, LiveInputs inputs)
    : state_(std::make_unique<State>(std::move(folder), options, std::move(inputs))) {}
LiveAnalytics::~LiveAnalytics() { state_->Stop(); }

absl::Status LiveAnalytics::Start() { return state_->Start(); }
void LiveAnalytics::Drain(absl::Time deadline) { state_->Drain(deadline); }
void LiveAnalytics::Stop() { state_->Stop(); }
absl::Status LiveAnalytics::Ready() const { return state_->Ready(); }

absl::StatusOr<events::CompanyRecord> LiveAnalytics::Record(
    const base::TenantId& tenant, std::optional<base::Instant> as_of) const {
  return state_->Record(tenant, as_of);
}

absl::StatusOr<std::vector<events::CompanyRecord>> LiveAnalytics::Records(
    std::optional<base::Instant> as_of) const {
  return state_->Records(as_of);
}

absl::Status LiveAnalytics::ReadPresent(
    absl::FunctionRef<void(const std::vector<events::CompanyRecord>&)> read) const {
  return state_->ReadPresent(read);
}

const HistoryReader& LiveAnalytics::history() const { return state_->inputs().history; }
const EventsReader& LiveAnalytics::all_events() const { return state_->inputs().all_events; }
void LiveAnalytics::GiveUpHistory() const { state_->GiveUpHistory(); }
absl::Duration LiveAnalytics::HistoryDeadline() const { return state_->HistoryDeadline(); }

absl::StatusOr<std::vector<std::pair<base::Day, events::Risk>>> LiveAnalytics::RiskHistory(
    const base::TenantId& tenant) const {
  return ReadRiskHistory(state_->inputs().log, tenant, state_->HistoryDeadline());
}

base::Instant LiveAnalytics::Now() const { return state_->Now(); }
absl::StatusOr<uint64_t> LiveAnalytics::Lag() const { return state_->Lag(); }
void LiveAnalytics::RefreshGauges() const { state_->RefreshGauges(); }
void LiveAnalytics::ModelChanged() { state_->ModelChanged(); }

}  // namespace tenantry::activity
