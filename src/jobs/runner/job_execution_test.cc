#include "jobs/runner/job_execution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "jobs/runner/job_sweeper.h"
#include "jobs/runner/runner_test_env.h"

namespace tenantry::jobs {
namespace {

using testing::HasSubstr;

constexpr char kFour[] = R"json({"name": "four", "steps": [
  {"name": "numbers", "kind": "load", "sql": "SELECT range AS n FROM range(10)"},
  {"name": "odd", "kind": "transform",
     "sql": "SELECT n, n * n AS square FROM numbers WHERE n % 2 = 1"},
  {"name": "sums", "kind": "process", "sql": "SELECT sum(n) AS n, sum(square) AS square FROM odd"},
  {"name": "keep", "kind": "persist", "dataSet": "sums", "after": ["sums"]}]})json";

std::vector<int64_t> Attempts(const Job& job) {
  std::vector<int64_t> attempts;
  for (const StepState& step : job.steps) attempts.push_back(step.attempts);
  return attempts;
}

TEST(JobExecution, RunsFourStepsToTheRightResultAndTellsWhatTheyUsed) {
  RunnerTestEnv env;
  const base::JobId id = env.Add(kFour);
  ASSERT_TRUE(env.Execute(id).ok());
  const Job job = *env.store.Get(id);
  ASSERT_EQ(job.status, JobStatus::kSucceeded) << job.error;
  EXPECT_EQ(env.Ask("sums", "n || ' ' || square"), "25 165");
  EXPECT_EQ(job.steps[0].use.rows, 10);
  EXPECT_EQ(job.steps[1].use.rows, 5);
  EXPECT_EQ(job.steps[1].use.bytes_read, job.steps[0].use.bytes_written);
  EXPECT_GT(job.steps[0].use.bytes_written, 0);
  EXPECT_GT(job.steps[0].use.cpu_seconds, 0);
  EXPECT_EQ(job.steps[3].data_set_version, 1);
  EXPECT_TRUE(env.blobs.List(job.tenant, "")->empty()) << "nobody needs its snapshots any more";
  EXPECT_TRUE(std::filesystem::is_empty(env.folder / "work"));
  const std::vector<std::string> events = env.store.Events();
  EXPECT_THAT(events,
              testing::ElementsAre("j1 io.tenantry.job.submitted", "j1 io.tenantry.job.started",
                                   "j1 io.tenantry.job.succeeded"));
}

TEST(JobExecution, BeginsNoStepOnAFullDiskAndGoesOnOnceThereIsRoom) {
  RunnerTestEnv env;
  const base::JobId id = env.Add(kFour);
  env.disk_free = (1 << 20) - 1;
  ASSERT_TRUE(env.Execute(id).ok());
  Job job = *env.store.Get(id);
  EXPECT_EQ(job.status, JobStatus::kFailed);
  EXPECT_THAT(job.error, HasSubstr("step 'numbers': the step was not begun: the disk of the lake "
                                   "is full"));
  EXPECT_THAT(job.error, HasSubstr("lake.disk_free_min"));
  env.disk_free = int64_t{1} << 40;
  ASSERT_TRUE(
      env.store
          .Update(id, {},
                  [&](Job& stored, JobNote& note) { return Resume(stored, env.clock.Now(), note); })
          .ok());
  ASSERT_TRUE(env.Execute(id).ok());
  EXPECT_EQ(env.store.Get(id)->status, JobStatus::kSucceeded);
}

TEST(JobExecution, TellsThePeakMemoryOfAStepAloneAndNotOfTheServer) {
  constexpr size_t kServerBytes = size_t{640} << 20;
  constexpr int64_t kList = 8 * 16'000'000;  // bytes that the second step holds at once
  std::vector<char> held(kServerBytes, 'x');
  EXPECT_EQ(held[kServerBytes / 2], 'x');
  held = {};
  RunnerTestEnv env;
  const base::JobId id = env.Add(R"json({"name": "n", "steps": [
    {"name": "small", "kind": "load", "sql": "SELECT 1 AS n"},
    {"name": "large", "kind": "load",
       "sql": "SELECT len(list(range)) AS n FROM range(16000000)"}]})json");
  ASSERT_TRUE(env.Execute(id).ok());
  const Job job = *env.store.Get(id);
  ASSERT_EQ(job.status, JobStatus::kSucceeded) << job.error;
  const int64_t small = job.steps[0].use.memory_bytes_peak;
  EXPECT_GT(small, 10 << 20) << "the engine itself";
  EXPECT_LT(small, static_cast<int64_t>(kServerBytes) / 2);
  EXPECT_GT(job.steps[1].use.memory_bytes_peak, small + kList / 2);
}

TEST(JobExecution, ReadsDataSetsAndPublishesTheNextVersionOfOne) {
  RunnerTestEnv env;
  const base::JobId first = env.Add(kFour);
  ASSERT_TRUE(env.Execute(first).ok());
  const base::JobId second = env.Add(R"json({"name": "n", "steps": [
    {"name": "more", "kind": "persist", "dataSet": "sums",
     "sql": "SELECT n + 1 AS n, 0 AS square FROM sums"}]})json",
                                     "j2");
  ASSERT_TRUE(env.Execute(second).ok());
  const Job job = *env.store.Get(second);
  ASSERT_EQ(job.status, JobStatus::kSucceeded) << job.error;
  EXPECT_EQ(job.steps[0].data_set_version, 2);
  EXPECT_GT(job.steps[0].use.bytes_read, 0);
  EXPECT_EQ(env.Ask("sums", "n"), "26");
}

// Killed at every border of every step, and gone on with by the next process each time.
TEST(JobExecution, GoesOnAtItsFirstUnfinishedStepWhereverItWasKilledAndPublishesOnce) {
  for (const char* point : {"jobs.step_begun", "jobs.step_ran", "jobs.step_kept",
                            "jobs.step_published", "jobs.step_completed", "jobs.job_ended"}) {
    for (int64_t passes = 0; passes < 4; ++passes) {
      SCOPED_TRACE(fmt::format("{} after {}", point, passes));
      RunnerTestEnv env;
      const base::JobId id = env.Add(kFour);
      env.faults.Fail(point, absl::InternalError("killed"), passes, 1);
      const bool only_once = std::string_view(point).ends_with("published") ||
                             std::string_view(point).ends_with("ended");
      if (only_once && passes > 0) continue;
      ASSERT_FALSE(env.Execute(id).ok());
      const Job before = *env.store.Get(id);
      if (!IsEnd(before.status)) {
        ASSERT_TRUE(env.Execute(id).ok());
      }
      const Job job = *env.store.Get(id);
      ASSERT_EQ(job.status, JobStatus::kSucceeded) << job.error;
      EXPECT_EQ(env.data.versions["sums"], 1);
      EXPECT_EQ(job.steps[3].data_set_version, 1);
      EXPECT_EQ(env.Ask("sums", "n || ' ' || square"), "25 165");
      std::vector<int64_t> expected(4, 1);
      const size_t killed = only_once ? 3 : static_cast<size_t>(passes);
      const bool again = !std::string_view(point).ends_with("completed") &&
                         !std::string_view(point).ends_with("ended");
      if (again) expected[killed] = 2;
      EXPECT_EQ(Attempts(job), expected) << "finished steps do not run again";
      EXPECT_EQ(env.store.Events().size(), 3u);
    }
  }
}

constexpr char kReport[] = R"json({"name": "n", "steps": [
  {"name": "kept", "kind": "persist", "dataSet": "out", "sql": "SELECT random() AS r"},
  {"name": "report", "kind": "persist", "dataSet": "report",
     "sql": "SELECT r FROM kept, needed"}]})json";

std::string LogOf(RunnerTestEnv& env, const base::JobId& id) {
  const auto lines = env.store.ReadLog(id, 0, 1000);
  std::string text;
  for (const LogLine& line : *lines) text += line.text + "\n";
  return text;
}

// Runs a job whose first step publishes and whose second lacks its input, which then comes, and
// resumes it after its results were swept.
base::JobId ResumeWithoutResults(RunnerTestEnv& env, bool version_is_kept) {
  const base::JobId id = env.Add(kReport);
  EXPECT_TRUE(env.Execute(id).ok());
  EXPECT_EQ(env.store.Get(id)->status, JobStatus::kFailed);
  env.clock.Advance(env.options.snapshots_kept + absl::Seconds(1));
  EXPECT_TRUE(JobSweeper(env.store, env.snapshots, env.clock, env.options).Sweep().ok());
  if (!version_is_kept) std::filesystem::remove(env.data.VersionFile("out", 1));
  EXPECT_TRUE(env.Execute(env.Add(R"json({"name": "n", "steps": [
    {"name": "a", "kind": "persist", "dataSet": "needed", "sql": "SELECT 1 AS y"}]})json",
                                  "j2"))
                  .ok());
  EXPECT_TRUE(env.Resume(id).ok());
  EXPECT_TRUE(env.Execute(id).ok());
  EXPECT_EQ(env.store.Get(id)->status, JobStatus::kSucceeded) << env.store.Get(id)->error;
  return id;
}

TEST(JobExecution, GoesOnWithWhatAStepPublishedThoughItsSqlWouldGiveOtherRows) {
  RunnerTestEnv env;
  const base::JobId id = ResumeWithoutResults(env, true);
  EXPECT_EQ(env.data.versions["out"], 1);
  EXPECT_EQ(env.store.Get(id)->steps[0].data_set_version, 1);
  EXPECT_EQ(env.store.Get(id)->steps[0].use.rows, 1);
  EXPECT_EQ(env.Ask("report", "r"), env.Ask("out", "r")) << "later steps read what was published";
  EXPECT_THAT(LogOf(env, id), HasSubstr("it published version 1 of out before"));
}

TEST(JobExecution, PublishesAgainWhereTheVersionIsKeptNoLongerAndSaysSo) {
  RunnerTestEnv env;
  const base::JobId id = ResumeWithoutResults(env, false);
  EXPECT_EQ(env.data.versions["out"], 2);
  EXPECT_EQ(env.store.Get(id)->steps[0].data_set_version, 2);
  EXPECT_EQ(env.Ask("report", "r"), env.Ask("out", "r"));
  EXPECT_THAT(LogOf(env, id), HasSubstr("version 1 of out, which it published before, is kept no "
                                        "longer: it runs again and publishes another"));
}

TEST(JobExecution, ReadsWhatItPublishedBeforeItWasKilled) {
  RunnerTestEnv env;
  const base::JobId id = env.Add(R"json({"name": "n", "steps": [
    {"name": "kept", "kind": "persist", "dataSet": "out", "sql": "SELECT random() AS r"},
    {"name": "report", "kind": "persist", "dataSet": "report",
       "sql": "SELECT r FROM kept"}]})json");
  env.faults.Fail("jobs.step_published", absl::InternalError("killed"), 0, 1);
  ASSERT_FALSE(env.Execute(id).ok());
  ASSERT_TRUE(env.Execute(id).ok());
  EXPECT_EQ(env.store.Get(id)->status, JobStatus::kSucceeded) << env.store.Get(id)->error;
  EXPECT_EQ(env.data.versions["out"], 1);
  EXPECT_EQ(env.Ask("report", "r"), env.Ask("out", "r"));
}

TEST(JobExecution, GivesAStepUpThatNeverEnds) {
  RunnerTestEnv env;
  env.options.step_attempts_max = 3;
  const base::JobId id = env.Add(kFour);
  env.faults.Fail("jobs.step_ran", absl::InternalError("killed"), 0, 3);
  for (int i = 0; i < 3; ++i) ASSERT_FALSE(env.Execute(id).ok());
  ASSERT_TRUE(env.Execute(id).ok());
  const Job job = *env.store.Get(id);
  EXPECT_EQ(job.status, JobStatus::kFailed);
  EXPECT_THAT(job.error, HasSubstr("begun 3 times without coming to an end"));
  ASSERT_TRUE(env.Resume(id).ok());
  ASSERT_TRUE(env.Execute(id).ok());
  EXPECT_EQ(env.store.Get(id)->status, JobStatus::kSucceeded) << "somebody believes in it again";
  EXPECT_EQ(env.store.Get(id)->steps[0].attempts, 5);
}

TEST(JobExecution, FailsWithWhatTheEngineSaysAndWithoutPathsOfTheMachine) {
  RunnerTestEnv env;
  const base::JobId id = env.Add(R"json({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT 'x' AS x"},
    {"name": "b", "kind": "load", "sql": "SELECT x::INTEGER FROM a"},
    {"name": "c", "kind": "load", "sql": "SELECT 1"}]})json");
  ASSERT_TRUE(env.Execute(id).ok());
  const Job job = *env.store.Get(id);
  EXPECT_EQ(job.status, JobStatus::kFailed);
  EXPECT_THAT(job.error, HasSubstr("step 'b': "));
  EXPECT_THAT(job.error, HasSubstr("Could not convert string 'x' to INT32"));
  EXPECT_EQ(job.error.find(env.folder.path()), std::string::npos) << job.error;
  EXPECT_EQ(job.steps[2].status, JobStatus::kCancelled);
  EXPECT_FALSE(env.blobs.List(job.tenant, "")->empty()) << "for those who resume it";
}

TEST(JobExecution, ResumesAFailedJobWithTheResultsOfTheStepsThatSucceeded) {
  RunnerTestEnv env;
  const base::JobId id = env.Add(R"json({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT 1 AS x"},
    {"name": "b", "kind": "persist", "dataSet": "out", "sql": "SELECT x, y FROM a, late"}]})json");
  ASSERT_TRUE(env.Execute(id).ok());
  ASSERT_EQ(env.store.Get(id)->status, JobStatus::kFailed);
  const base::JobId other = env.Add(R"json({"name": "n", "steps": [
    {"name": "a", "kind": "persist", "dataSet": "late", "sql": "SELECT 2 AS y"}]})json",
                                    "j2");
  ASSERT_TRUE(env.Execute(other).ok());
  ASSERT_TRUE(env.Resume(id).ok());
  ASSERT_TRUE(env.Execute(id).ok());
  const Job job = *env.store.Get(id);
  EXPECT_EQ(job.status, JobStatus::kSucceeded) << job.error;
  EXPECT_EQ(Attempts(job), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(env.Ask("out", "x || ' ' || y"), "1 2");
}

constexpr char kEndless[] = R"json({"name": "n", "steps": [
  {"name": "a", "kind": "load",
     "sql": "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"}]})json";

TEST(JobExecution, StopsARunningStepWhenItsJobIsCancelledAndKeepsNothingOfIt) {
  RunnerTestEnv env;
  const base::JobId id = env.Add(kEndless);
  ExecutionParts parts = env.Parts();
  StopSwitch stop;
  const Job taken = env.Take(id);
  std::thread executing([&] { EXPECT_TRUE(JobExecution(parts, taken, stop).Run().ok()); });
  EXPECT_TRUE(WaitUntil([&] {
    std::error_code absent;  // until the first process makes it
    return !std::filesystem::is_empty(env.folder / "sql", absent) && !absent;
  }));
  const absl::Time asked = absl::Now();
  stop.Stop(StopReason::kCancel);
  executing.join();
  EXPECT_LT(absl::Now() - asked, absl::Seconds(2));
  const Job job = *env.store.Get(id);
  EXPECT_EQ(job.status, JobStatus::kCancelled);
  EXPECT_TRUE(std::filesystem::is_empty(env.folder / "work"));
  EXPECT_TRUE(env.blobs.List(job.tenant, "")->empty());
}

TEST(JobExecution, LeavesAJobThatIsAnothersUntouched) {
  RunnerTestEnv env;
  const base::JobId id = env.Add(kFour);
  const Job mine = env.Take(id);
  const Job theirs = env.Take(id);
  ExecutionParts parts = env.Parts();
  EXPECT_TRUE(absl::IsAborted(JobExecution(parts, mine, StopSwitch()).Run()));
  EXPECT_EQ(*env.store.Get(id), theirs);
  EXPECT_TRUE(env.data.versions.empty());
}

}  // namespace
}  // namespace tenantry::jobs
