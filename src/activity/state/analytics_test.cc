#include "activity/state/analytics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "activity/state/event_lines_testing.h"
#include "base/status.h"

namespace tenantry::activity {
namespace {

constexpr base::Day kEver = INT32_MAX;
constexpr base::Day kLastDay = 20'200;
constexpr int kSeeds = 6;

base::Instant EndOf(base::Day day) { return {(int64_t{day} + 1) * base::kSecondsPerDay - 1, 0}; }

Outcome Apply(Analytics& analytics, const std::string& line) {
  events::EventParser parser;
  events::EventView event;
  EXPECT_TRUE(parser.Parse(line, event).ok()) << line;
  return analytics.Apply(event, line);
}

// Every record as of a day, by tenant, with what only the live service shows of it.
std::map<std::string, std::string> Records(const Analytics& analytics, base::Day day = kLastDay) {
  std::map<std::string, std::string> records;
  for (const base::TenantId& tenant : analytics.Tenants()) {
    events::CompanyRecord record;
    const Found found = analytics.Find(tenant.value(), EndOf(day), record);
    EXPECT_NE(found, Found::kNeedsHistory);
    if (found != Found::kRecord) continue;
    std::string asked;
    for (const base::Day asked_day : record.active_days30) asked += fmt::format(" {}", asked_day);
    records[tenant.value()] = events::ToJson(record, true) + asked;
  }
  return records;
}

std::map<std::string, std::string> Counted(const std::vector<std::string>& lines,
                                           base::Day day = kLastDay) {
  Analytics analytics(kEver);
  for (const std::string& line : lines) Apply(analytics, line);
  return Records(analytics, day);
}

// The first copy of each event that is sent several times: which one comes first matters.
std::vector<std::string> FirstCopies(const std::vector<std::string>& lines) {
  std::vector<std::string> first;
  Analytics analytics(kEver);
  for (const std::string& line : lines) {
    if (Apply(analytics, line) == Outcome::kCounted) first.push_back(line);
  }
  return first;
}

class ForSeeds : public testing::TestWithParam<int> {
 protected:
  EventLines source_{static_cast<uint64_t>(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Analytics, ForSeeds, testing::Range(1, kSeeds + 1));

TEST_P(ForSeeds, AnyOrderGivesTheSameRecords) {
  std::vector<std::string> lines = FirstCopies(source_.Take(2000));
  const auto expected = Counted(lines);
  ASSERT_EQ(expected.size(), 4u);
  for (int i = 0; i < 3; ++i) {
    source_.Shuffle(lines);
    EXPECT_EQ(Counted(lines), expected);
  }
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(Counted(lines), expected);
}

TEST_P(ForSeeds, RepeatsChangeNothing) {
  const std::vector<std::string> lines = FirstCopies(source_.Take(1000));
  std::vector<std::string> twice = lines;
  for (const std::string& line : lines) twice.push_back(line);
  EXPECT_EQ(Counted(twice), Counted(lines));
}

TEST_P(ForSeeds, BatchesGiveWhatSingleEventsGive) {
  const std::vector<std::string> lines = source_.Take(2000);
  Analytics single(20'060), batched(20'060);
  events::EventParser parser;
  for (size_t begin = 0; begin < lines.size();) {
    const size_t size = std::min<size_t>(source_.Below(300), lines.size() - begin);
    std::vector<ParsedEvent> batch(size);
    std::vector<Outcome> outcomes(size);
    for (size_t i = 0; i < size; ++i) {
      batch[i].json = lines[begin + i];
      ASSERT_TRUE(parser.ParseMore(batch[i].json, batch[i].event).ok());
    }
    batched.ApplyBatch(batch, absl::MakeSpan(outcomes));
    for (size_t i = 0; i < size; ++i) {
      EXPECT_EQ(outcomes[i], Apply(single, lines[begin + i])) << lines[begin + i];
    }
    begin += size;
  }
  EXPECT_EQ(Records(batched), Records(single));
}

TEST_P(ForSeeds, CheckpointsAtAnyPointChangeNothing) {
  const std::vector<std::string> lines = source_.Take(2000);
  const base::Day today = 20'090;
  Analytics whole(today);
  auto running = std::make_unique<Analytics>(today);
  std::map<std::string, std::string> states;
  std::vector<std::pair<std::string, std::string>> seen;
  std::set<std::string> changed;
  for (const std::string& line : lines) {
    events::EventParser parser;
    events::EventView event;
    ASSERT_TRUE(parser.Parse(line, event).ok());
    EXPECT_EQ(running->Apply(event, line), whole.Apply(event, line));
    changed.insert(std::string(event.tenant));
    if (source_.Below(100) != 0) continue;
    for (const std::string& tenant : changed) {
      states[tenant] = running->EncodeState(tenant);
      SeenChunk chunk = running->TakeSeenChunk(tenant);
      if (chunk.is_whole) std::erase_if(seen, [&](const auto& one) { return one.first == tenant; });
      seen.emplace_back(tenant, std::move(chunk.hashes));
    }
    changed.clear();
    running = std::make_unique<Analytics>(today);
    for (const auto& [tenant, bytes] : states) {
      ASSERT_TRUE(running->RestoreState(base::TenantId(tenant), bytes).ok());
    }
    for (const auto& [tenant, bytes] : seen) {
      ASSERT_TRUE(running->RestoreSeen(base::TenantId(tenant), bytes).ok());
    }
  }
  EXPECT_EQ(Records(*running), Records(whole));
  running->AdvanceTo(kLastDay);
  whole.AdvanceTo(kLastDay);
  EXPECT_EQ(Records(*running), Records(whole));
  EXPECT_EQ(Records(whole), Counted(lines));
}

TEST_P(ForSeeds, ShardsGiveWhatOneGives) {
  const std::vector<std::string> lines = source_.Take(2000);
  std::vector<std::unique_ptr<Analytics>> shards;
  for (int i = 0; i < 3; ++i) shards.push_back(std::make_unique<Analytics>(kEver));
  for (const std::string& line : lines) {
    events::EventParser parser;
    events::EventView event;
    ASSERT_TRUE(parser.Parse(line, event).ok());
    shards[std::hash<std::string_view>()(event.tenant) % shards.size()]->Apply(event, line);
  }
  std::map<std::string, std::string> records;
  for (const auto& shard : shards) records.merge(Records(*shard));
  EXPECT_EQ(records, Counted(lines));
}

TEST_P(ForSeeds, EventsOfLaterDaysWaitForThem) {
  const std::vector<std::string> lines = source_.Take(2000);
  Analytics analytics(20'000);
  for (const std::string& line : lines) Apply(analytics, line);
  for (const base::Day day : {20'000, 20'030, 20'031, 20'090, 20'119, 20'120, kLastDay}) {
    analytics.AdvanceTo(day);
    Analytics until(day);
    for (const std::string& line : lines) Apply(until, line);
    EXPECT_EQ(Records(analytics, day), Records(until, day)) << day;
  }
  EXPECT_EQ(Records(analytics), Counted(lines));
}

TEST_P(ForSeeds, AnAsOfDayAheadCountsWhatWaitsForIt) {
  const std::vector<std::string> lines = source_.Take(500);
  Analytics today(20'030);
  for (const std::string& line : lines) Apply(today, line);
  for (const base::Day day : {20'031, 20'090, kLastDay}) {
    Analytics then(day);
    for (const std::string& line : lines) Apply(then, line);
    EXPECT_EQ(Records(today, day), Records(then, day)) << day;
  }
}

TEST_P(ForSeeds, DamagedStatesAreRefusedOrRead) {
  Analytics analytics(20'090);
  for (const std::string& line : source_.Take(300)) Apply(analytics, line);
  const std::string whole = analytics.EncodeState("t1");
  const base::TenantId tenant("t1");
  for (size_t size = 0; size < whole.size(); size += 1 + source_.Below(20)) {
    Analytics other(20'090);
    EXPECT_EQ(other.RestoreState(tenant, whole.substr(0, size)).code(),
              absl::StatusCode::kDataLoss);
  }
  for (int i = 0; i < 300; ++i) {
    std::string damaged = whole;
    damaged[source_.Below(damaged.size())] ^= static_cast<char>(1 << source_.Below(8));
    Analytics other(20'090);
    if (!other.RestoreState(tenant, damaged).ok()) continue;
    events::CompanyRecord record;
    other.Find("t1", EndOf(kLastDay), record);
  }
}

std::string Line(std::string_view type, std::string_view id, std::string_view time,
                 std::string_view data) {
  return fmt::format(
      R"({{"specversion":"1.0","id":"{}","source":"/s","type":"io.tenantry.{}","time":"{}",)"
      R"("tenantid":"t","data":{{{}}}}})",
      id, type, time, data);
}

events::CompanyRecord RecordOf(const std::vector<std::string>& lines, std::string_view day) {
  Analytics analytics(kEver);
  for (const std::string& line : lines) Apply(analytics, line);
  events::CompanyRecord record;
  EXPECT_EQ(analytics.Find("t", EndOf(*base::ParseDay(day)), record), Found::kRecord);
  return record;
}

TEST(Analytics, AWindowHoldsItsLastDayAndThoseBefore) {
  const std::vector<std::string> lines = {
      Line("job.submitted", "1", "2025-01-01T00:00:00Z", ""),
      Line("job.submitted", "2", "2025-01-30T23:59:59.999999999Z", R"("nbJobs":5)"),
      Line("user.logged_in", "3", "2025-01-01T12:00:00Z", R"("userID":"u","sessionID":"s")")};
  const auto in = RecordOf(lines, "2025-01-30"), out = RecordOf(lines, "2025-01-31");
  EXPECT_EQ(in.job30, 6);
  EXPECT_EQ(in.sessions30, 1);
  EXPECT_EQ(in.active_users30, 1);
  EXPECT_EQ(out.job30, 5);
  EXPECT_EQ(out.sessions30, 0);
  EXPECT_EQ(out.active_users30, 0);
  EXPECT_EQ(RecordOf(lines, "2025-03-31").job90, 6);
  EXPECT_EQ(RecordOf(lines, "2025-04-01").job90, 5);
}

TEST(Analytics, ASessionStaysEndedWhenSomebodyLogsInAgain) {
  std::vector<std::string> lines = {
      Line("user.logged_in", "first", "2025-01-01T12:00:00Z", R"("userID":"u","sessionID":"s")")};
  for (int i = 0; i < 400; ++i) {
    lines.push_back(Line("user.logged_in", fmt::format("{}", i),
                         fmt::format("2025-{:02}-{:02}T00:00:00Z", 2 + i / 100, 1 + i % 28),
                         fmt::format(R"("userID":"u","sessionID":"s{}")", i)));
  }
  lines.push_back(
      Line("user.logged_in", "last", "2025-07-01T12:00:00Z", R"("userID":"u","sessionID":"s")"));
  EXPECT_EQ(RecordOf(lines, "2025-07-01").sessions30, 0);
}

TEST(Analytics, TiesGoToTheGreaterIdThenTheGreaterSource) {
  const std::string time = "2025-01-01T00:00:00Z";
  std::vector<std::string> lines = {
      Line("dataset.updated", "b", time, R"("dataSetID":"d","bytes":2)"),
      Line("dataset.deleted", "a", time, R"("dataSetID":"d")"),
      Line("dataset.updated", "a9", time, R"("dataSetID":"d","bytes":9)")};
  std::sort(lines.begin(), lines.end());
  do {
    const auto record = RecordOf(lines, "2025-01-01");
    EXPECT_EQ(record.data_sets, 1);
    EXPECT_EQ(record.data_bytes, 2);
  } while (std::next_permutation(lines.begin(), lines.end()));
}

TEST(Analytics, SumsBeyondSixtyFourBits) {
  std::vector<std::string> lines;
  for (int i = 0; i < 5000; ++i) {
    lines.push_back(Line("job.submitted", fmt::format("{}", i), "2025-01-01T00:00:00Z",
                         R"("nbJobs":9007199254740992)"));
  }
  const auto record = RecordOf(lines, "2025-01-01");
  EXPECT_EQ(record.job30, absl::uint128(5000) << 53);
  EXPECT_NE(events::ToJson(record, false).find(R"("job90":45035996273704960000)"),
            std::string::npos);
}

TEST(Analytics, AnAsOfDayBeforeWhatIsCountedNeedsHistory) {
  Analytics analytics(kEver);
  Apply(analytics, Line("job.submitted", "1", "2025-01-31T00:00:00Z", ""));
  events::CompanyRecord record;
  EXPECT_EQ(analytics.Find("t", EndOf(*base::ParseDay("2025-01-30")), record),
            Found::kNeedsHistory);
  EXPECT_EQ(analytics.Find("nobody", EndOf(kLastDay), record), Found::kUnknown);
}

TEST(Analytics, ATenantThatOnlyWaitsIsUnknown) {
  const std::vector<base::TenantId> kTenantT = {base::TenantId("t")};
  Analytics analytics(*base::ParseDay("2025-01-30"));
  EXPECT_EQ(Apply(analytics, Line("job.submitted", "1", "2025-01-31T00:00:00Z", "")),
            Outcome::kLater);
  EXPECT_EQ(Apply(analytics, Line("job.submitted", "1", "2025-01-01T00:00:00Z", "")),
            Outcome::kRepeated);
  events::CompanyRecord record;
  EXPECT_EQ(analytics.Find("t", EndOf(*base::ParseDay("2025-01-30")), record), Found::kUnknown);
  EXPECT_TRUE(analytics.TakeChanged(9).empty());
  EXPECT_EQ(analytics.TakeUnsaved(), kTenantT);
  EXPECT_TRUE(analytics.TakeUnsaved().empty());
  analytics.AdvanceTo(*base::ParseDay("2025-01-31"));
  EXPECT_EQ(analytics.TakeChanged(9), kTenantT);
  EXPECT_EQ(analytics.TakeUnsaved(), kTenantT);
  EXPECT_EQ(analytics.Find("t", EndOf(*base::ParseDay("2025-01-31")), record), Found::kRecord);
}

TEST(Analytics, RepeatsLeaveNothingToSave) {
  Analytics analytics(kEver);
  const std::string line = Line("job.submitted", "1", "2025-01-31T00:00:00Z", "");
  Apply(analytics, line);
  EXPECT_EQ(analytics.TakeUnsaved().size(), 1u);
  EXPECT_EQ(Apply(analytics, line), Outcome::kRepeated);
  EXPECT_TRUE(analytics.TakeUnsaved().empty());
}

std::string LoginAt(std::string_view tenant, std::string_view id, base::Day day) {
  return fmt::format(
      R"({{"specversion":"1.0","id":"{}","source":"/a","type":"io.tenantry.user.logged_in",)"
      R"("time":"{}T12:00:00Z","tenantid":"{}","data":{{"userID":"u"}}}})",
      id, base::FormatDay(day), tenant);
}

std::vector<std::string> Taken(Analytics& analytics, size_t tenants_max = 10) {
  std::vector<std::string> taken;
  for (const base::TenantId& tenant : analytics.TakeChanged(tenants_max)) {
    taken.push_back(tenant.value());
  }
  return taken;
}

TEST(Analytics, HandsOutChangedTenantsOnceLongestWaitingFirst) {
  Analytics analytics(kEver);
  for (const char* tenant : {"b", "a", "b", "c"}) {
    Apply(analytics, LoginAt(tenant, "1", kLastDay));
    Apply(analytics, LoginAt(tenant, "2", kLastDay));
  }
  EXPECT_EQ(Taken(analytics, 2), (std::vector<std::string>{"b", "a"}));
  Apply(analytics, LoginAt("b", "3", kLastDay));
  EXPECT_EQ(Taken(analytics), (std::vector<std::string>{"c", "b"}));
  EXPECT_TRUE(Taken(analytics).empty());
}

TEST(Analytics, HandsOutMarkedTenantsThatAreKnown) {
  Analytics analytics(kEver);
  for (const char* tenant : {"a", "b"}) Apply(analytics, LoginAt(tenant, "1", kLastDay));
  Taken(analytics);
  analytics.MarkChanged("b");
  analytics.MarkChanged("b");
  analytics.MarkChanged("nobody");
  EXPECT_EQ(analytics.changed(), 1u);
  EXPECT_EQ(Taken(analytics), std::vector<std::string>{"b"});
  analytics.MarkAllChanged();
  EXPECT_EQ(analytics.changed(), 2u);
}

TEST(Analytics, RepeatsAndDaysToComeChangeNoTenantUntilTheyCount) {
  Analytics analytics(kLastDay);
  Apply(analytics, LoginAt("a", "1", kLastDay));
  Taken(analytics);
  EXPECT_EQ(Apply(analytics, LoginAt("a", "1", kLastDay)), Outcome::kRepeated);
  EXPECT_EQ(Apply(analytics, LoginAt("a", "2", kLastDay + 1)), Outcome::kLater);
  EXPECT_TRUE(Taken(analytics).empty());
  analytics.AdvanceTo(kLastDay + 1);
  EXPECT_EQ(Taken(analytics), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace tenantry::activity
