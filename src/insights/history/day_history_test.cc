#include "insights/history/day_history.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <array>

#include <nlohmann/json.hpp>

namespace tenantry::insights {
namespace {

using nlohmann::json;

class DayHistoryTest : public testing::Test {
 protected:
  void Add(const std::string& tenant, const std::string& type, const std::string& time,
           const json& data, const std::string& id = "") {
    lines_.emplace_back(tenant, json({{"specversion", "1.0"},
                                      {"id", id.empty() ? std::to_string(lines_.size()) : id},
                                      {"source", "/s"},
                                      {"type", "io.tenantry." + type},
                                      {"time", time},
                                      {"tenantid", tenant},
                                      {"data", data}})
                                    .dump());
  }
  void Data(const std::string& tenant, const std::string& time, const std::string& set, int bytes) {
    Add(tenant, "dataset.updated", time, {{"dataSetID", set}, {"bytes", bytes}, {"userID", "ann"}});
  }

  // Reads what was added as of the end of January 2025, of one tenant or of all.
  absl::Status Read(const std::optional<base::TenantId>& tenant = std::nullopt,
                    absl::Duration deadline = absl::InfiniteDuration()) {
    const auto reader = [this](const std::optional<base::TenantId>& only, const auto& take) {
      const eventlog::PartitionId from{"bigdatajobs", eventlog::PartitionName("0")};
      for (const auto& [key, line] : lines_) {
        if (only && only->value() != key) continue;
        activity::PlacedRecord placed{
            {key, line, eventlog::kUsualContentType}, eventlog::LogOffset(), absl::UnixEpoch()};
        const absl::Status taken = take(from, placed);
        if (!taken.ok()) return taken;
      }
      return absl::OkStatus();
    };
    return history_.Read(reader, tenant, deadline);
  }
  json Day(const std::string& day) const {
    for (const json& one : json::parse(history_.DaysJson())) {
      if (one["day"] == day) return one;
    }
    ADD_FAILURE() << "no day " << day;
    return {};
  }

  std::vector<std::pair<std::string, std::string>> lines_;
  DayHistory history_{*base::ParseRfc3339("2025-01-31T12:00:00Z")};
};

TEST_F(DayHistoryTest, TellsHowLargeTheDataWasAtTheEndOfEachDay) {
  Data("a", "2024-01-01T00:00:00Z", "old", 1);
  Data("a", "2025-01-10T10:00:00Z", "x", 100);
  Data("a", "2025-01-12T10:00:00Z", "x", 30);
  Data("a", "2025-01-11T09:00:00Z", "x", 70);  // late
  Add("a", "dataset.deleted", "2025-01-20T10:00:00Z", {{"dataSetID", "x"}});
  ASSERT_TRUE(Read(base::TenantId("a")).ok());
  EXPECT_EQ(Day("2025-01-09")["dataBytes"], 1);
  EXPECT_EQ(Day("2025-01-10")["dataBytes"], 101);
  EXPECT_EQ(Day("2025-01-11")["dataBytes"], 71);
  EXPECT_EQ(Day("2025-01-19")["dataBytes"], 31);
  EXPECT_EQ(Day("2025-01-31")["dataBytes"], 1);
  EXPECT_EQ(json::parse(history_.DaysJson()).size(), 90u);
  EXPECT_EQ(json::parse(history_.DaysJson())[0]["day"], "2024-11-03");
}

// Everybody's events may come with other texts in place of the ids, different ones for different
// ids.
TEST_F(DayHistoryTest, TellsTheSameOfEverybodyByEventsAlone) {
  const json s = {{"userID", "ann"}, {"sessionID", "s"}, {"nbJobs", 3}};
  for (const char* tenant : {"a", "b"}) {
    Add(tenant, "user.logged_in", "2025-01-20T00:00:00Z", s);
    Add(tenant, "job.submitted", "2025-01-25T00:00:00Z", s, "same");
    Add(tenant, "job.submitted", "2025-01-26T00:00:00Z", s, "same");
    Data(tenant, "2025-01-12T10:00:00Z", "x", 30);
    Data(tenant, "2025-01-11T09:00:00Z", "x", 70);  // late
    Data(tenant, "2025-01-11T09:00:00Z", "y", 1);
    Add(tenant, "job.failed", "2025-01-31T01:00:00Z", {{"jobID", "j"}});
  }
  Add("b", "tenant.deleted", "2025-01-29T10:00:00Z", {{"tenantID", "b"}});
  ASSERT_TRUE(Read().ok());
  const activity::EventsReader events = [this](activity::EventsPlace&, const auto& take) {
    for (const auto& [key, line] : lines_) {
      events::EventParser parser;
      events::EventView event;
      if (!parser.Parse(line, event).ok()) continue;
      std::array<std::string, 3> ids;
      std::array<std::string_view*, 3> texts = {&event.user, &event.session, &event.data_set};
      for (size_t i = 0; i < ids.size(); ++i) {
        if (texts[i]->empty()) continue;
        ids[i] = std::string("\xff\0", 2) + std::string(*texts[i]);
        *texts[i] = ids[i];
      }
      if (absl::Status taken = take(event); !taken.ok()) return taken;
    }
    return absl::OkStatus();
  };
  DayHistory by_events(*base::ParseRfc3339("2025-01-31T12:00:00Z"));
  activity::EventsPlace place;
  const std::atomic<bool> stopping = false;
  ASSERT_TRUE(by_events.ReadAll(events, place, absl::InfiniteDuration(), stopping).ok());
  EXPECT_EQ(by_events.DaysJson(), history_.DaysJson());
  EXPECT_EQ(Day("2025-01-20")["sessions"], 1) << "b is deleted at the end";
  EXPECT_EQ(Day("2025-01-25")["jobs"], 3);
  EXPECT_EQ(Day("2025-01-28")["dataBytes"], 62);
  EXPECT_EQ(Day("2025-01-29")["dataBytes"], 31);
}

TEST_F(DayHistoryTest, CountsEachEventOnceOnItsOwnDay) {
  Add("a", "job.submitted", "2025-01-30T23:59:59.999Z", {{"nbJobs", 4}}, "same");
  Add("a", "job.submitted", "2025-01-31T00:00:00Z", {{"nbJobs", 9}}, "same");
  Add("a", "job.submitted", "2025-02-01T00:00:00Z", {{"nbJobs", 9}}, "later");
  Add("a", "job.failed", "2025-01-31T01:00:00Z", {{"jobID", "j"}});
  Add("a", "job.succeeded", "2025-01-31T01:00:00Z", {{"jobID", "k"}});
  lines_.emplace_back("a", "no event");
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(Day("2025-01-30")["jobs"], 4);
  EXPECT_EQ(Day("2025-01-31")["jobs"], 0);
  EXPECT_EQ(Day("2025-01-31")["ran"], 2);
  EXPECT_EQ(Day("2025-01-31")["failed"], 1);
}

TEST_F(DayHistoryTest, ASessionThatDidNothingIsIdleOnTheDayOfItsFirstLogin) {
  const json s = {{"userID", "ann"}, {"sessionID", "s"}},
             t = {{"userID", "bob"}, {"sessionID", "t"}};
  Add("a", "user.logged_in", "2025-01-21T00:00:00Z", s);
  Add("a", "user.logged_in", "2025-01-20T00:00:00Z", s);
  Add("a", "user.logged_in", "2025-01-20T00:00:00Z", t);
  Add("a", "job.submitted", "2025-01-25T00:00:00Z", t);
  Add("b", "user.logged_in", "2025-01-20T00:00:00Z", s);
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(Day("2025-01-20")["sessions"], 3);
  EXPECT_EQ(Day("2025-01-20")["idleSessions"], 2);
  EXPECT_EQ(Day("2025-01-21")["sessions"], 0);
  EXPECT_EQ(Day("2025-01-21")["logins"], 1);
}

TEST_F(DayHistoryTest, TogetherTheDeletedHaveNoDataFromThenOn) {
  Add("a", "tenant.created", "2025-01-01T00:00:00Z", {{"tenantID", "a"}});
  Data("a", "2025-01-02T00:00:00Z", "x", 5);
  Data("b", "2025-01-02T00:00:00Z", "x", 7);
  Add("a", "tenant.deleted", "2025-01-10T00:00:00Z", {{"tenantID", "a"}});
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(Day("2025-01-09")["dataBytes"], 12);
  EXPECT_EQ(Day("2025-01-10")["dataBytes"], 7);
}

TEST_F(DayHistoryTest, TogetherWhatTheDeletedDidIsLeftOut) {
  for (const std::string tenant : {"a", "b"}) {
    const json in_session = {{"userID", "ann"}, {"sessionID", "s"}};
    Add(tenant, "user.logged_in", "2025-01-02T00:00:00Z", in_session);
    Add(tenant, "job.submitted", "2025-01-03T00:00:00Z", {{"nbJobs", 4}});
    Add(tenant, "job.failed", "2025-01-03T00:00:00Z", {{"jobID", "j"}});
  }
  Add("a", "tenant.deleted", "2025-01-10T00:00:00Z", {{"tenantID", "a"}});
  Add("b", "tenant.deleted", "2025-02-01T00:00:00Z", {{"tenantID", "b"}});  // yet to come
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(Day("2025-01-02")["logins"], 1);
  EXPECT_EQ(Day("2025-01-02")["sessions"], 1);
  EXPECT_EQ(Day("2025-01-02")["idleSessions"], 1);
  EXPECT_EQ(Day("2025-01-03")["jobs"], 4);
  EXPECT_EQ(Day("2025-01-03")["ran"], 1);
  EXPECT_EQ(Day("2025-01-03")["failed"], 1);
}

TEST_F(DayHistoryTest, OneThatIsDeletedIsStillTold) {
  Add("a", "job.submitted", "2025-01-03T00:00:00Z", {{"nbJobs", 4}});
  Data("a", "2025-01-03T00:00:00Z", "x", 5);
  Add("a", "tenant.deleted", "2025-01-10T00:00:00Z", {{"tenantID", "a"}});
  ASSERT_TRUE(Read(base::TenantId("a")).ok());
  EXPECT_EQ(Day("2025-01-03")["jobs"], 4);
  EXPECT_EQ(Day("2025-01-10")["dataBytes"], 5);
}

TEST_F(DayHistoryTest, OfAllTogetherALonelyDeletedOneIsLeftOut) {
  Data("a", "2025-01-03T00:00:00Z", "x", 5);
  Add("a", "tenant.deleted", "2025-01-10T00:00:00Z", {{"tenantID", "a"}});
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(Day("2025-01-09")["dataBytes"], 5);
  EXPECT_EQ(Day("2025-01-10")["dataBytes"], 0);
  EXPECT_EQ(Day("2025-01-03")["dataEvents"], 0);
}

TEST_F(DayHistoryTest, KnowsUsersByTheirLastActAndTheNewestEvents) {
  Data("a", "2025-01-02T00:00:00Z", "x", 5);
  Add("a", "user.logged_in", "2025-01-03T00:00:00Z", {{"userID", "bob"}, {"sessionID", "s"}});
  Add("a", "user.logged_off", "2025-01-04T00:00:00Z", {{"userID", "cid"}, {"sessionID", "s"}});
  Data("b", "2025-01-05T00:00:00Z", "y", 5);
  for (int i = 0; i < 150; ++i) Data("a", "2024-12-01T00:00:00Z", "x", i);
  ASSERT_TRUE(Read(base::TenantId("a")).ok());
  const json users = json::parse(history_.UsersJson(10));
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(users[0]["userID"], "bob");
  EXPECT_EQ(users[0]["logins30"], 1);
  EXPECT_EQ(users[1]["lastActivity"], "2025-01-02T00:00:00.000Z");
  EXPECT_EQ(json::parse(history_.UsersJson(1)).size(), 1u);
  const json events = json::parse(history_.NewestJson());
  ASSERT_EQ(events.size(), 100u);
  EXPECT_EQ(events[0]["type"], "io.tenantry.user.logged_off");
  EXPECT_EQ(events[2]["dataSetID"], "x");
  EXPECT_EQ(events[2]["bytes"], 5);
  EXPECT_EQ(Day("2025-01-03")["activeUsers"], 1);
  EXPECT_EQ(Day("2024-12-01")["activeUsers"], 1);
}

TEST_F(DayHistoryTest, GivesUpAtItsDeadline) {
  for (int i = 0; i < 2000; ++i) Data("a", "2025-01-02T00:00:00Z", "x", i);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Read(std::nullopt, -absl::InfiniteDuration())));
}

}  // namespace
}  // namespace tenantry::insights
