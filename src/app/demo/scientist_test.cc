#include "app/demo/scientist.h"

#include <gmock/gmock.h>

#include "app/demo/demo_testing.h"

namespace tenantry::app::demo {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Scientist, BringsDataRunsTheJobAndTellsWhatItFound) {
  ScienceRun test;
  test.AnswerLogin();
  test.AnswerPut();
  test.AnswerJob("succeeded");
  const std::string found =
      R"({"columns":[{"name":"SENSOR","type":"VARCHAR"}],"rows":[{"SENSOR":"press-07"}]})";
  test.server.Answer(200, found);
  test.server.Answer(200, found);
  test.server.AnswerWith(net::HttpResponse::NoContent());
  ASSERT_TRUE(test.Work(false, true).ok());
  EXPECT_THAT(test.Asked(), ElementsAre("POST/sessions", "POST/datasets", "PUT/u1", "POST/commit",
                                        "GET/d1", "POST/jobs", "GET/j-succeeded", "POST/query",
                                        "POST/query", "DELETE/current"));
  const auto requests = test.server.requests();
  EXPECT_EQ(json::parse(requests[0].body),
            json({{"tenantID", "plant"}, {"userID", "pia"}, {"password", "pa55w0rd"}}));
  EXPECT_EQ(requests[2].body, simulator::science::SampleReadings({1, kRows, test.end}));
  EXPECT_EQ(requests[5].body, test.plan.assignment->spec);
  EXPECT_EQ(requests[5].Header("Authorization"), "Bearer tok");
  EXPECT_EQ(test.record.finding, "hottest sensor: press-07");
  EXPECT_EQ(test.record.table, "SENSOR\npress-07\n");
  EXPECT_EQ(test.record.rows, kRows);
  EXPECT_EQ(test.record.jobs_succeeded, 1);
  EXPECT_TRUE(test.record.failed_job.empty());
  EXPECT_EQ(test.out.str() + test.err.str(), "") << "a person's commands are their own";
}

TEST(Scientist, SlipsThenMends) {
  ScienceRun test;
  test.AnswerLogin();
  test.AnswerPut();
  test.AnswerJob("failed", "no temprature");
  test.AnswerJob("succeeded");
  test.server.AnswerWith(net::HttpResponse::NoContent());
  ASSERT_TRUE(test.Work(true).ok());
  const auto requests = test.server.requests();
  EXPECT_EQ(requests[5].body, simulator::science::MisspeltSpec(*test.plan.assignment));
  EXPECT_EQ(requests[7].body, test.plan.assignment->spec);
  EXPECT_EQ(test.record.failed_job, "j-failed");
  EXPECT_EQ(test.record.failure, "no temprature");
  EXPECT_EQ(test.record.jobs_succeeded, 1);
}

TEST(Scientist, EndsTheStoryWhenTheRightJobFailsOrTheWrongOneDoesNot) {
  for (const bool slips : {false, true}) {
    ScienceRun test;
    test.AnswerLogin();
    test.AnswerPut();
    test.AnswerJob(slips ? "succeeded" : "failed", "disk full");
    const absl::Status worked = test.Work(slips);
    EXPECT_EQ(worked.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(worked.message()), HasSubstr(slips ? "has succeeded" : "disk full"));
  }
}

TEST(Scientist, EndsTheStoryWhenRowsAreLost) {
  ScienceRun test;
  test.AnswerLogin();
  test.AnswerPut(kRows - 1);
  EXPECT_THAT(std::string(test.Work().message()), HasSubstr("holds 49 rows of the 50"));
}

TEST(Scientist, TellsWhatTheServerRefused) {
  ScienceRun test;
  test.server.Answer(401, R"({"detail":"User or password is wrong."})");
  const absl::Status worked = test.Work();
  EXPECT_EQ(worked.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(worked.message()),
              HasSubstr("failed: tenantry: User or password is wrong."));
}

TEST(Scientist, WaitsForAJobAMinuteAtMostAndNotOnceStopped) {
  ScienceRun test;
  test.AnswerLogin();
  test.AnswerPut();
  test.AnswerJob("running");
  for (int i = 0; i < 400; ++i) test.AnswerState("running");
  const absl::Time began = test.clock.Now();
  EXPECT_EQ(test.Work().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(test.clock.Now() - began, absl::Minutes(1));
  EXPECT_LT(test.clock.Now() - began, absl::Minutes(2));

  ScienceRun stopped;
  stopped.AnswerLogin();
  stopped.AnswerPut();
  stopped.AnswerJob("running");
  stopped.stopped = true;
  EXPECT_EQ(stopped.Work().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace tenantry::app::demo
