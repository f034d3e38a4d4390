#include "activity/live_analytics.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "activity/checkpoint_store.h"
#include "activity/replay/replay.h"
#include "activity/state/event_lines_testing.h"
#include "base/monitor.h"
#include "eventlog/twins/faulty_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "events/event.h"
#include "scoring/embedded/fake_scorer.h"
#include "scoring/embedded/faulty_scorer.h"

namespace tenantry::activity {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

// Lines and their streams; some ids have copies in both.
std::vector<std::pair<std::string, std::string>> StreamsAndLines(uint64_t seed, size_t count) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (std::string& line : EventLines(seed).Take(count)) {
    const bool of_company = line.find("io.tenantry.tenant.") != std::string::npos ||
                            line.find("io.tenantry.user.added") != std::string::npos ||
                            line.find("io.tenantry.user.removed") != std::string::npos;
    lines.emplace_back(of_company ? events::kCompaniesStream : events::kJobsStream,
                       std::move(line));
  }
  return lines;
}

// What is put out, awaited without sleeping.
class PutOut {
 public:
  void Take(const std::vector<events::CompanyRecord>& records) {
    base::MonitorLock lock(&mutex_);
    for (const auto& record : records) {
      newest_[record.tenant.value()] = record;
      ++times_;
    }
  }
  // Waits until `holds` of what was put out last of a tenant.
  bool Await(const std::string& tenant,
             const std::function<bool(const events::CompanyRecord&)>& holds) {
    base::MonitorLock lock(&mutex_);
    auto done = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      const auto found = newest_.find(tenant);
      return found != newest_.end() && holds(found->second);
    };
    return mutex_.AwaitFor(absl::Condition(&done), kPatience);
  }
  bool AwaitRevision(const std::string& tenant, uint64_t revision) {
    return Await(tenant, [&](const auto& record) { return record.revision >= revision; });
  }
  size_t times() const {
    base::MonitorLock lock(&mutex_);
    return times_;
  }

 private:
  mutable base::Monitor mutex_;
  std::map<std::string, events::CompanyRecord> newest_ ABSL_GUARDED_BY(mutex_);
  size_t times_ ABSL_GUARDED_BY(mutex_) = 0;
};

class LiveAnalyticsTest : public testing::TestWithParam<int> {
 protected:
  LiveAnalyticsTest()
      : folder_(fmt::format("{}/live_analytics_{}_{}", testing::TempDir(), getpid(), ++made_)),
        clock_(absl::FromUnixSeconds(int64_t{20'210} * 86'400)),
        memory_({}, clock_),
        log_(memory_, faults_),
        fake_("model-1", [](const scoring::FeatureRow&) { return scoring::Score{0.75, true, {}}; }),
        scorer_(fake_, faults_) {
    options_.checkpoint_interval = absl::Milliseconds(10);
    options_.enrich_interval = absl::Milliseconds(1);
    options_.score_retry_interval = absl::Milliseconds(10);
    options_.publish_retry_interval = absl::Milliseconds(1);
    options_.enrich_share = 1;
    options_.midnight_spread = absl::ZeroDuration();
  }
  ~LiveAnalyticsTest() override {
    live_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Begins, after the last one ended, from what that one left.
  void Start() {
    live_.reset();
    metrics_ = std::make_unique<runtime::Metrics>();
    const auto no_archive = [](const auto&, const auto&, const auto&, const auto&) {
      return absl::UnavailableError("no archive here");
    };
    const auto no_history = [](const auto&, const auto&) {
      return absl::UnavailableError("no archive here");
    };
    live_ = std::make_unique<LiveAnalytics>(
        folder_, options_,
        LiveInputs{log_, scorer_, clock_, faults_, *metrics_, no_archive, no_history,
                   [](const base::TenantId&) { return true; },
                   [this](const auto& records) { put_out_.Take(records); }});
    const absl::Status status = live_->Start();
    ASSERT_TRUE(status.ok()) << status;
  }

  void Append(const std::string& stream, const std::string& line, const std::string& tenant) {
    ASSERT_TRUE(memory_.Append(stream, {{tenant, line}}).ok());
  }

  // A job submitted by tenant "acme", as a line.
  static std::string JobLine(const std::string& id, const std::string& day = "2025-05-01") {
    return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s",)"
                       R"("type":"io.tenantry.job.submitted","time":"{}T00:00:00Z",)"
                       R"("tenantid":"acme","data":{{"jobID":"{}"}}}})",
                       id, day, id);
  }
  void AppendJob(const std::string& id) { Append("bigdatajobs", JobLine(id), "acme"); }

  // Leaves what a program of the format before left, which kept what waits within the states.
  void WriteFormatBefore(const Analytics& analytics) {
    {
      auto store = CheckpointStore::Open(folder_, faults_);
      ASSERT_TRUE(store.ok()) << store.status();
      ASSERT_TRUE((*store)->Begin(1).ok());
      Checkpoint checkpoint;
      const base::TenantId acme("acme");
      checkpoint.states.emplace_back(acme, analytics.EncodeState("acme"));
      checkpoint.seen.emplace_back(acme, SeenChunk{analytics.EncodeSeen("acme"), true});
      ASSERT_TRUE((*store)->Commit(checkpoint).ok());
    }
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, folder_, &db).ok());
    ASSERT_TRUE(db->Put({}, "!version", "1").ok());
    delete db;
  }

  static inline int made_ = 0;
  const std::string folder_;
  base::ManualClock clock_;
  base::ScriptedFaults faults_;
  eventlog::InMemoryEventLog memory_;
  eventlog::FaultyEventLog log_;
  scoring::embedded::FakeScorer fake_;
  scoring::embedded::FaultyScorer scorer_;
  LiveOptions options_;
  PutOut put_out_;
  std::unique_ptr<runtime::Metrics> metrics_;
  std::unique_ptr<LiveAnalytics> live_;
};

// Repeats, also in another stream, any order, any batches; killed, so that checkpoints are missing
// or the whole state is, and started again with another number of shards: the numbers are those of
// the replay.
TEST_P(LiveAnalyticsTest, CountsWhatTheReplayCountsWhateverHappensOnTheWay) {
  const auto seed = static_cast<uint64_t>(GetParam());
  SCOPED_TRACE(fmt::format("seed {}", seed));
  EventLines dice(seed + 1000);
  Replay replay(base::ToInstant(clock_.Now()));
  constexpr int64_t kShards[] = {1, 2, 4, 3};
  for (const auto& [stream, line] : StreamsAndLines(seed, 4000)) {
    if (!live_ || dice.Below(500) == 0) {
      if (live_ && dice.Below(2) == 0) {
        // The last checkpoints are lost, as when the process is killed.
        faults_.Fail("activity.checkpoint", absl::UnavailableError("killed"), 0, 1'000'000);
        live_.reset();
        faults_.Fail("activity.checkpoint", absl::OkStatus(), 0, 0);
        if (dice.Below(2) == 0) std::filesystem::remove_all(folder_);
      }
      options_.shards = kShards[dice.Below(4)];
      Start();
    }
    const size_t at = line.find("\"tenantid\":\"") + 12;
    Append(stream, line, line.substr(at, line.find('"', at) - at));
    replay.ReadLine(line);
  }
  const auto expected = replay.Records();
  ASSERT_EQ(expected.size(), 4u);
  for (const auto& record : expected) {
    ASSERT_TRUE(put_out_.AwaitRevision(record.tenant.value(), record.revision))
        << record.tenant.value();
  }
  const auto records = live_->Records(replay.as_of());
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(events::ToJson((*records)[i], false), events::ToJson(expected[i], false));
    EXPECT_EQ((*records)[i].risk.score, 0.75);
  }
  EXPECT_EQ(*live_->Lag(), 0u);
}

// The days come one after the other while events of days to come keep coming, more than memory may
// hold; killed and started again on the way, also while what waited is counted: the numbers are
// those of the replay, for today as for every day to come.
TEST_P(LiveAnalyticsTest, CountsEventsOfDaysToComeAsTheReplayDoes) {
  const auto seed = static_cast<uint64_t>(GetParam());
  SCOPED_TRACE(fmt::format("seed {}", seed));
  EventLines dice(seed + 2000);
  options_.waiting_bytes_max = 2000;
  clock_.Set(absl::FromUnixSeconds(int64_t{20'000} * 86'400));
  std::vector<std::string> lines;
  const auto look = [&](base::Day day) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (*live_->Lag() > 0 && absl::Now() < deadline) std::this_thread::yield();
    Replay replay(base::ToInstant(absl::FromUnixSeconds(int64_t{day} * 86'400)));
    for (const std::string& line : lines) replay.ReadLine(line);
    const auto records = live_->Records(replay.as_of());
    ASSERT_TRUE(records.ok()) << records.status();
    const auto expected = replay.Records();
    ASSERT_EQ(records->size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(events::ToJson((*records)[i], false), events::ToJson(expected[i], false));
    }
  };
  base::Day today = 20'000;
  Start();
  for (const auto& [stream, line] : StreamsAndLines(seed, 3000)) {
    const size_t at = line.find("\"tenantid\":\"") + 12;
    Append(stream, line, line.substr(at, line.find('"', at) - at));
    lines.push_back(line);
    if (dice.Below(20) == 0) {
      today += static_cast<base::Day>(dice.Below(3));
      clock_.Set(absl::FromUnixSeconds(int64_t{today} * 86'400));
    }
    if (dice.Below(200) == 0) {
      const bool kill = dice.Below(2) == 0;
      if (kill) faults_.Fail("activity.checkpoint", absl::UnavailableError("killed"), 0, 1'000'000);
      live_.reset();
      faults_.Fail("activity.checkpoint", absl::OkStatus(), 0, 0);
      options_.shards = static_cast<int64_t>(1 + dice.Below(3));
      Start();
    }
    if (dice.Below(300) == 0) look(today + static_cast<base::Day>(dice.Below(120)));
  }
  look(20'200);
  clock_.Set(absl::FromUnixSeconds(int64_t{20'201} * 86'400));
  look(20'201);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveAnalyticsTest, testing::Range(1, 7));

using LiveAnalyticsOnce = LiveAnalyticsTest;
INSTANTIATE_TEST_SUITE_P(, LiveAnalyticsOnce, testing::Values(0));

TEST_P(LiveAnalyticsOnce, TakesOverStatesThatHoldWhatWaitsThemselves) {
  const auto day = [](int days) { return absl::FromUnixSeconds(int64_t{20'210 + days} * 86'400); };
  const auto jobs = [&](int days) {
    const auto record = live_->Record(base::TenantId("acme"), base::ToInstant(day(days)));
    return record.ok() ? record->job30 : -1;
  };
  Analytics before(base::ToInstant(day(0)).day());
  events::EventParser parser;
  for (const auto& line : {JobLine("now"), JobLine("tomorrow", "2025-05-03"),
                           JobLine("the day after", "2025-05-04")}) {
    events::EventView event;
    ASSERT_TRUE(parser.Parse(line, event).ok());
    before.Apply(event, line);
  }
  ASSERT_NO_FATAL_FAILURE(WriteFormatBefore(before));
  options_.waiting_bytes_max = 1;  // so that it moves to its new place at once
  for (const int today : {0, 1, 2}) {
    clock_.Set(day(today));
    ASSERT_NO_FATAL_FAILURE(Start());
    AppendJob("now");  // a repeat
    const absl::Time deadline = absl::Now() + kPatience;
    while (*live_->Lag() > 0 && absl::Now() < deadline) std::this_thread::yield();
    for (int ahead = today; ahead < 3; ++ahead) EXPECT_EQ(jobs(ahead), ahead + 1) << today;
  }
}

TEST_P(LiveAnalyticsOnce, PassesOverRecordsThatAreNoEvents) {
  Start();
  for (const char* broken : {"", "{", "[]", "{\"specversion\":\"1.0\"}", "\xff\xfe"}) {
    Append("bigdatajobs", broken, "acme");
  }
  AppendJob("j1");
  ASSERT_TRUE(put_out_.AwaitRevision("acme", 1));
  EXPECT_EQ(live_->Record(base::TenantId("acme"), std::nullopt)->job30, 1);
  EXPECT_TRUE(live_->Ready().ok());
  EXPECT_NE(
      metrics_->PrometheusText().find("tenantry_activity_events_total{outcome=\"rejected\"} 5"),
      std::string::npos);
}

TEST_P(LiveAnalyticsOnce, PutsOutAgainAfterARestartWhatMayNotHaveBeen) {
  Start();
  faults_.Fail("eventlog.append", absl::UnavailableError("planted"), 0, 1'000'000);
  AppendJob("j1");
  const auto counted = [&] { return *live_->Lag() == 0; };
  const absl::Time deadline = absl::Now() + kPatience;
  while (!counted() && absl::Now() < deadline) std::this_thread::yield();
  ASSERT_TRUE(counted());
  EXPECT_EQ(put_out_.times(), 0u);
  live_.reset();  // checkpointed, never put out
  faults_.Fail("eventlog.append", absl::OkStatus(), 0, 0);
  Start();
  EXPECT_TRUE(put_out_.AwaitRevision("acme", 1));
}

TEST_P(LiveAnalyticsOnce, KeepsTheLastScoreAsStaleWhileTheScorerFails) {
  Start();
  AppendJob("j1");
  using Status = events::Risk::Status;
  ASSERT_TRUE(put_out_.Await("acme", [](const auto& r) { return r.risk.score.has_value(); }));
  faults_.Fail("scoring.score", absl::UnavailableError("planted"), 0, 1);
  AppendJob("j2");
  ASSERT_TRUE(put_out_.Await("acme", [](const auto& r) {
    return r.revision == 2 && r.risk.status == Status::kStale && r.risk.score == 0.75;
  }));
  AppendJob("j3");
  ASSERT_TRUE(put_out_.Await("acme", [](const auto& r) {
    return r.revision == 3 && r.risk.status == Status::kFresh && r.risk.score == 0.75;
  }));
}

TEST_P(LiveAnalyticsOnce, IsUnknownWithoutAModelAndNeverNo) {
  faults_.Fail("scoring.score", absl::FailedPreconditionError("no model"), 0, 1'000'000);
  Start();
  AppendJob("j1");
  ASSERT_TRUE(put_out_.AwaitRevision("acme", 1));
  const auto record = live_->Record(base::TenantId("acme"), std::nullopt);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->risk.status, events::Risk::Status::kUnknown);
  EXPECT_FALSE(record->risk.churn.has_value());
  EXPECT_FALSE(record->risk.score.has_value());
}

TEST_P(LiveAnalyticsOnce, ScoresEverybodyAgainWhenTheModelChanged) {
  Start();
  AppendJob("j1");
  ASSERT_TRUE(put_out_.AwaitRevision("acme", 1));
  const size_t scored = fake_.batches().size();
  const size_t before = put_out_.times();
  live_->ModelChanged();
  ASSERT_TRUE(put_out_.Await("acme", [&](const auto&) { return true; }));
  const absl::Time deadline = absl::Now() + kPatience;
  while (put_out_.times() == before && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_GT(put_out_.times(), before);
  EXPECT_GT(fake_.batches().size(), scored);
}

TEST_P(LiveAnalyticsOnce, ReadsPresentRecordsAnewAfterEveryEventAndScore) {
  Start();
  const auto present = [this] {
    std::vector<events::CompanyRecord> found;
    EXPECT_TRUE(live_->ReadPresent([&](const auto& records) { found = records; }).ok());
    return found;
  };
  EXPECT_TRUE(present().empty());
  for (uint64_t revision = 1; revision <= 3; ++revision) {
    AppendJob(fmt::format("j{}", revision));
    ASSERT_TRUE(put_out_.AwaitRevision("acme", revision));
    const auto found = present();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].revision, revision);
    EXPECT_EQ(found[0].risk.status, events::Risk::Status::kFresh);
  }
  const auto all = live_->Records(std::nullopt);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(events::ToJson(present().front(), false), events::ToJson(all->front(), false));
}

TEST_P(LiveAnalyticsOnce, AnswersNotFoundForWhomNothingIsKnown) {
  Start();
  AppendJob("j1");
  ASSERT_TRUE(put_out_.AwaitRevision("acme", 1));
  EXPECT_TRUE(absl::IsNotFound(live_->Record(base::TenantId("who"), std::nullopt).status()));
  // Further back than the buckets reach only the archive knows, and that is away.
  const auto past = live_->Record(
      base::TenantId("acme"), base::ParseRfc3339("2025-01-01T00:00:00Z").value_or(base::Instant()));
  EXPECT_FALSE(past.ok());
}

}  // namespace
}  // namespace tenantry::activity
