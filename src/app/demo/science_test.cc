#include "app/demo/science.h"

#include <gmock/gmock.h>

#include "app/demo/demo_testing.h"

namespace tenantry::app::demo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kMidnight = absl::FromUnixSeconds(1'764'460'800);
constexpr int64_t kFileRows = 20'000;

TEST(Science, LetsThoseComeFirstWhoAreDueFirst) {
  ScienceRun test;
  simulator::science::ScientistPlan late = test.plan, early = test.plan;
  late.visits = {kMidnight + absl::Hours(9), kMidnight + absl::Hours(48)};
  early.visits = {kMidnight + absl::Hours(8)};
  Science science(
      test.terminal, test.server.url(),
      {.scientists = {late, early}, .folder = test.folder, .stopped = [] { return false; }});
  EXPECT_EQ(science.next(), early.visits[0]);
  EXPECT_EQ(science.records().size(), 2u);
  EXPECT_NE(science.records()[0].password, science.records()[1].password);
}

TEST(Science, LetsAScientistJoinWorkOnTheDayBeforeAndTellsWhatWasFound) {
  ScienceRun test;
  test.plan.visits = {kMidnight + absl::Hours(9)};
  test.plan.slips = true;
  Science science(
      test.terminal, test.server.url(),
      {.scientists = {test.plan}, .folder = test.folder, .stopped = [] { return false; }});
  LifePlayer admin(test.server.url(), "admin's");
  test.server.Answer(201, R"({"userID":"pia"})");
  test.AnswerLogin();
  test.AnswerPut(kFileRows);
  test.AnswerJob("failed", "no temprature\nLINE 1");
  test.AnswerJob("succeeded");
  const std::string found =
      R"({"columns":[{"name":"SENSOR","type":"VARCHAR"}],"rows":[{"SENSOR":"press-07"}]})";
  test.server.Answer(200, found);
  test.server.Answer(200, found);
  test.server.AnswerWith(net::HttpResponse::NoContent());

  simulator::StoryClock clock(kMidnight, test.clock);
  const absl::Status visited = science.VisitNext(admin, clock);
  ASSERT_TRUE(visited.ok()) << visited;
  EXPECT_FALSE(science.next().has_value());
  const absl::Time left = clock.Now();
  EXPECT_GE(left, test.plan.visits[0]);
  test.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(clock.Now(), left + absl::Seconds(1)) << "the clock runs while there is work";
  const auto requests = test.server.requests();
  EXPECT_EQ(requests[0].path, "/api/v1/tenants/plant/users");
  EXPECT_EQ(requests[0].Header("Authorization"), "Bearer admin's");
  EXPECT_THAT(requests[3].body, HasSubstr("2025-11-29T23:"));
  EXPECT_THAT(requests[3].body, Not(HasSubstr("2025-11-30T")));

  test.out.str("");
  test.err.str("");
  science.Tell(test.terminal);
  EXPECT_EQ(test.out.str(),
            "\nheat of sensors of plant, hottest sensor: press-07\nSENSOR\npress-07\n");
  EXPECT_EQ(test.err.str(),
            "1 data scientist put 1 file of 20,000 rows into the lake and ran 2 jobs over it: 1 "
            "succeeded, 1 failed.\n\npia of plant had misspelt a column at first: no "
            "temprature\n");
}

TEST(Science, SaysThatNobodyWorkedWhereNobodyDid) {
  ScienceRun test;
  const Science science(test.terminal, test.server.url(), {});
  EXPECT_FALSE(science.next().has_value());
  science.Tell(test.terminal);
  EXPECT_EQ(test.err.str(), "No tenant stayed to the end, so nobody brought data.\n");
}

}  // namespace
}  // namespace tenantry::app::demo
