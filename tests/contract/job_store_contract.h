#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "jobs/life/job_testing.h"
#include "jobs/store/job_store.h"

namespace tenantry::jobs {

/// A store of jobs under test; it knows the tenants acme, beta and gamma.
struct JobStoreCase {
  std::string name;
  /// Makes one with those limits that goes by `clock`.
  std::function<std::unique_ptr<JobStore>(base::ManualClock& clock, const StoreLimits& limits)>
      make;
};

/// What every JobStore must do. Enrol one with INSTANTIATE_TEST_SUITE_P.
class JobStoreContract : public ::testing::TestWithParam<JobStoreCase> {
 protected:
  JobStore& store() {
    if (!store_) store_ = GetParam().make(clock_, limits_);
    return *store_;
  }
  absl::Status Add(const std::string& id, const std::string& tenant = "acme") {
    return store().Create(JobToSubmit(id, tenant), actor_).status();
  }
  absl::StatusOr<Job> Take(const std::string& id, const std::string& owner) {
    return store().Update(base::JobId(id), actor_, [&](Job& job, JobNote& note) {
      return Claim(job, owner, clock_.Now(), clock_.Now() + absl::Seconds(30), note);
    });
  }
  absl::StatusOr<Job> Stop(const std::string& id) {
    return store().Update(base::JobId(id), actor_, [&](Job& job, JobNote& note) {
      return RequestCancel(job, clock_.Now(), note);
    });
  }
  std::vector<std::string> Ids(const JobFilter& filter, const std::string& before = "",
                               int64_t limit = 100) {
    std::vector<std::string> ids;
    const auto jobs = store().List(filter, base::JobId(before), limit);
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    if (jobs.ok()) {
      for (const Job& job : *jobs) ids.push_back(job.id.value());
    }
    return ids;
  }

  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  StoreLimits limits_;
  const metastore::Actor actor_{"user ann of acme", {"request-1", ""}};
  std::unique_ptr<JobStore> store_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JobStoreContract);

TEST_P(JobStoreContract, GivesBackWhatWasStored) {
  Job job = JobToSubmit("j1");
  job.traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
  const auto made = store().Create(job, actor_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->created, clock_.Now());
  EXPECT_EQ(*store().Get(job.id), *made);
  EXPECT_TRUE(absl::IsNotFound(store().Get(base::JobId("j2")).status()));
  EXPECT_EQ(Add("j1").code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(JobStoreContract, KeepsEveryFieldOfAChange) {
  ASSERT_TRUE(Add("j1").ok());
  const auto changed =
      store().Update(base::JobId("j1"), actor_, [&](Job& job, JobNote& note) -> absl::Status {
        const absl::Time now = clock_.Now();
        absl::Status status = Claim(job, "p", now, now + absl::Seconds(30), note);
        const JobLease lease{job.id, "p", job.epoch};
        if (status.ok()) status = BeginStep(job, lease, 0, now, note);
        if (status.ok()) status = CompleteStep(job, lease, 0, {1, 2, 3, 0.1, 4}, 5, now, note);
        if (status.ok()) status = BeginStep(job, lease, 1, now, note);
        if (status.ok()) status = FailStep(job, lease, 1, {1, 2, 3, 0.1, 4}, "ü\n", now, note);
        job.begun = now + absl::Seconds(1);
        job.steps[2].unended = 7;
        return status;
      });
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(*store().Get(base::JobId("j1")), *changed);
  EXPECT_EQ(changed->steps[0].use.cpu_seconds, 0.1);
}

TEST_P(JobStoreContract, LeavesAllAsItWasWhenAChangeFails) {
  ASSERT_TRUE(Add("j1").ok());
  const Job before = *store().Get(base::JobId("j1"));
  const auto refused = store().Update(base::JobId("j1"), actor_, [](Job& job, JobNote& note) {
    job.error = "changed";
    note.log.push_back({"", "never"});
    return absl::AbortedError("no");
  });
  EXPECT_TRUE(absl::IsAborted(refused.status()));
  EXPECT_EQ(*store().Get(base::JobId("j1")), before);
  EXPECT_EQ(store().ReadLog(base::JobId("j1"), 0, 100)->size(), 1u);
  const auto nobody =
      store().Update(base::JobId("x"), actor_, [](Job&, JobNote&) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsNotFound(nobody.status()));
}

TEST_P(JobStoreContract, ListsNewestFirstByFilterAndPage) {
  for (const char* id : {"j1", "j3", "j5"}) ASSERT_TRUE(Add(id).ok());
  for (const char* id : {"j2", "j4"}) ASSERT_TRUE(Add(id, "beta").ok());
  ASSERT_TRUE(Stop("j3").ok());
  using testing::ElementsAre;
  EXPECT_THAT(Ids({}), ElementsAre("j5", "j4", "j3", "j2", "j1"));
  EXPECT_THAT(Ids({}, "", 2), ElementsAre("j5", "j4"));
  EXPECT_THAT(Ids({}, "j4", 2), ElementsAre("j3", "j2"));
  EXPECT_THAT(Ids({.tenant = base::TenantId("acme")}), ElementsAre("j5", "j3", "j1"));
  EXPECT_THAT(Ids({.tenant = base::TenantId("acme"), .status = JobStatus::kQueued}, "j5"),
              ElementsAre("j1"));
  EXPECT_THAT(Ids({.user = base::UserId("bob")}), ElementsAre());
  EXPECT_THAT(Ids({.status = JobStatus::kCancelled, .user = base::UserId("ann")}),
              ElementsAre("j3"));
}

TEST_P(JobStoreContract, TakesNoMoreJobsThanMayWait) {
  limits_.waiting_per_tenant_max = 2;
  limits_.waiting_max = 3;
  ASSERT_TRUE(Add("j1").ok());
  ASSERT_TRUE(Add("j2").ok());
  const absl::Status full = Add("j3");
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(full.ToString(),
              testing::HasSubstr("the tenant 'acme' has 2 jobs that wait already"));
  ASSERT_TRUE(Add("j4", "beta").ok());
  EXPECT_EQ(Add("j5", "beta").code(), absl::StatusCode::kResourceExhausted) << "of all";
  ASSERT_TRUE(Take("j1", "p").ok());
  EXPECT_TRUE(Add("j6").ok()) << "a running one does not wait";
}

TEST_P(JobStoreContract, GivesAJobToOneOfManyWhoWantIt) {
  ASSERT_TRUE(Add("j1").ok());
  constexpr int kRacers = 8;
  std::vector<absl::Status> answers(kRacers);
  std::vector<std::thread> racers;
  for (int i = 0; i < kRacers; ++i) {
    racers.emplace_back([&, i] { answers[i] = Take("j1", std::to_string(i)).status(); });
  }
  for (std::thread& racer : racers) racer.join();
  EXPECT_EQ(std::count_if(answers.begin(), answers.end(), [](const auto& s) { return s.ok(); }), 1);
  EXPECT_EQ(store().Get(base::JobId("j1"))->epoch, 1);
}

TEST_P(JobStoreContract, TellsWhatWaitsAndRunsOfEachTenant) {
  for (const char* id : {"j1", "j2", "j3"}) ASSERT_TRUE(Add(id).ok());
  ASSERT_TRUE(Add("j4", "beta").ok());
  ASSERT_TRUE(Add("j5", "gamma").ok());
  ASSERT_TRUE(Take("j1", "p").ok());
  ASSERT_TRUE(Take("j4", "p").ok());
  ASSERT_TRUE(Stop("j5").ok());
  const auto queues = store().Queues();
  ASSERT_TRUE(queues.ok()) << queues.status();
  EXPECT_THAT(*queues,
              testing::ElementsAre(TenantQueue{base::TenantId("acme"), base::JobId("j2"), 2, 1},
                                   TenantQueue{base::TenantId("beta"), base::JobId(), 0, 1}));
  EXPECT_EQ(*store().WaitingBefore(base::TenantId("acme"), base::JobId("j3")), 1);
  EXPECT_EQ(*store().WaitingBefore(base::TenantId("beta"), base::JobId("j9")), 0);
}

TEST_P(JobStoreContract, FindsJobsWhoseOwnerDied) {
  for (const char* id : {"j1", "j2", "j3"}) ASSERT_TRUE(Add(id).ok());
  ASSERT_TRUE(Take("j1", "p").ok());
  ASSERT_TRUE(Take("j2", "q").ok());
  EXPECT_TRUE(store().Abandoned(clock_.Now(), 10)->empty());
  ASSERT_TRUE(store().EndLeases("q").ok());
  EXPECT_THAT(*store().Abandoned(clock_.Now(), 10), testing::ElementsAre(base::JobId("j1")));
  clock_.Advance(absl::Seconds(30));
  EXPECT_THAT(*store().Abandoned(clock_.Now(), 10),
              testing::ElementsAre(base::JobId("j1"), base::JobId("j2")));
  EXPECT_EQ(store().Abandoned(clock_.Now(), 1)->size(), 1u);
  EXPECT_EQ(Take("j1", "q")->epoch, 2);
}

TEST_P(JobStoreContract, KeepsALogOfBoundedSize) {
  limits_.log_lines_max = 3;
  limits_.log_line_bytes_max = 10;
  ASSERT_TRUE(Add("j1").ok());
  for (const char* text : {"second", "üüüüüüüü", "fourth", "fifth"}) {
    const auto added =
        store().Update(base::JobId("j1"), actor_, [&](Job&, JobNote& note) -> absl::Status {
          note.log.push_back({"a", text});
          return absl::OkStatus();
        });
    ASSERT_TRUE(added.ok()) << added.status();
  }
  const auto log = store().ReadLog(base::JobId("j1"), 1, 100);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->size(), 3u);
  EXPECT_EQ(log->front(), (LogLine{2, clock_.Now(), "a", "second"}));
  EXPECT_EQ((*log)[1].text, "üüüüü…");
  EXPECT_THAT((*log)[2].text, testing::HasSubstr("the log is full at 3 lines"));
  EXPECT_EQ(store().ReadLog(base::JobId("j1"), 0, 1)->size(), 1u);
  EXPECT_TRUE(store().ReadLog(base::JobId("x"), 0, 1)->empty());
}

TEST_P(JobStoreContract, RemovesEndedJobsAloneWithTheirLogs) {
  ASSERT_TRUE(Add("j1").ok());
  ASSERT_TRUE(Add("j2").ok());
  ASSERT_TRUE(Stop("j1").ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(store().Ended(clock_.Now() - absl::Seconds(1), false, 10)->empty());
  EXPECT_EQ(store().Ended(clock_.Now(), false, 10)->size(), 1u);
  EXPECT_TRUE(store().Ended(clock_.Now(), true, 10)->empty()) << "it has no snapshots";
  EXPECT_TRUE(store().Remove(base::JobId("j1")).ok());
  EXPECT_TRUE(store().Remove(base::JobId("j1")).ok());
  EXPECT_TRUE(store().Remove(base::JobId("j2")).ok());
  EXPECT_THAT(Ids({}), testing::ElementsAre("j2")) << "it waits";
  EXPECT_TRUE(store().ReadLog(base::JobId("j1"), 0, 10)->empty());
}

TEST_P(JobStoreContract, KnowsHowLongJobsRun) {
  EXPECT_EQ(*store().MeanRunTime(10), std::nullopt);
  for (const int seconds : {1, 3}) {
    const std::string id = "j" + std::to_string(seconds);
    ASSERT_TRUE(Add(id).ok());
    ASSERT_TRUE(Take(id, "p").ok());
    ASSERT_TRUE(store()
                    .Update(base::JobId(id), actor_,
                            [&](Job& job, JobNote& note) -> absl::Status {
                              for (StepState& step : job.steps) {
                                step.status = JobStatus::kSucceeded;
                                step.has_snapshot = true;
                              }
                              return Succeed(job, {job.id, "p", job.epoch},
                                             clock_.Now() + absl::Seconds(seconds), note);
                            })
                    .ok());
  }
  EXPECT_EQ(*store().MeanRunTime(10), absl::Seconds(2));
  EXPECT_EQ(*store().MeanRunTime(1), absl::Seconds(3));
  EXPECT_EQ(store().Ended(absl::InfiniteFuture(), true, 10)->size(), 2u);
}

}  // namespace tenantry::jobs
