#include "jobs/runner/job_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/jobs.h"
#include "jobs/runner/runner_test_env.h"

namespace tenantry::jobs {
namespace {

constexpr char kOne[] = R"json({"name": "one", "steps": [
  {"name": "a", "kind": "persist", "dataSet": "one", "sql": "SELECT 1 AS x"}]})json";
constexpr char kEndless[] = R"json({"name": "n", "steps": [
  {"name": "a", "kind": "load", "sql": "SELECT 1 AS x"},
  {"name": "b", "kind": "load",
     "sql": "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"}]})json";

struct RunnerBench : RunnerTestEnv {
  std::unique_ptr<JobRunner> Run(const std::string& owner = "p", bool alone = true) {
    auto runner = std::make_unique<JobRunner>(Parts(), owner, alone);
    EXPECT_TRUE(runner->Start().ok());
    return runner;
  }
  bool Reaches(const base::JobId& id, JobStatus status) {
    return WaitUntil([&] { return store.Get(id)->status == status; });
  }
  bool RunsStep(const base::JobId& id, size_t step) {
    return WaitUntil([&] { return store.Get(id)->steps[step].status == JobStatus::kRunning; });
  }
};

TEST(JobRunner, RunsWhatIsQueuedAndWhatComesLater) {
  RunnerBench bench;
  const base::JobId first = bench.Add(kOne, "j1");
  const auto runner = bench.Run();
  EXPECT_TRUE(bench.Reaches(first, JobStatus::kSucceeded));
  const base::JobId second = bench.Add(kOne, "j2", "beta");
  runner->Wake();
  EXPECT_TRUE(bench.Reaches(second, JobStatus::kSucceeded));
}

TEST(JobRunner, RunsNoMoreOfATenantAtOnceThanMayAndLetsOthersPass) {
  RunnerBench bench;
  bench.options.running_per_tenant_max = 1;
  const base::JobId endless = bench.Add(kEndless, "j1");
  const base::JobId behind = bench.Add(kOne, "j2");
  const base::JobId others = bench.Add(kOne, "j3", "beta");
  const auto runner = bench.Run();
  EXPECT_TRUE(bench.Reaches(others, JobStatus::kSucceeded));
  EXPECT_EQ(bench.store.Get(behind)->status, JobStatus::kQueued);
  ASSERT_TRUE(bench.store
                  .Update(endless, {},
                          [&](Job& job, JobNote& note) {
                            return RequestCancel(job, bench.clock.Now(), note);
                          })
                  .ok());
  EXPECT_TRUE(bench.Reaches(endless, JobStatus::kCancelled));
  EXPECT_TRUE(bench.Reaches(behind, JobStatus::kSucceeded));
}

TEST(JobRunner, LeavesAloneWhatIsOfASuspendedTenantUntilItIsActiveAgain) {
  RunnerBench bench;
  const base::TenantId acme("acme");
  const base::JobId interrupted = bench.Add(kOne, "j1");
  bench.Take(interrupted);
  const base::JobId resumed = bench.Add(kOne, "j2");
  const auto cancel = [&](Job& job, JobNote& note) {
    return RequestCancel(job, bench.clock.Now(), note);
  };
  ASSERT_TRUE(bench.store.Update(resumed, {}, cancel).ok());
  const base::JobId queued = bench.Add(kOne, "j3");
  bench.store.SetSuspended(acme, true);
  ASSERT_TRUE(bench.Resume(resumed).ok());
  const auto runner = bench.Run();
  base::SeededRandom random{1};
  Jobs jobs(bench.store, bench.data, bench.steps, bench.clock, random, bench.options, bench.metrics,
            [] {});
  const base::JobId others = bench.Add(kOne, "j9", "beta");
  EXPECT_TRUE(bench.Reaches(others, JobStatus::kSucceeded)) << "behind all of them";
  EXPECT_EQ(bench.store.Get(queued)->status, JobStatus::kQueued);
  EXPECT_EQ(bench.store.Get(resumed)->status, JobStatus::kQueued);
  EXPECT_EQ(bench.store.Get(interrupted)->epoch, 1) << "nobody took it over";
  EXPECT_THAT(jobs.Why(*bench.store.Get(queued))->text, testing::HasSubstr("tenant is suspended"));
  EXPECT_THAT(jobs.Why(*bench.store.Get(interrupted))->text,
              testing::HasSubstr("it was interrupted, and its tenant is suspended"));
  bench.store.SetSuspended(acme, false);
  for (const base::JobId& id : {interrupted, resumed, queued}) {
    EXPECT_TRUE(bench.Reaches(id, JobStatus::kSucceeded)) << id.value();
  }
}

TEST(JobRunner, EndsARunningJobOfATenantThatIsSuspendedAsAnyOther) {
  RunnerBench bench;
  const base::JobId id = bench.Add(kEndless);
  const auto runner = bench.Run();
  ASSERT_TRUE(bench.RunsStep(id, 1));
  bench.store.SetSuspended(base::TenantId("acme"), true);
  const auto cancel = [&](Job& job, JobNote& note) {
    return RequestCancel(job, bench.clock.Now(), note);
  };
  ASSERT_TRUE(bench.store.Update(id, {}, cancel).ok());
  EXPECT_EQ(bench.store.Get(id)->status, JobStatus::kRunning) << "its owner lives and ends it";
  EXPECT_TRUE(bench.Reaches(id, JobStatus::kCancelled));
}

TEST(JobRunner, LetsATenantHoldAllPlacesButOne) {
  RunnerBench bench;
  bench.options.runners = 2;
  bench.options.running_per_tenant_max = 2;
  const base::JobId endless = bench.Add(kEndless, "j1");
  const base::JobId second = bench.Add(kEndless, "j2");
  const auto runner = bench.Run();
  ASSERT_TRUE(bench.RunsStep(endless, 1));
  const base::JobId others = bench.Add(kOne, "j3", "beta");
  runner->Wake();
  EXPECT_TRUE(bench.Reaches(others, JobStatus::kSucceeded));
  EXPECT_EQ(bench.store.Get(second)->status, JobStatus::kQueued);
}

TEST(JobRunner, LeavesAJobAtItsEndWhichTheNextProcessGoesOnWith) {
  RunnerBench bench;
  const base::JobId id = bench.Add(kEndless);
  auto runner = bench.Run("p1");
  ASSERT_TRUE(bench.RunsStep(id, 1));
  runner->Drain(absl::Now());
  runner->Stop();
  EXPECT_EQ(bench.store.Get(id)->status, JobStatus::kRunning);
  EXPECT_LE(bench.store.Get(id)->lease_until, bench.clock.Now());
  runner = bench.Run("p2", false);
  EXPECT_TRUE(WaitUntil([&] { return bench.store.Get(id)->epoch == 2; }));
  ASSERT_TRUE(bench.RunsStep(id, 1));
  EXPECT_EQ(bench.store.Get(id)->steps[0].attempts, 1);
}

TEST(JobRunner, TakesOverFromADeadProcessOnceTheLeaseEnded) {
  RunnerBench bench;
  const base::JobId id = bench.Add(kOne);
  const Job dead = bench.Take(id);
  const auto runner = bench.Run("other", false);
  const base::JobId later = bench.Add(kOne, "j2", "beta");
  EXPECT_TRUE(bench.Reaches(later, JobStatus::kSucceeded));
  EXPECT_EQ(bench.store.Get(id)->owner, dead.owner) << "its lease lasts";
  bench.clock.Advance(absl::Seconds(31));
  EXPECT_TRUE(bench.Reaches(id, JobStatus::kSucceeded));
}

TEST(JobRunner, TakesOverAtOnceWhenItIsAlone) {
  RunnerBench bench;
  const base::JobId id = bench.Add(kOne);
  bench.Take(id);
  const auto runner = bench.Run("other", true);
  EXPECT_TRUE(bench.Reaches(id, JobStatus::kSucceeded));
}

TEST(JobRunner, KeepsTheLeaseOfAJobThatRunsLong) {
  RunnerBench bench;
  const base::JobId id = bench.Add(kEndless);
  const auto runner = bench.Run();
  ASSERT_TRUE(bench.RunsStep(id, 1));
  const absl::Time before = bench.store.Get(id)->lease_until;
  bench.clock.Advance(absl::Seconds(15));
  EXPECT_TRUE(WaitUntil([&] { return bench.store.Get(id)->lease_until > before; }));
  EXPECT_EQ(bench.store.Get(id)->epoch, 1);
}

TEST(JobRunner, SweepsResultsAndThenJobsThatAreKeptNoLonger) {
  RunnerBench bench;
  bench.options.sweep_interval = absl::Milliseconds(1);
  const base::JobId id = bench.Add(R"json({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT 1 AS x"},
    {"name": "b", "kind": "load", "sql": "SELECT nothing FROM a"}]})json");
  const auto runner = bench.Run();
  ASSERT_TRUE(bench.Reaches(id, JobStatus::kFailed));
  EXPECT_TRUE(bench.store.Get(id)->steps[0].has_snapshot);
  bench.clock.Advance(bench.options.snapshots_kept + absl::Seconds(1));
  EXPECT_TRUE(WaitUntil([&] {
    return !bench.store.Get(id)->steps[0].has_snapshot &&
           bench.blobs.List(base::TenantId("acme"), "")->empty();
  }));
  bench.clock.Advance(bench.options.kept);
  EXPECT_TRUE(WaitUntil([&] { return absl::IsNotFound(bench.store.Get(id).status()); }));
}

TEST(Jobs, SubmitsAJobThatRunsAndTellsWhy) {
  RunnerBench bench;
  base::SeededRandom random(1);
  std::unique_ptr<JobRunner> runner;
  Jobs jobs(bench.store, bench.data, bench.steps, bench.clock, random, bench.options, bench.metrics,
            [&] {
              if (runner) runner->Wake();
            });
  const auto spec = jobs.Parse(kOne, SpecFormat::kJson);
  ASSERT_TRUE(spec.ok());
  const auto made = jobs.Submit({base::TenantId("acme"), base::UserId("ann"), {}, {}}, *spec);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(jobs.Why(*made)->text, testing::HasSubstr("it is next"));
  runner = bench.Run();
  EXPECT_TRUE(bench.Reaches(made->id, JobStatus::kSucceeded));
  EXPECT_THAT(jobs.Why(*jobs.Get(made->id))->text, testing::HasSubstr("it succeeded"));
  EXPECT_FALSE(jobs.Cancel(made->id, {}).ok());
  EXPECT_FALSE(jobs.Resume(made->id, {}).ok());
  runner.reset();
}

TEST(Jobs, DryRunsWithoutRunning) {
  RunnerBench bench;
  base::SeededRandom random(1);
  Jobs jobs(bench.store, bench.data, bench.steps, bench.clock, random, bench.options, bench.metrics,
            [] {});
  bench.data.schemas["orders"] = {{"id", "BIGINT"}};
  const auto dry = jobs.DryRun(base::TenantId("acme"), SpecOf(R"json({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT id + 1 AS id FROM orders"},
    {"name": "b", "kind": "load", "sql": "SELECT idd FROM a"}]})json"));
  ASSERT_TRUE(dry.ok()) << dry.status();
  EXPECT_THAT((*dry)[0].data_sets, testing::ElementsAre("orders"));
  EXPECT_THAT((*dry)[0].check.columns, testing::ElementsAre(ColumnSpec{"id", "BIGINT"}));
  EXPECT_THAT((*dry)[1].check.problem, testing::HasSubstr("idd"));
  const auto made = jobs.DryRun(base::TenantId("acme"), SpecOf(R"json({"name": "n", "steps": [
    {"name": "p", "kind": "persist", "dataSet": "ro", "sql": "SELECT 1 AS x"},
    {"name": "q", "kind": "load", "sql": "SELECT x + 1 AS y FROM ro"}]})json"));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ((*made)[1].check.problem, "");
  EXPECT_THAT((*made)[1].data_sets, testing::ElementsAre("ro"));
  EXPECT_TRUE(bench.store.List({}, {}, 10)->empty());
}

}  // namespace
}  // namespace tenantry::jobs
