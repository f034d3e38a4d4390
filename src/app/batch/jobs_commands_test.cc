#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/app_testing.h"

namespace tenantry::app::batch {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The commands of jobs before a server that answers as a test says.
struct JobsRun : ServedRun {
  // A log from line `first` to `last`.
  void AnswerLog(int first, int last, bool ended = false) {
    json items = json::array();
    for (int line = first; line <= last; ++line) {
      items.push_back({{"line", line},
                       {"time", "2026-01-02T03:04:05Z"},
                       {"step", "a"},
                       {"text", fmt::format("line {}", line)}});
    }
    server.Answer(200, json({{"items", items}, {"last", last}, {"ended", ended}}).dump());
  }

  // Requests as "METHOD path", with ?after= where it was asked for.
  std::vector<std::string> Asked() {
    std::vector<std::string> asked;
    for (const net::HttpRequest& request : server.requests()) {
      asked.push_back(request.method + " " + request.path);
      if (const auto after = request.Query("after")) asked.back() += " " + std::string(*after);
    }
    return asked;
  }
};

std::string Job(const std::string& status) {
  json job = {{"jobID", "j1"},
              {"name", "sums"},
              {"tenantID", "acme"},
              {"userID", "ada"},
              {"status", status},
              {"created", "2026-01-02T03:04:05Z"},
              {"started", "2026-01-02T03:04:06Z"},
              {"finished", nullptr},
              {"durationSeconds", 0},
              {"error", nullptr},
              {"use", {{"bytesRead", 271000}, {"bytesWritten", 438}, {"cpuSeconds", 0.14}}},
              {"steps", json::array()}};
  json step = {{"name", "a"},
               {"kind", "load"},
               {"status", "succeeded"},
               {"started", "2026-01-02T03:04:06Z"},
               {"finished", "2026-01-02T03:04:06.340Z"},
               {"use", {{"rows", 1234}, {"bytesWritten", 219}}}};
  job["steps"].push_back(step);
  step["name"] = "keep";
  step["kind"] = "persist";
  step["dataSet"] = "counts";
  step["dataSetVersion"] = 3;
  if (status == "succeeded" || status == "failed") {  // a day later, once it was resumed
    job["finished"] = "2026-01-03T03:04:07Z";
    job["durationSeconds"] = 1.5;
  }
  if (status != "succeeded") {
    step["status"] = status == "failed" ? "failed" : "waiting";
    step.erase("finished");
  }
  if (status == "failed") job["error"] = "step 'keep': no\x1b[2J such column";
  job["steps"].push_back(step);
  return job.dump();
}

TEST(JobsSubmit, SendsTomlAndJsonAsWhatTheyAre) {
  JobsRun test;
  const std::string toml = test.File("x.toml", "name = 'x'\n");
  for (int i = 0; i < 4; ++i) test.server.Answer(201, Job("queued"));
  ASSERT_EQ(test.Run({"jobs", "submit", toml}), 0) << test.err.str();
  EXPECT_EQ(test.out.str(), "j1\n");
  ASSERT_EQ(test.Run({"jobs", "submit", test.File("x.json", " {}"), "--key", "k1"}), 0);
  test.in.str("\n {\"name\": \"x\"}");
  ASSERT_EQ(test.Run({"jobs", "submit", "-", "--json"}), 0);
  EXPECT_EQ(json::parse(test.out.str())["jobID"], "j1");
  test.in.clear();
  test.in.str("name = 'x'");
  ASSERT_EQ(test.Run({"jobs", "submit", "-", "--tenant", "a b"}), 0);
  const auto requests = test.server.requests();
  std::vector<std::string> types;
  for (const auto& request : requests) types.emplace_back(request.Header("Content-Type"));
  EXPECT_THAT(types, ElementsAre("application/toml", "application/json", "application/json",
                                 "application/toml"));
  EXPECT_EQ(requests[0].body, "name = 'x'\n");
  EXPECT_EQ(requests[0].Header("Idempotency-Key").size(), 36u);
  EXPECT_EQ(requests[1].Header("Idempotency-Key"), "k1");
  EXPECT_EQ(requests[3].Query("tenant"), "a b");
}

TEST(JobsSubmit, AsksNothingOfTheServerWithoutASpecification) {
  JobsRun test;
  EXPECT_EQ(test.Run({"jobs", "submit", test.folder + "/none.toml"}), 5);
  EXPECT_THAT(test.err.str(), HasSubstr("none.toml"));
  EXPECT_EQ(test.Run({"jobs", "submit", test.folder}), 2);
  EXPECT_EQ(test.Run({"jobs", "submit"}), 2);
  EXPECT_THAT(test.Asked(), IsEmpty());
}

TEST(JobsSubmit, TellsTheFaultsOfASpecificationAsTheServerDoes) {
  JobsRun test;
  test.server.Answer(400, R"({"detail":"line 4: step 'a': there is no kind 'lod'"})");
  EXPECT_EQ(test.Run({"jobs", "submit", test.File("x.toml", "")}), 2);
  EXPECT_EQ(test.err.str(), "tenantry: line 4: step 'a': there is no kind 'lod'\n");
  test.server.Answer(403, R"({"detail":"the role analyst may not submit jobs"})");
  EXPECT_EQ(test.Run({"jobs", "submit", test.File("x.toml", "")}), 4);
  EXPECT_EQ(test.out.str(), "");
}

TEST(JobsSubmit, WaitingTellsTheLogAsItComesAndTheJobAtItsEnd) {
  JobsRun test;
  test.server.Answer(201, Job("queued"));
  test.server.Answer(200, Job("running"));
  test.AnswerLog(1, 2);
  test.server.Answer(200, Job("succeeded"));
  test.AnswerLog(3, 3);
  ASSERT_EQ(test.Run({"jobs", "submit", test.File("x.toml", ""), "--wait"}), 0) << test.err.str();
  EXPECT_EQ(test.err.str(),
            "2026-01-02 03:04:05  a: line 1\n2026-01-02 03:04:05  a: line 2\n"
            "2026-01-02 03:04:05  a: line 3\n");
  EXPECT_THAT(test.Asked(),
              ElementsAre("POST /api/v1/jobs", "GET /api/v1/jobs/j1", "GET /api/v1/jobs/j1/logs 0",
                          "GET /api/v1/jobs/j1", "GET /api/v1/jobs/j1/logs 2"));
  EXPECT_THAT(test.out.str(), HasSubstr("took            1.5 s\nread            271 kB\n"));
  EXPECT_THAT(test.out.str(),
              HasSubstr("keep  persist  succeeded  1,234    219 B  0.34 s  counts, version 3\n"));
}

TEST(JobsSubmit, WaitingForAJobThatFailsEndsWithOneAndTheWayOn) {
  JobsRun test;
  test.server.Answer(201, Job("queued"));
  test.server.Answer(200, Job("failed"));
  test.AnswerLog(1, 1);
  EXPECT_EQ(test.Run({"jobs", "submit", test.File("x.toml", ""), "--wait"}), 1);
  EXPECT_THAT(test.err.str(), HasSubstr("the job j1 failed: step 'keep': no?[2J such column"));
  EXPECT_THAT(test.err.str(), HasSubstr("if its data was at fault, mend that, and `tenantry jobs "
                                        "resume j1` goes on where it stopped; if its SQL was, mend "
                                        "the specification and submit it again"));
  EXPECT_THAT(test.out.str(), HasSubstr("keep  persist  failed         –        –"));
}

TEST(JobsShow, TellsNothingOfUseBeforeAStepHasEnded) {
  JobsRun test;
  json job = json::parse(Job("running"));
  job["use"] = {{"bytesRead", 0}, {"bytesWritten", 0}, {"cpuSeconds", 0}, {"peakMemoryBytes", 0}};
  for (json& step : job["steps"]) {
    step["status"] = "running";
    step["finished"] = nullptr;
  }
  test.server.Answer(200, job.dump());
  ASSERT_EQ(test.Run({"jobs", "show", "j1"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("took            –\nread            –\nwritten         –\n"
                                        "CPU             –\npeak memory     –\n"));
  job["steps"][0]["finished"] = "2026-01-02T03:04:06.340Z";
  test.server.Answer(200, job.dump());
  ASSERT_EQ(test.Run({"jobs", "show", "j1"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("read            0 B\n")) << "it is known";
}

TEST(JobsShow, WatchedOnATerminalDrawsTheStepsInPlace) {
  JobsRun test;
  test.terminal.err_is_terminal = true;
  test.server.Answer(200, Job("running"));
  test.server.Answer(200, Job("succeeded"));
  ASSERT_EQ(test.Run({"jobs", "show", "j1", "--watch"}), 0);
  EXPECT_THAT(test.err.str(), HasSubstr("  · keep  persist  \n\x1b[3A"));
  EXPECT_THAT(test.err.str(), HasSubstr("  ✓ keep  persist    1,234 rows  0.34 s\n"));
}

TEST(JobsResume, TellsOnlyWhatIsNewInTheLog) {
  JobsRun test;
  test.AnswerLog(1, 4);
  test.AnswerLog(5, 4);  // none
  test.server.Answer(200, Job("queued"));
  test.server.Answer(200, Job("succeeded"));
  test.AnswerLog(5, 6);
  ASSERT_EQ(test.Run({"jobs", "resume", "j1", "--wait"}), 0) << test.err.str();
  EXPECT_THAT(test.Asked(), ElementsAre("GET /api/v1/jobs/j1/logs 0", "GET /api/v1/jobs/j1/logs 4",
                                        "POST /api/v1/jobs/j1/resume", "GET /api/v1/jobs/j1",
                                        "GET /api/v1/jobs/j1/logs 4"));
  EXPECT_THAT(test.err.str(), HasSubstr("line 5"));
  EXPECT_THAT(test.err.str(), Not(HasSubstr("line 4")));
}

TEST(JobsDryRun, ShowsWhatStepsReadAndEndsWithOneWhenItWouldNotRun) {
  JobsRun test;
  test.server.Answer(
      200,
      R"({"valid":false,"steps":[{"name":"a","kind":"load","dataSets":["orders"],"after":[],)"
      R"("columns":[{"name":"n","type":"BIGINT"}]},{"name":"k","kind":"persist","dataSets":[],)"
      R"("after":["a"],"columns":[]}],"problems":[{"step":"k","detail":"no column x"},)"
      R"({"detail":"too large"}]})");
  EXPECT_EQ(test.Run({"jobs", "dry-run", test.File("x.toml", "")}), 1);
  EXPECT_EQ(test.out.str(),
            "STEP  KIND     READS   COLUMNS\n"
            "a     load     orders  n BIGINT\n"
            "k     persist  a       –\n");
  EXPECT_EQ(test.err.str(),
            "tenantry: the job would not run:\n  step 'k': no column x\n  too large\n");
  EXPECT_EQ(test.server.requests()[0].Header("Idempotency-Key"), "") << "nothing is made";
}

TEST(JobsList, FiltersAndCountsTheStepsThatAreDone) {
  JobsRun test;
  test.server.Answer(200, R"({"items":[)" + Job("failed") + "]}");
  ASSERT_EQ(test.Run({"jobs", "list", "--tenant", "acme", "--user", "ada", "--status", "failed"}),
            0);
  const auto request = test.server.requests()[0];
  EXPECT_EQ(request.Query("tenant"), "acme");
  EXPECT_EQ(request.Query("user"), "ada");
  EXPECT_EQ(request.Query("status"), "failed");
  EXPECT_THAT(test.out.str(), HasSubstr("j1   acme    sums  failed    1/2  1.5 s  2026-01-02"))
      << "the day that it waited is not its own";
  test.server.Answer(200, R"({"items":[]})");
  ASSERT_EQ(test.Run({"jobs", "list"}), 0);
  EXPECT_EQ(test.out.str(), "");
  EXPECT_EQ(test.err.str(), "no jobs\n");
}

TEST(JobsCancel, SaysWhetherItIsDoneOrUnderWay) {
  JobsRun test;
  test.server.Answer(200, Job("cancelled"));
  ASSERT_EQ(test.Run({"jobs", "cancel", "j1"}), 0);
  EXPECT_EQ(test.err.str(), "job j1 is cancelled\n");
  test.server.Answer(200, Job("running"));
  ASSERT_EQ(test.Run({"jobs", "cancel", "j1"}), 0);
  EXPECT_EQ(test.err.str(), "job j1 is being cancelled\n");
  test.server.Answer(409, R"({"detail":"the job 'j1' has ended"})");
  EXPECT_EQ(test.Run({"jobs", "cancel", "j1"}), 1);
}

TEST(JobsLogs, FollowsUntilTheJobHasEnded) {
  JobsRun test;
  test.AnswerLog(1, 1);
  test.AnswerLog(2, 1);
  test.AnswerLog(2, 2, true);
  ASSERT_EQ(test.Run({"jobs", "logs", "j1", "--follow"}), 0);
  EXPECT_EQ(test.out.str(), "2026-01-02 03:04:05  a: line 1\n2026-01-02 03:04:05  a: line 2\n");
  EXPECT_THAT(test.Asked(), ElementsAre("GET /api/v1/jobs/j1/logs 0", "GET /api/v1/jobs/j1/logs 1",
                                        "GET /api/v1/jobs/j1/logs 1"));
}

TEST(JobsWhy, SaysWhatAJobWaitsFor) {
  JobsRun test;
  test.server.Answer(200, R"({"jobID":"j1","status":"queued","why":"2 of acme run already",)"
                          R"("ahead":3,"expectedStart":"2026-01-02T03:04:05Z"})");
  ASSERT_EQ(test.Run({"jobs", "why", "j1"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("why                2 of acme run already\n"));
  EXPECT_THAT(test.out.str(), HasSubstr("jobs before it     3\n"));
  EXPECT_THAT(test.out.str(), HasSubstr("should start, UTC  2026-01-02 03:04:05\n"));
  test.server.Answer(404, R"({"detail":"there is no job 'j2'"})");
  EXPECT_EQ(test.Run({"jobs", "why", "j2"}), 5);
}

}  // namespace
}  // namespace tenantry::app::batch
