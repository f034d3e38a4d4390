// What the analytics answer, as the command line prints it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/app_testing.h"

namespace tenantry::app::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRisk[] =
    R"({"churn":true,"score":0.87,"status":"fresh","asOf":"2026-01-31T00:00:00Z","model":"m1",)"
    R"("reasons":[{"feature":"job30","value":"2","effect":1.5},)"
    R"({"feature":"employees","value":"9","effect":-0.25}]})";

TEST(Ask, PrintsEachAnswerWithRiskBesideTheTenant) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {R"([{"tenantID":"acme","sessions":4,"idle":3,"risk":)", {"75 %", "0.87 high"}},
      {R"([{"tenantID":"acme","dataBytes":3400000000,"dataSets":2,"risk":)", {"3.4 GB", "0.87"}},
      {R"([{"tenantID":"acme","jobs":1284,"jobsByDay":{"2026-01-31":4,"2026-01-30":8},)"
       R"("ranByDay":{"2026-01-31":5},"risk":)",
       {"1,284", "▁█▅  0.87 high"}},
      {R"([{"tenantID":"acme","job90":3,"job30":1,"logins30":2,"dataBytes":10,"risk":)",
       {"10 B", "0.87 high"}},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    ServedRun test;
    test.server.Answer(200, R"({"question":2,"asOf":"2026-01-31T23:59:59.999Z","answer":)" +
                                cases[i].first + kRisk + "}]}");
    ASSERT_EQ(test.Run({"ask", std::to_string(i + 2), "--to", "2026-01-31"}), 0) << test.err.str();
    for (const std::string& text : cases[i].second) EXPECT_THAT(test.out.str(), HasSubstr(text));
    EXPECT_THAT(test.out.str(), HasSubstr("(as of 2026-01-31 23:59:59 UTC)"));
    EXPECT_THAT(test.out.str(), HasSubstr("acme"));
    EXPECT_EQ(test.server.requests()[0].Query("limit"), "10");
    EXPECT_EQ(test.server.requests()[0].Query("to"), "2026-01-31");
  }
}

TEST(Ask, PrintsTheRhythmOfTheFirstQuestion) {
  ServedRun test;
  const std::string answer =
      R"({"question":1,"asOf":"2026-01-31T00:00:00Z","answer":{"days":[{"day":"2026-01-30",)"
      R"("registrations":1,"logins":20,"dataEvents":3,"jobs":1284}],"sessions":10,"withData":5,)"
      R"("withJobs":4,"dataThenJob":3}})";
  test.server.Answer(200, answer);
  ASSERT_EQ(test.Run({"ask", "1"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("2026-01-30              1      20            3  1,284\n"));
  EXPECT_THAT(test.out.str(), HasSubstr("sessions 10 · worked on data 5 (50 %)"));
  test.server.Answer(200, answer);
  ASSERT_EQ(test.Run({"ask", "1", "--json"}), 0);
  EXPECT_EQ(test.out.str(), answer + "\n");
}

TEST(Ask, PrintsEveryDigitOfSumsThatNoDoubleHolds) {
  ServedRun test;
  test.server.Answer(200, R"({"question":1,"asOf":"2026-01-31T00:00:00Z","answer":{"days":[{"day":)"
                          R"("2026-01-30","registrations":1,"logins":9007199254740993,)"
                          R"("dataEvents":3,"jobs":18446744073709551617}],"sessions":0}})");
  ASSERT_EQ(test.Run({"ask", "1"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("9,007,199,254,740,993"));
  EXPECT_THAT(test.out.str(), HasSubstr("18,446,744,073,709,551,617\n"));
  test.server.Answer(200, R"({"question":4,"asOf":"2026-01-31T00:00:00Z","answer":[{"tenantID":)"
                          R"("a","jobs":18446744073709551619,"jobsByDay":{"2026-01-30":)"
                          R"(18446744073709551617,"2026-01-31":2},"ranByDay":{}}]})");
  ASSERT_EQ(test.Run({"ask", "4"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("18,446,744,073,709,551,619"));
  EXPECT_THAT(test.out.str(), HasSubstr("18,446,744,073,709,551,617"));
  EXPECT_THAT(test.out.str(), HasSubstr("█▁"));
}

TEST(Ask, ShowsTheDaysOfOneTenant) {
  ServedRun test;
  test.server.Answer(200,
                     R"({"question":4,"asOf":"2026-01-31T00:00:00Z","answer":[{"tenantID":"a",)"
                     R"("jobs":12,"jobsByDay":{"2026-01-30":8,"2026-01-31":4},)"
                     R"("ranByDay":{"2026-01-29":1}}]})");
  ASSERT_EQ(test.Run({"ask", "4", "--tenant", "a"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("2026-01-29     0    1\n2026-01-30     8    0\n"));
  EXPECT_THAT(test.out.str(), HasSubstr("a: 12 jobs in 90 days, 1 run, risk unknown"));
  test.server.Answer(200,
                     R"({"question":4,"asOf":"2026-01-31T00:00:00Z","answer":[{"tenantID":"a",)"
                     R"("jobs":1,"jobsByDay":{},"ranByDay":{}}]})");
  ASSERT_EQ(test.Run({"ask", "4", "--tenant", "a"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("a: 1 job in 90 days, 0 run"));
}

// The server cuts the days: what is made of them is of those days alone.
TEST(Ask, HeadsWhatFromCutsWithItsDay) {
  const std::string answer =
      R"({"question":4,"asOf":"2026-01-31T00:00:00Z","answer":[{"tenantID":"a","jobs":12,)"
      R"("jobsByDay":{"2026-01-30":8,"2026-01-31":4},"ranByDay":{"2026-01-31":1}}]})";
  ServedRun test;
  for (const char* from : {"2026-01-30", "2026-01-29T23:59:59-01:00"}) {
    test.server.Answer(200, answer);
    ASSERT_EQ(test.Run({"ask", "4", "--from", from}), 0);
    EXPECT_EQ(test.server.requests().back().Query("from"), from);
    EXPECT_THAT(test.out.str(),
                HasSubstr("JOBS, 90 DAYS  RUN SINCE 2026-01-30  BUSIEST DAY SINCE 2026-01-30  "
                          "SUBMITTED A DAY, 2 DAYS"));
    EXPECT_THAT(test.out.str(), HasSubstr("█▅ "));
    EXPECT_THAT(test.out.str(), Not(HasSubstr("▁")));
    test.server.Answer(200, answer);
    ASSERT_EQ(test.Run({"ask", "4", "--from", from, "--tenant", "a"}), 0);
    EXPECT_THAT(test.out.str(), HasSubstr("a: 12 jobs in 90 days, 1 run since 2026-01-30, risk"));
  }
  test.server.Answer(200, answer);
  ASSERT_EQ(test.Run({"ask", "4"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("RUN, 90 DAYS  BUSIEST DAY, 90 DAYS  SUBMITTED A DAY, 30"));
}

TEST(Churn, ListsTheMostAtRiskFirstAndLeavesOutTheDeleted) {
  ServedRun test;
  const auto company = [](const char* id, const char* risk) {
    return std::string(R"({"tenantID":")") + id + R"(","deleted":false,"risk":)" + risk + "}";
  };
  test.server.Answer(
      200, R"({"items":[)" + company("a", R"({"churn":false,"score":0.1,"status":"fresh"})") + "," +
               company("b", R"({"churn":null,"score":null,"status":"unknown"})") + "," +
               R"({"tenantID":"gone","deleted":true,"risk":{"churn":true,"score":1}},)" +
               company("c", kRisk) + "," +
               company("d", R"({"churn":false,"score":0.1,"status":"fresh"})") + "]}");
  ASSERT_EQ(test.Run({"churn", "list", "--limit", "3", "--json"}), 0);
  std::istringstream lines(test.out.str());
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    ids.push_back(nlohmann::json::parse(line)["tenantID"]);
  }
  EXPECT_THAT(ids, ElementsAre("c", "a", "d"));
}

TEST(Churn, ShowsReasonsWithTheirDirection) {
  ServedRun test;
  test.server.Answer(200, std::string(R"({"tenantID":"acme","name":"Acme","risk":)") + kRisk + "}");
  ASSERT_EQ(test.Run({"churn", "show", "acme"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("risk     0.87 high\n"));
  EXPECT_THAT(test.out.str(),
              HasSubstr("Jobs submitted, 30 days      2   +1.50  ▲ towards leaving\n"));
  EXPECT_THAT(test.out.str(),
              HasSubstr("Employees                    9   -0.25  ▼ towards staying\n"));
  test.server.Answer(
      200, std::string(R"({"items":[{"tenantID":"acme","name":"Acme","risk":)") + kRisk + "}]}");
  ASSERT_EQ(test.Run({"churn", "list"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("Jobs submitted, 30 days: 2 ▲ · Employees: 9 ▼\n"));
}

TEST(Companies, AsksForAnInstantAndFollowsCursors) {
  ServedRun test;
  test.server.Answer(200, R"({"items":[{"tenantID":"a","job30":1284}],"next":"n"})");
  test.server.Answer(200, R"({"items":[{"tenantID":"b","lastActivity":null}]})");
  ASSERT_EQ(test.Run({"companies", "list", "--as-of", "2026-01-31"}), 0);
  EXPECT_EQ(test.server.requests()[1].Query("asOf"), "2026-01-31");
  EXPECT_EQ(test.server.requests()[1].Query("cursor"), "n");
  EXPECT_THAT(test.out.str(), HasSubstr("1,284"));
  EXPECT_THAT(test.out.str(), HasSubstr("never"));
  test.server.Answer(200, R"({"tenantID":"a","job30":1284,"job90":2000,"risk":null})");
  ASSERT_EQ(test.Run({"companies", "show", "a"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("1,284 in 30 days, 2,000 in 90"));
}

TEST(Notifications, AcknowledgesById) {
  ServedRun test;
  test.server.Answer(200, R"({"notificationID":"n1","text":"Acme may leave"})");
  ASSERT_EQ(test.Run({"notifications", "ack", "n1"}), 0);
  EXPECT_EQ(test.server.requests()[0].path, "/api/v1/notifications/n1/acknowledge");
  EXPECT_EQ(test.server.requests()[0].method, "POST");
  EXPECT_THAT(test.err.str(), HasSubstr("Acme may leave"));
  test.server.Answer(200, R"({"items":[]})");
  ASSERT_EQ(test.Run({"notifications", "list", "--status", "open"}), 0);
  EXPECT_THAT(test.err.str(), HasSubstr("no notifications"));
  test.server.Answer(200, R"({"items":[]})");
  ASSERT_EQ(test.Run({"notifications", "list", "--tenant", "a b"}), 0);
  EXPECT_THAT(test.server.requests().back().Query("tenant"), "a b");
  EXPECT_THAT(test.out.str(), IsEmpty());
}

TEST(Ask, FailsWhereTheServerHadNoTime) {
  ServedRun test;
  test.server.Answer(504, R"({"detail":"reading the history took too long"})");
  EXPECT_EQ(test.Run({"ask", "5", "--to", "2025-01-31"}), 1);
  EXPECT_THAT(test.err.str(), HasSubstr("reading the history took too long"));
}

}  // namespace
}  // namespace tenantry::app::commands
