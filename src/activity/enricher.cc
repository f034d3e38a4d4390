#include "activity/enricher.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "activity/risk.h"
#include "base/status.h"
#include "base/words/counted.h"
#include "events/event.h"
#include "runtime/logging.h"
#include "scoring/company_features.h"

namespace tenantry::activity {
namespace {

// A CloudEvent whose data is the record. Its id is the record's revision and as-of instant, which
// is what readers compare records by.
std::string EnrichedEvent(const events::CompanyRecord& record, absl::Time now) {
  const std::string tenant = nlohmann::json(record.tenant.value()).dump();
  const std::string time = base::FormatRfc3339Millis(base::ToInstant(now));
  return fmt::format(
      R"({{"specversion":"1.0","id":"{}-{}-{}","source":"/analytics","type":"{}","time":"{}",)"
      R"("tenantid":{},"subject":{},"dataschema":"/schemas/company.enriched/1",)"
      R"("datacontenttype":"application/json","data":{}}})",
      record.revision, record.as_of.seconds, record.as_of.nanoseconds,
      events::TypeName(events::EventType::kCompanyEnriched), time, tenant, tenant,
      events::ToJson(record, true));
}

}  // namespace

Enricher::Enricher(std::vector<Shard*> shards, const LiveInputs& inputs, const LiveOptions& options,
                   LiveMetrics& metrics)
    : shards_(std::move(shards)), inputs_(inputs), options_(options), metrics_(metrics) {}

Enricher::~Enricher() { Stop(absl::InfinitePast()); }

void Enricher::Start() {
  day_ = base::ToInstant(inputs_.clock.Now()).day();
  midnight_ = base::SteadyNow();
  thread_ = std::thread([this] { Run(); });
}

void Enricher::Stop(absl::Time deadline) {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    deadline_ = deadline;
  }
  stop_.Raise();
  thread_.join();
}

absl::Status Enricher::Ready() const {
  absl::MutexLock lock(&mutex_);
  return publish_status_;
}

void Enricher::Run() {
  absl::Duration pause = options_.enrich_interval;
  while (true) {
    const bool stopping = stop_.WaitFor(pause);
    const absl::Duration begin = base::SteadyNow();
    WatchMidnight();
    Retry();
    RetryListener();
    size_t done = 0;
    for (Shard* shard : shards_) done += Round(*shard);
    pause = std::max(options_.enrich_interval,
                     (base::SteadyNow() - begin) * (1 / options_.enrich_share - 1));
    if (!Ready().ok()) pause = std::max(pause, options_.publish_retry_interval);
    absl::Time deadline;
    {
      absl::MutexLock lock(&mutex_);
      deadline = deadline_;
    }
    if (stopping && (done == 0 || absl::Now() >= deadline)) return;
  }
}

// At midnight UTC every window slides without an event: shard after shard is put out again, spread
// over the configured time. At the start, too: a day may have passed meanwhile, and what was
// counted before a crash may not have been put out.
void Enricher::WatchMidnight() {
  const absl::Time now = inputs_.clock.Now();
  const base::Day today = base::ToInstant(now).day();
  if (today != day_) {
    day_ = today;
    touched_shards_ = 0;
    midnight_ = base::SteadyNow();
  }
  const absl::Duration step = options_.midnight_spread / static_cast<int64_t>(shards_.size());
  while (touched_shards_ < shards_.size() &&
         base::SteadyNow() >= midnight_ + step * static_cast<int64_t>(touched_shards_)) {
    shards_[touched_shards_++]->TouchAll();
  }
}

// Those that were not scored were put out as such: they wait until the scorer answers again.
void Enricher::Retry() {
  if ((unread_.empty() && unscored_.empty()) || base::SteadyNow() < retry_) return;
  const auto put_back = [](Tenants& tenants) {
    for (const auto& [shard, tenant] : tenants) shard->PutBackChanged({tenant});
    tenants.clear();
  };
  put_back(unread_);
  if (unscored_.empty()) return;
  const absl::Status answers = inputs_.scorer.ScoreRows({}).status();
  if (answers.ok() || absl::IsFailedPrecondition(answers)) return put_back(unscored_);
  retry_ = base::SteadyNow() + options_.score_retry_interval;
}

void Enricher::RetryLater(Tenants& tenants, Shard& shard, const base::TenantId& tenant) {
  if (unread_.empty() && unscored_.empty()) {
    retry_ = base::SteadyNow() + options_.score_retry_interval;
  }
  tenants.emplace(&shard, tenant);
}

void Enricher::RetryListener() {
  const absl::Duration now = base::SteadyNow();
  if (now < listener_retry_) return;
  listener_retry_ = now + options_.publish_retry_interval;
  inputs_.on_retry();
}

// How many changed tenants are done with; 0 when the log refuses them: a restart puts them out
// then.
size_t Enricher::Round(Shard& shard) {
  const std::vector<base::TenantId> tenants =
      shard.TakeChanged(static_cast<size_t>(options_.enrich_tenants_max));
  if (tenants.empty()) return 0;
  const base::Instant now = base::ToInstant(inputs_.clock.Now());
  std::vector<events::CompanyRecord> records;
  for (const base::TenantId& tenant : tenants) {
    events::CompanyRecord record;
    const auto found = shard.Find(tenant, now, record);
    if (!found.ok()) {
      runtime::Log(runtime::LogLevel::kWarning, "activity", "the record of {} waits: {}", tenant,
                   base::Message(found.status()));
      RetryLater(unread_, shard, tenant);
    } else if (*found == Found::kRecord) {
      record.registered_here = inputs_.is_registered(tenant);
      records.push_back(std::move(record));
    }
  }
  Score(shard, records);
  if (!Publish(records)) {
    shard.PutBackChanged(tenants);
    return 0;
  }
  return tenants.size();
}

void Enricher::Score(Shard& shard, std::vector<events::CompanyRecord>& records) {
  std::vector<scoring::FeatureRow> rows;
  rows.reserve(records.size());
  for (const auto& record : records) rows.push_back(scoring::CompanyFeatures(record));
  auto scores = inputs_.scorer.ScoreRows(rows);
  const bool failed = !scores.ok() && !absl::IsFailedPrecondition(scores.status());
  if (failed) metrics_.score_failures.Increment();
  NoteScoring(failed ? scores.status() : absl::OkStatus(), records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    records[i].risk = scores.ok()
                          ? FreshRisk(std::move(scores->rows[i]), scores->model, records[i].as_of)
                          : StaleRisk(std::move(records[i].risk));
    shard.PutRisk(records[i].tenant, records[i].risk);
    if (failed) {
      RetryLater(unscored_, shard, records[i].tenant);
    } else {
      unscored_.erase({&shard, records[i].tenant});
    }
  }
}

// Told when it changes, not for each batch.
void Enricher::NoteScoring(const absl::Status& status, size_t tenants) {
  if (status == score_status_) return;
  score_status_ = status;
  if (status.ok()) {
    runtime::Log(runtime::LogLevel::kInfo, "activity", "tenants are scored again");
  } else {
    runtime::Log(runtime::LogLevel::kWarning, "activity", "no score for {}, nor for others: {}",
                 base::Counted(tenants, "tenant"), base::Message(status));
  }
}

bool Enricher::Publish(const std::vector<events::CompanyRecord>& records) {
  if (records.empty()) return true;
  std::vector<eventlog::LogRecord> batch;
  const absl::Time now = inputs_.clock.Now();
  for (const auto& record : records) {
    batch.push_back({record.tenant.value(), EnrichedEvent(record, now)});
  }
  const absl::Status status =
      inputs_.log.Append(std::string(events::kEnrichedStream), std::move(batch));
  const bool went_well_before = Ready().ok();
  {
    absl::MutexLock lock(&mutex_);
    publish_status_ = status;
  }
  if (!status.ok()) {
    metrics_.publish_failures.Increment();
    if (went_well_before) {
      runtime::Log(runtime::LogLevel::kWarning, "activity",
                   "enriched records wait until they can be put out: {}", base::Message(status));
    }
    return false;
  }
  metrics_.published.Increment(static_cast<double>(records.size()));
  inputs_.on_enriched(records);
  return true;
}

}  // namespace tenantry::activity
