#include "activity/enricher.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/monitor.h"
#include "base/status.h"
#include "eventlog/twins/faulty_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "events/event_codec.h"

namespace tenantry::activity {
namespace {

using Status = events::Risk::Status;
using events::CompanyRecord;

constexpr absl::Duration kPatience = absl::Seconds(30);

// A scorer that a test commands.
class CommandedScorer final : public scoring::Scorer {
 public:
  absl::StatusOr<scoring::Scores> ScoreRows(const std::vector<scoring::FeatureRow>& rows) override {
    base::MonitorLock lock(&mutex_);
    ++calls_;
    if (!status_.ok()) return status_;
    rows_ += rows.size();
    largest_ = std::max(largest_, rows.size());
    const scoring::Score score{probability_, probability_ >= 0.5, {{"job30", "1", 0.5}}};
    return scoring::Scores{model_, std::vector<scoring::Score>(rows.size(), score)};
  }

  // From now on `model` answers `probability`.
  void Answer(std::string model, double probability) {
    base::MonitorLock lock(&mutex_);
    status_ = absl::OkStatus();
    model_ = std::move(model);
    probability_ = probability;
  }
  void Fail(absl::Status status) {
    base::MonitorLock lock(&mutex_);
    status_ = std::move(status);
  }
  size_t rows() const {
    base::MonitorLock lock(&mutex_);
    return rows_;
  }
  size_t calls() const {
    base::MonitorLock lock(&mutex_);
    return calls_;
  }
  size_t largest() const {
    base::MonitorLock lock(&mutex_);
    return largest_;
  }

 private:
  mutable base::Monitor mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::string model_ ABSL_GUARDED_BY(mutex_) = "m1";
  double probability_ ABSL_GUARDED_BY(mutex_) = 0.75;
  size_t rows_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t largest_ ABSL_GUARDED_BY(mutex_) = 0;
};

class EnricherTest : public testing::Test {
 protected:
  EnricherTest() {
    options_.enrich_interval = absl::Milliseconds(1);
    options_.score_retry_interval = absl::Milliseconds(10);
    options_.publish_retry_interval = absl::Milliseconds(1);
    options_.enrich_share = 1;
    options_.midnight_spread = absl::ZeroDuration();
    auto store = CheckpointStore::Open(folder_, faults_);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    for (int i = 0; i < 2; ++i) {
      shards_.push_back(std::make_unique<Shard>(i, 2, *store_, clock_, options_, live_metrics_));
      EXPECT_TRUE(shards_.back()->Load({}).ok());
      shards_.back()->Start();
    }
    enricher_ = std::make_unique<Enricher>(std::vector<Shard*>{shards_[0].get(), shards_[1].get()},
                                           inputs_, options_, live_metrics_);
  }
  ~EnricherTest() override {
    enricher_.reset();
    shards_.clear();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Has a job of `tenant` counted.
  void CountJob(const std::string& tenant) {
    const std::string id = std::to_string(++events_);
    auto memory = std::make_shared<const std::string>(
        fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s",)"
                    R"("type":"io.tenantry.job.submitted","time":"2025-05-01T00:00:00Z",)"
                    R"("tenantid":{},"data":{{}}}})",
                    id, nlohmann::json(tenant).dump()));
    Shard& shard = *shards_[static_cast<size_t>(KeyGroupOf(tenant)) * 2 / kKeyGroups];
    const eventlog::PartitionId from = {"bigdatajobs", "0"};
    const eventlog::LogOffset next(events_);
    const PlacedRecord placed = {
        {tenant, *memory, eventlog::kUsualContentType}, eventlog::LogOffset(events_ - 1), {}};
    ASSERT_TRUE(shard.queue().Push({from, next, {placed}, memory}));
    const absl::Time deadline = absl::Now() + kPatience;
    while (shard.Positions()[from] != next && absl::Now() < deadline) std::this_thread::yield();
    ASSERT_EQ(shard.Positions()[from], next);
  }

  void TouchAll() {
    for (const auto& shard : shards_) shard->TouchAll();
  }

  // Waits until `holds` of what was put out last of a tenant.
  bool Await(const std::string& tenant, const std::function<bool(const CompanyRecord&)>& holds) {
    base::MonitorLock lock(&mutex_);
    auto done = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const auto found = newest_.find(tenant);
      return found != newest_.end() && holds(found->second);
    };
    return mutex_.AwaitFor(absl::Condition(&done), kPatience);
  }
  bool AwaitStatus(const std::string& tenant, Status status) {
    return Await(tenant, [&](const CompanyRecord& r) { return r.risk.status == status; });
  }
  bool AwaitTimes(size_t times) {
    base::MonitorLock lock(&mutex_);
    auto done = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return times_ >= times; };
    return mutex_.AwaitFor(absl::Condition(&done), kPatience);
  }
  size_t times() const {
    base::MonitorLock lock(&mutex_);
    return times_;
  }
  CompanyRecord Newest(const std::string& tenant) const {
    base::MonitorLock lock(&mutex_);
    return newest_.at(tenant);
  }

  // The events on `enrichedcompanies`.
  std::vector<std::string> PutOut() {
    std::vector<std::string> events;
    const auto partitions = *memory_.Partitions("enrichedcompanies");
    for (const auto& info : partitions) {
      auto reader = memory_.Read(info.id, eventlog::LogOffset());
      while (true) {
        const auto batch = (*reader)->Next(absl::ZeroDuration());
        if (!batch.ok() || batch->records.empty()) break;
        for (const auto& record : batch->records) events.emplace_back(record.value);
      }
    }
    return events;
  }

  void Take(const std::vector<CompanyRecord>& records) {
    base::MonitorLock lock(&mutex_);
    for (const CompanyRecord& record : records) newest_[record.tenant.value()] = record;
    times_ += records.size();
  }

  void CountRetry() {
    base::MonitorLock lock(&mutex_);
    ++retries_;
  }
  bool AwaitRetries(int least) {
    base::MonitorLock lock(&mutex_);
    auto done = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return retries_ >= least; };
    return mutex_.AwaitFor(absl::Condition(&done), kPatience);
  }

  static inline int made_ = 0;
  const std::string folder_ =
      fmt::format("{}/enricher_{}_{}", testing::TempDir(), getpid(), ++made_);
  base::ManualClock clock_{absl::FromUnixSeconds(int64_t{20'210} * 86'400)};
  base::ScriptedFaults faults_;
  eventlog::InMemoryEventLog memory_{{}, clock_};
  eventlog::FaultyEventLog log_{memory_, faults_};
  CommandedScorer scorer_;
  runtime::Metrics metrics_;
  LiveMetrics live_metrics_{metrics_};
  LiveOptions options_;
  const LiveInputs inputs_{log_,
                           scorer_,
                           clock_,
                           faults_,
                           metrics_,
                           nullptr,
                           nullptr,
                           [](const base::TenantId& tenant) { return tenant.value() != "stray"; },
                           [this](const auto& records) { Take(records); },
                           [this] { CountRetry(); }};
  std::unique_ptr<CheckpointStore> store_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Enricher> enricher_;
  uint64_t events_ = 0;
  mutable base::Monitor mutex_;
  std::map<std::string, CompanyRecord> newest_ ABSL_GUARDED_BY(mutex_);
  size_t times_ ABSL_GUARDED_BY(mutex_) = 0;
  int retries_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST_F(EnricherTest, PutsOutAFreshRisk) {
  CountJob("acme");
  CountJob("stray");
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(2));
  const CompanyRecord record = Newest("acme");
  EXPECT_EQ(record.risk.status, Status::kFresh);
  EXPECT_EQ(record.risk.score, 0.75);
  EXPECT_EQ(record.risk.churn, true);
  EXPECT_EQ(record.risk.model, "m1");
  EXPECT_EQ(record.risk.as_of, base::ToInstant(clock_.Now()));
  ASSERT_EQ(record.risk.reasons.size(), 1u);
  EXPECT_TRUE(record.registered_here);
  EXPECT_FALSE(Newest("stray").registered_here);
  EXPECT_TRUE(enricher_->Ready().ok());
}

TEST_F(EnricherTest, IsUnknownWithoutAModelUntilThereIsOne) {
  scorer_.Fail(absl::FailedPreconditionError("no model"));
  CountJob("acme");
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(1));
  const CompanyRecord record = Newest("acme");
  EXPECT_EQ(record.risk.status, Status::kUnknown);
  EXPECT_FALSE(record.risk.score.has_value());
  EXPECT_FALSE(record.risk.churn.has_value());
  EXPECT_NE(metrics_.PrometheusText().find("tenantry_activity_score_failures_total 0"),
            std::string::npos)
      << "no model is no failure";
  EXPECT_TRUE(enricher_->Ready().ok());
  scorer_.Answer("m1", 0.25);
  TouchAll();
  ASSERT_TRUE(AwaitStatus("acme", Status::kFresh));
  EXPECT_EQ(Newest("acme").risk.churn, false);
}

TEST_F(EnricherTest, IsStaleWhileScoringFailsAndFreshAgainWithoutAnEvent) {
  CountJob("acme");
  enricher_->Start();
  ASSERT_TRUE(AwaitStatus("acme", Status::kFresh));
  scorer_.Fail(absl::UnavailableError("planted"));
  CountJob("acme");
  CountJob("new");
  ASSERT_TRUE(AwaitStatus("acme", Status::kStale));
  ASSERT_TRUE(AwaitStatus("new", Status::kUnknown));
  const CompanyRecord stale = Newest("acme");
  EXPECT_EQ(stale.risk.score, 0.75);
  EXPECT_EQ(stale.risk.model, "m1");
  EXPECT_EQ(stale.revision, 2u) << "the counts are put out all the same";
  EXPECT_EQ(stale.job30, 2u);
  EXPECT_EQ(metrics_.PrometheusText().find("tenantry_activity_score_failures_total 0\n"),
            std::string::npos);
  const size_t calls = scorer_.calls();
  EXPECT_LE(calls, 5u) << "a scorer that is away is not asked all the time";
  scorer_.Answer("m2", 0.1);
  ASSERT_TRUE(AwaitStatus("acme", Status::kFresh));
  ASSERT_TRUE(AwaitStatus("new", Status::kFresh));
  EXPECT_EQ(Newest("acme").risk.score, 0.1);
  EXPECT_EQ(Newest("acme").risk.model, "m2");
}

TEST_F(EnricherTest, PutsNobodyOutAgainWhileScoringFails) {
  scorer_.Fail(absl::UnavailableError("planted"));
  for (int i = 0; i < 20; ++i) CountJob("t" + std::to_string(i));
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(20));
  const size_t calls = scorer_.calls();
  const absl::Time deadline = absl::Now() + kPatience;
  while (scorer_.calls() < calls + 5 && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_GE(scorer_.calls(), calls + 5) << "it is asked now and then";
  EXPECT_EQ(times(), 20u) << "nobody has changed";
  scorer_.Answer("m1", 0.25);
  ASSERT_TRUE(AwaitTimes(40));
  EXPECT_EQ(Newest("t7").risk.status, Status::kFresh);
}

TEST_F(EnricherTest, StaysStaleWhenTheModelIsGone) {
  CountJob("acme");
  enricher_->Start();
  ASSERT_TRUE(AwaitStatus("acme", Status::kFresh));
  scorer_.Fail(absl::FailedPreconditionError("no model"));
  TouchAll();
  ASSERT_TRUE(AwaitStatus("acme", Status::kStale));
  EXPECT_EQ(Newest("acme").risk.score, 0.75);
}

TEST_F(EnricherTest, ScoresOnlyTheTenantsThatChanged) {
  for (int i = 0; i < 40; ++i) CountJob("t" + std::to_string(i));
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(40));
  EXPECT_EQ(scorer_.rows(), 40u);
  CountJob("t7");
  ASSERT_TRUE(Await("t7", [](const CompanyRecord& r) { return r.revision == 2; }));
  CountJob("t9");
  ASSERT_TRUE(Await("t9", [](const CompanyRecord& r) { return r.revision == 2; }));
  EXPECT_EQ(scorer_.rows(), 42u);
  EXPECT_EQ(times(), 42u);
  EXPECT_EQ(PutOut().size(), 42u);
}

TEST_F(EnricherTest, ScoresEverybodyAgainForANewModel) {
  for (int i = 0; i < 40; ++i) CountJob("t" + std::to_string(i));
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(40));
  scorer_.Answer("m2", 0.5);
  TouchAll();
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(Await("t" + std::to_string(i), [](const CompanyRecord& r) {
      return r.risk.model == "m2" && r.risk.score == 0.5 && r.risk.churn == true;
    }));
  }
  EXPECT_EQ(shards_[0]->RiskOf(base::TenantId("t0")).model.empty(),
            KeyGroupOf("t0") * 2 / kKeyGroups != 0);
}

TEST_F(EnricherTest, ScoresInBatchesOfAtMostTheOption) {
  enricher_.reset();
  options_.enrich_tenants_max = 3;
  enricher_ = std::make_unique<Enricher>(std::vector<Shard*>{shards_[0].get(), shards_[1].get()},
                                         inputs_, options_, live_metrics_);
  for (int i = 0; i < 40; ++i) CountJob("t" + std::to_string(i));
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(40));
  EXPECT_EQ(scorer_.largest(), 3u);
}

TEST_F(EnricherTest, PutsEverybodyOutAgainOnANewDay) {
  CountJob("a");
  CountJob("b");
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(2));
  clock_.Advance(absl::Hours(24));
  const base::Day tomorrow = base::ToInstant(clock_.Now()).day();
  for (const char* tenant : {"a", "b"}) {
    ASSERT_TRUE(Await(tenant, [&](const CompanyRecord& r) { return r.as_of.day() == tomorrow; }));
    EXPECT_EQ(Newest(tenant).revision, 1u);
    EXPECT_EQ(Newest(tenant).job30, 1u);
  }
  clock_.Advance(absl::Hours(24) * 40);
  ASSERT_TRUE(Await("a", [](const CompanyRecord& r) { return r.job30 == 0; })) << "slid out";
}

TEST_F(EnricherTest, TellsOfALogThatRefusesAndPutsOutLater) {
  faults_.Fail("eventlog.append", absl::UnavailableError("planted"), 0, 1'000'000);
  CountJob("acme");
  enricher_->Start();
  const absl::Time deadline = absl::Now() + kPatience;
  while (enricher_->Ready().ok() && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(absl::IsUnavailable(enricher_->Ready()));
  EXPECT_EQ(times(), 0u) << "nobody is told of what is not put out";
  faults_.Fail("eventlog.append", absl::OkStatus(), 0, 0);
  ASSERT_TRUE(AwaitTimes(1));
  EXPECT_TRUE(enricher_->Ready().ok());
  EXPECT_EQ(PutOut().size(), 1u);
}

TEST_F(EnricherTest, LetsTheListenerTryAgainThoughNothingChanges) {
  enricher_->Start();
  EXPECT_TRUE(AwaitRetries(3));
}

TEST_F(EnricherTest, StopPutsOutWhatWaits) {
  enricher_.reset();
  options_.enrich_interval = absl::Hours(1);
  options_.enrich_tenants_max = 1;
  enricher_ = std::make_unique<Enricher>(std::vector<Shard*>{shards_[0].get(), shards_[1].get()},
                                         inputs_, options_, live_metrics_);
  enricher_->Start();
  for (int i = 0; i < 20; ++i) CountJob("t" + std::to_string(i));
  EXPECT_EQ(times(), 0u);
  enricher_->Stop(absl::Now() + kPatience);
  EXPECT_EQ(times(), 20u);
}

TEST_F(EnricherTest, StopDoesNotWaitForALogThatRefuses) {
  faults_.Fail("eventlog.append", absl::UnavailableError("planted"), 0, 1'000'000'000);
  CountJob("acme");
  enricher_->Start();
  const absl::Time begin = absl::Now();
  enricher_->Stop(begin + absl::Hours(1));
  EXPECT_LT(absl::Now() - begin, kPatience);
  EXPECT_EQ(shards_[0]->ChangedCount() + shards_[1]->ChangedCount(), 1u) << "it waits still";
}

TEST_F(EnricherTest, PutsOutEventsWhoseIdsRepeatWithTheirContent) {
  const std::string tenant = "a\"\\é\n";
  CountJob(tenant);
  enricher_->Start();
  ASSERT_TRUE(AwaitTimes(1));
  TouchAll();
  ASSERT_TRUE(AwaitTimes(2));
  CountJob(tenant);
  ASSERT_TRUE(AwaitTimes(3));
  events::EventParser parser;
  std::vector<std::string> ids;
  for (const std::string& text : PutOut()) {
    events::EventView event;
    const absl::Status parsed = parser.Parse(text, event);
    ASSERT_TRUE(parsed.ok()) << parsed << text;
    EXPECT_EQ(event.type, events::EventType::kCompanyEnriched);
    EXPECT_EQ(event.tenant, tenant);
    ids.emplace_back(event.id);
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json.at("subject"), tenant);
    EXPECT_EQ(json.at("data").at("companyID"), tenant);
    EXPECT_EQ(json.at("data").at("risk").at("status"), "fresh");
  }
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[1], ids[2]);
}

}  // namespace
}  // namespace tenantry::activity
