#include "activity/replay/history_replay.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

#include "activity/replay/replay.h"
#include "activity/state/event_lines_testing.h"
#include "base/status.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "events/event.h"
#include "lake/archive/excerpts/flush_excerpt.h"
#include "scoring/embedded/fake_scorer.h"
#include "scoring/embedded/faulty_scorer.h"

namespace tenantry::activity {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

base::Instant At(std::string_view time) {
  const auto instant = base::ParseRfc3339(time);
  EXPECT_TRUE(instant.ok()) << instant.status();
  return instant.value_or(base::Instant());
}

std::string Job(const std::string& tenant, const std::string& id, const std::string& time) {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s",)"
                     R"("type":"io.tenantry.job.submitted","time":"{}","tenantid":"{}",)"
                     R"("data":{{}}}})",
                     id, time, tenant);
}

// A history of one partition that holds `values`.
HistoryReader Holding(const std::vector<std::string>& values,
                      std::string_view content_type = eventlog::kUsualContentType,
                      absl::Time appended = absl::UnixEpoch()) {
  return [&values, content_type, appended](const auto&, const auto& take) -> absl::Status {
    for (size_t i = 0; i < values.size(); ++i) {
      const PlacedRecord placed = {
          {"acme", values[i], content_type}, eventlog::LogOffset(i), appended};
      TENANTRY_RETURN_IF_ERROR(take({"bigdatajobs", "0"}, placed));
    }
    return absl::OkStatus();
  };
}

class HistoryReplayTest : public testing::TestWithParam<int> {};

// At every day, its first and its last instant, the numbers are those of the replay of the files.
TEST_P(HistoryReplayTest, KnowsWhatTheReplayKnowsAtEveryBorder) {
  const auto seed = static_cast<uint64_t>(GetParam());
  SCOPED_TRACE(fmt::format("seed {}", seed));
  const std::vector<std::string> lines = EventLines(seed).Take(1500);
  Replay whole(std::nullopt);
  for (const std::string& line : lines) whole.ReadLine(line);
  constexpr int64_t kDaySeconds = 86'400;
  size_t compared = 0;
  for (base::Day day = whole.as_of().day() - 130; day <= whole.as_of().day() + 1; day += 3) {
    for (const base::Instant as_of : {base::Instant{day * kDaySeconds, 0},
                                      base::Instant{day * kDaySeconds + 86'399, 999'999'999}}) {
      Replay expected(as_of);
      for (const std::string& line : lines) expected.ReadLine(line);
      HistoryReplay replay(as_of, absl::InfiniteDuration());
      ASSERT_TRUE(replay.Read(Holding(lines), std::nullopt).ok());
      for (const auto& wanted : expected.Records()) {
        events::CompanyRecord record;
        ASSERT_TRUE(replay.Find(wanted.tenant, record)) << wanted.tenant.value();
        EXPECT_EQ(events::ToJson(record, false), events::ToJson(wanted, false));
        ++compared;
      }
      for (const auto& known : whole.Records()) {
        events::CompanyRecord record;
        const auto records = expected.Records();
        const bool wanted = std::ranges::any_of(
            records, [&](const auto& other) { return other.tenant == known.tenant; });
        EXPECT_EQ(replay.Find(known.tenant, record), wanted);
      }
    }
  }
  EXPECT_GT(compared, 50u);
}

// An excerpt of the events, as the lake keeps it, gives the same records.
TEST_P(HistoryReplayTest, KnowsFromAnExcerptWhatItKnowsFromTheEvents) {
  const auto seed = static_cast<uint64_t>(GetParam());
  SCOPED_TRACE(fmt::format("seed {}", seed));
  const std::vector<std::string> lines = EventLines(seed).Take(1500);
  lake::archive::RowExcerpter excerpter;
  for (size_t i = 0; i < lines.size(); ++i) {
    excerpter.Add({"bigdatajobs", "0"}, eventlog::LogOffset(i), absl::UnixEpoch(),
                  eventlog::kUsualContentType, lines[i]);
  }
  constexpr std::string_view kSeal = "0123456789abcdef";
  const auto excerpt = lake::archive::Excerpt::Parse(excerpter.Finish(kSeal), kSeal);
  ASSERT_TRUE(excerpt.ok()) << excerpt.status();
  const EventsReader events = [&](EventsPlace&, const auto& take) {
    return excerpt->ForEach(take);
  };
  size_t compared = 0;
  for (base::Day day = 20'000; day <= 20'201; day += 7) {
    const base::Instant as_of{int64_t{day} * 86'400, 0};
    HistoryReplay by_events(as_of, absl::InfiniteDuration());
    ASSERT_TRUE(by_events.Read(Holding(lines), std::nullopt).ok());
    HistoryReplay by_excerpt(as_of, absl::InfiniteDuration());
    ASSERT_TRUE(by_excerpt.ReadAll(events).ok());
    const auto expected = by_events.Records(), records = by_excerpt.Records();
    ASSERT_EQ(records.size(), expected.size());
    for (size_t i = 0; i < records.size(); ++i, ++compared) {
      EXPECT_EQ(events::ToJson(records[i], false), events::ToJson(expected[i], false));
    }
  }
  EXPECT_GT(compared, 50u);
  HistoryReplay late({int64_t{20'000} * 86'400, 0}, -absl::InfiniteDuration());
  EXPECT_EQ(late.ReadAll(events).code(), absl::StatusCode::kDeadlineExceeded);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryReplayTest, testing::Range(1, 5));

TEST(HistoryReplay, CountsToTheLastInstantOfTheDayAndNoFurther) {
  const std::vector<std::string> values = {
      Job("acme", "1", "2025-05-01T23:59:59.999999999Z"), Job("acme", "2", "2025-05-02T00:00:00Z"),
      Job("acme", "3", "2025-05-02T01:30:00+02:00")};  // still the first of May
  const auto jobs = [&](std::string_view as_of) {
    HistoryReplay replay(At(as_of), absl::InfiniteDuration());
    EXPECT_TRUE(replay.Read(Holding(values), std::nullopt).ok());
    events::CompanyRecord record;
    return replay.Find(base::TenantId("acme"), record) ? static_cast<int>(record.job30) : -1;
  };
  EXPECT_EQ(jobs("2025-04-30T23:59:59.999Z"), -1) << "no event then";
  EXPECT_EQ(jobs("2025-05-01T00:00:00Z"), 2);
  EXPECT_EQ(jobs("2025-05-01T23:59:59.999999999Z"), 2);
  EXPECT_EQ(jobs("2025-05-02T00:00:00Z"), 3);
  EXPECT_EQ(jobs("2025-05-30T00:00:00Z"), 3);
  EXPECT_EQ(jobs("2025-05-31T00:00:00Z"), 1);
  EXPECT_EQ(jobs("2025-06-01T00:00:00Z"), 0);
}

TEST(HistoryReplay, LetsTheFirstCopyWinThoughItIsOfALaterDay) {
  const std::vector<std::string> values = {Job("acme", "1", "2025-05-09T00:00:00Z"),
                                           Job("acme", "1", "2025-05-01T00:00:00Z"),
                                           Job("acme", "2", "2025-05-01T00:00:00Z")};
  HistoryReplay replay(At("2025-05-05T00:00:00Z"), absl::InfiniteDuration());
  ASSERT_TRUE(replay.Read(Holding(values), std::nullopt).ok());
  events::CompanyRecord record;
  ASSERT_TRUE(replay.Find(base::TenantId("acme"), record));
  EXPECT_EQ(record.job30, 1u);
  EXPECT_EQ(record.revision, 1u);
}

TEST(HistoryReplay, PassesOverWhatWasRejected) {
  const std::vector<std::string> values = {"",
                                           "{",
                                           "\xff",
                                           "[]",
                                           Job("", "1", "2025-05-01T00:00:00Z"),
                                           Job("acme", "1", "yesterday"),
                                           Job("acme", "1", "2025-05-01T00:00:00Z")};
  HistoryReplay replay(At("2025-05-05T00:00:00Z"), absl::InfiniteDuration());
  ASSERT_TRUE(replay.Read(Holding(values), std::nullopt).ok());
  events::CompanyRecord record;
  ASSERT_TRUE(replay.Find(base::TenantId("acme"), record));
  EXPECT_EQ(record.job30, 1u);
}

TEST(HistoryReplay, TellsPlainFormsApartByTheirPlace) {
  const std::vector<std::string> values = {R"({"companyID":"acme","userID":"u","nbJobs":2})",
                                           R"({"companyID":"acme","userID":"u","nbJobs":2})"};
  HistoryReplay replay(At("2025-05-05T00:00:00Z"), absl::InfiniteDuration());
  const HistoryReader history =
      Holding(values, events::kPlainType, base::ToTime(At("2025-05-01T00:00:00Z")));
  ASSERT_TRUE(replay.Read(history, std::nullopt).ok());
  ASSERT_TRUE(replay.Read(history, std::nullopt).ok()) << "read twice, counted once";
  events::CompanyRecord record;
  ASSERT_TRUE(replay.Find(base::TenantId("acme"), record));
  EXPECT_EQ(record.job30, 4u);
}

TEST(HistoryReplay, GivesUpAtItsDeadline) {
  const std::vector<std::string> values(5000, Job("acme", "1", "2025-05-01T00:00:00Z"));
  HistoryReplay late(At("2025-05-05T00:00:00Z"), -absl::InfiniteDuration());
  const absl::Status status = late.Read(Holding(values), std::nullopt);
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_NE(base::Message(status).find("activity.history_timeout"), std::string_view::npos);
}

TEST(HistoryReplay, PassesTheReadersErrorOn) {
  HistoryReplay replay(At("2025-05-05T00:00:00Z"), absl::InfiniteDuration());
  const auto failing = [](const auto&, const auto&) { return absl::DataLossError("planted"); };
  EXPECT_TRUE(absl::IsDataLoss(replay.Read(failing, std::nullopt)));
}

// The live analytics with the log itself as the history.
class HistoryOfLive : public testing::Test {
 protected:
  HistoryOfLive() {
    live_ = std::make_unique<LiveAnalytics>(
        folder_, LiveOptions{},
        LiveInputs{log_, faulty_scorer_, clock_, faults_, metrics_, nullptr,
                   [this](const auto& tenant, const auto& take) { return Read(tenant, take); },
                   [](const base::TenantId&) { return true; }, [](const auto&) {}});
    EXPECT_TRUE(live_->Start().ok());
    Append("acme", "2025-04-01T12:00:00Z");
    Append("acme", "2025-04-01T23:59:59.999999999Z");
    Append("acme", "2025-04-02T00:00:00Z");
    Append("other", "2025-04-01T12:00:00Z");
    Append("third", "2025-04-05T12:00:00Z");
    AwaitCounted();
  }
  ~HistoryOfLive() override {
    live_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Append(const std::string& tenant, const std::string& time) {
    const std::string id = std::to_string(++appended_);
    ASSERT_TRUE(log_.Append("bigdatajobs", {{tenant, Job(tenant, id, time)}}).ok());
  }

  void AwaitCounted() const {
    const absl::Time deadline = absl::Now() + kPatience;
    while (*live_->Lag() > 0 && absl::Now() < deadline) std::this_thread::yield();
    ASSERT_EQ(*live_->Lag(), 0u);
  }

  absl::Status Read(
      const std::optional<base::TenantId>& tenant,
      const std::function<absl::Status(const eventlog::PartitionId&, const PlacedRecord&)>& take) {
    asked_.push_back(tenant ? tenant->value() : "everybody");
    if (!history_.ok()) return history_;
    const auto partitions = *log_.Partitions("bigdatajobs");
    for (const auto& partition : partitions) {
      TENANTRY_ASSIGN_OR_RETURN(auto reader, log_.Read(partition.id, partition.begin));
      while (true) {
        TENANTRY_ASSIGN_OR_RETURN(const auto batch, reader->Next(absl::ZeroDuration()));
        if (batch.records.empty()) break;
        for (size_t i = 0; i < batch.records.size(); ++i) {
          if (tenant && batch.records[i].key != tenant->value()) continue;
          TENANTRY_RETURN_IF_ERROR(
              take(partition.id, {batch.records[i], batch.OffsetOf(i), batch.appended}));
        }
      }
    }
    return absl::OkStatus();
  }

  // The jobs of acme's record; -1 when there is none.
  int Jobs(std::string_view as_of) const {
    const auto record = live_->Record(base::TenantId("acme"), At(as_of));
    EXPECT_TRUE(record.ok() || absl::IsNotFound(record.status())) << record.status();
    if (!record.ok()) return -1;
    EXPECT_EQ(record->as_of, At(as_of));
    return static_cast<int>(record->job30);
  }

  // Who has a record, and with how many jobs.
  std::map<std::string, int> AllJobs(std::string_view as_of) const {
    const auto records = live_->Records(At(as_of));
    EXPECT_TRUE(records.ok()) << records.status();
    std::map<std::string, int> jobs;
    for (const auto& record : *records) {
      jobs[record.tenant.value()] = static_cast<int>(record.job30);
    }
    return jobs;
  }

  static inline int made_ = 0;
  const std::string folder_ =
      fmt::format("{}/history_{}_{}", testing::TempDir(), getpid(), ++made_);
  base::ManualClock clock_{base::ToTime(At("2025-04-10T06:00:00Z"))};
  base::ScriptedFaults faults_;
  eventlog::InMemoryEventLog log_{{}, clock_};
  scoring::embedded::FakeScorer scorer_{
      "m", [](const scoring::FeatureRow& row) {
        const auto job30 = row.find("job30");
        const double jobs = job30 == row.end() ? -1 : std::get<double>(job30->second);
        return scoring::Score{jobs / 10, true, {{"job30", std::to_string(jobs), 1}}};
      }};
  scoring::embedded::FaultyScorer faulty_scorer_{scorer_, faults_};
  runtime::Metrics metrics_;
  absl::Status history_;
  std::vector<std::string> asked_;
  int appended_ = 0;
  std::unique_ptr<LiveAnalytics> live_;
};

TEST_F(HistoryOfLive, AnswersFromTheBucketsWhatLiesInThem) {
  EXPECT_EQ(Jobs("2025-04-10T06:00:00Z"), 3);
  EXPECT_EQ(Jobs("2025-04-02T00:00:00Z"), 3) << "the first instant of the last event's day";
  EXPECT_EQ(Jobs("2025-05-01T00:00:00Z"), 1) << "the first of April is 30 days ago";
  EXPECT_EQ(Jobs("2025-05-02T00:00:00Z"), 0);
  EXPECT_EQ(AllJobs("2025-04-05T00:00:00Z"),
            (std::map<std::string, int>{{"acme", 3}, {"other", 1}, {"third", 1}}));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(HistoryOfLive, AsksTheHistoryForWhatLiesFurtherBack) {
  EXPECT_EQ(Jobs("2025-04-01T23:59:59.999999999Z"), 2);
  EXPECT_EQ(asked_, std::vector<std::string>{"acme"});
  EXPECT_EQ(Jobs("2025-04-01T00:00:00Z"), 2);
  EXPECT_EQ(asked_.size(), 1u) << "another instant of the same day";
  const auto record = live_->Record(base::TenantId("acme"), At("2025-04-01T00:00:00Z"));
  EXPECT_EQ(record->revision, 2u);
  EXPECT_TRUE(record->registered_here);
  EXPECT_NE(metrics_.PrometheusText().find("tenantry_activity_history_replays_total 1\n"),
            std::string::npos);
}

TEST_F(HistoryOfLive, KnowsNobodyBeforeTheFirstEvent) {
  EXPECT_EQ(Jobs("2025-03-31T23:59:59.999Z"), -1);
  EXPECT_EQ(AllJobs("2025-03-31T23:59:59.999Z"), (std::map<std::string, int>{}));
  EXPECT_EQ(asked_, (std::vector<std::string>{"acme", "everybody"}));
  const auto stranger = live_->Record(base::TenantId("who"), At("2025-03-31T00:00:00Z"));
  EXPECT_TRUE(absl::IsNotFound(stranger.status()));
  EXPECT_EQ(asked_.size(), 2u) << "whom nothing is known of is not looked for";
}

TEST_F(HistoryOfLive, MixesBucketsAndHistory) {
  EXPECT_EQ(AllJobs("2025-04-01T00:00:00Z"),
            (std::map<std::string, int>{{"acme", 2}, {"other", 1}}));
  EXPECT_EQ(asked_, std::vector<std::string>{"everybody"}) << "of two";
  EXPECT_EQ(AllJobs("2025-04-04T00:00:00Z"),
            (std::map<std::string, int>{{"acme", 3}, {"other", 1}}));
  EXPECT_EQ(asked_.back(), "third") << "of one alone";
}

TEST_F(HistoryOfLive, SeesTheRiskOfThenInARecordOfThen) {
  for (const auto& [as_of, jobs] : std::map<std::string, int>{
           {"2025-04-01T00:00:00Z", 2}, {"2025-04-02T00:00:00Z", 3}, {"2025-04-09T00:00:00Z", 3}}) {
    const auto record = live_->Record(base::TenantId("acme"), At(as_of));
    ASSERT_TRUE(record.ok()) << record.status();
    EXPECT_EQ(record->risk.status, events::Risk::Status::kFresh) << as_of;
    EXPECT_EQ(record->risk.as_of, At(as_of));
    EXPECT_EQ(record->risk.score, jobs / 10.0) << as_of;
    const auto records = live_->Records(At(as_of));
    ASSERT_TRUE(records.ok());
    EXPECT_EQ(records->front().risk.score, jobs / 10.0) << as_of;
  }
}

TEST_F(HistoryOfLive, SeesNoRiskOfThenWithoutAScore) {
  for (const absl::Status& failure :
       {absl::UnavailableError("planted"), absl::FailedPreconditionError("no model")}) {
    faults_.Fail("scoring.score", failure, 0, 1'000'000);
    const auto record = live_->Record(base::TenantId("acme"), At("2025-04-01T00:00:00Z"));
    ASSERT_TRUE(record.ok()) << record.status();
    EXPECT_EQ(record->job30, 2u);
    EXPECT_EQ(record->risk.status, events::Risk::Status::kUnknown);
    EXPECT_FALSE(record->risk.score.has_value());
  }
}

TEST_F(HistoryOfLive, ReadsAgainOnceAnEventChangedTheDay) {
  EXPECT_EQ(Jobs("2025-04-01T00:00:00Z"), 2);
  Append("acme", "2025-04-03T00:00:00Z");
  AwaitCounted();
  EXPECT_EQ(Jobs("2025-04-01T00:00:00Z"), 2);
  EXPECT_EQ(asked_.size(), 1u) << "an event of a later day changes nothing";
  Append("acme", "2025-03-20T00:00:00Z");
  AwaitCounted();
  EXPECT_EQ(Jobs("2025-04-01T00:00:00Z"), 3);
  EXPECT_EQ(asked_.size(), 2u);
}

TEST_F(HistoryOfLive, SaysThatTheHistoryCannotBeRead) {
  history_ = absl::UnavailableError("planted");
  EXPECT_TRUE(absl::IsUnavailable(
      live_->Record(base::TenantId("acme"), At("2025-04-01T00:00:00Z")).status()));
  EXPECT_TRUE(absl::IsUnavailable(live_->Records(At("2025-04-01T00:00:00Z")).status()));
  EXPECT_EQ(Jobs("2025-04-02T00:00:00Z"), 3);
}

TEST_F(HistoryOfLive, CountsEventsOfDaysToComeWhenTheyAreAskedFor) {
  Append("acme", "2025-04-12T00:00:00Z");
  const absl::Time deadline = absl::Now() + kPatience;
  while (*live_->Lag() > 0 && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_EQ(Jobs("2025-04-11T23:59:59.999Z"), 3);
  EXPECT_EQ(Jobs("2025-04-12T00:00:00Z"), 4);
  EXPECT_EQ(Jobs("2025-04-10T06:00:00Z"), 3);
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace tenantry::activity
