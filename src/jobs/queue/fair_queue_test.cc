#include "jobs/queue/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/life/job_testing.h"

namespace tenantry::jobs {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TenantQueue Queue(const char* tenant, const char* oldest, int64_t waiting, int64_t running) {
  return {base::TenantId(tenant), base::JobId(oldest), waiting, running};
}

std::string Next(const std::vector<TenantQueue>& queues, int64_t per_tenant = 2) {
  const auto next = NextJob(queues, {4, per_tenant});
  return next ? next->value() : "none";
}

TEST(FairQueue, TakesOfTheTenantThatRunsTheFewestAndTheOldestOfEquals) {
  EXPECT_EQ(Next({}), "none");
  EXPECT_EQ(Next({Queue("a", "j1", 9, 1), Queue("b", "j7", 1, 0)}), "j7");
  EXPECT_EQ(Next({Queue("a", "j5", 9, 1), Queue("b", "j3", 1, 1)}), "j3");
  EXPECT_EQ(Next({Queue("a", "j1", 9, 2), Queue("b", "", 0, 0)}), "none") << "a has its fill";
  EXPECT_EQ(Next({Queue("a", "j1", 9, 2)}, 3), "j1");
}

JobReason Why(const std::vector<TenantQueue>& queues, const char* id, int64_t before,
              std::optional<absl::Duration> mean = absl::Seconds(10)) {
  return WhyWaiting(queues, {2, 2}, JobToSubmit(id, "a"), before, mean, kNow);
}

TEST(FairQueue, SaysWhatAJobWaitsForAndWhenItShouldStart) {
  const JobReason next = Why({Queue("a", "j1", 1, 0)}, "j1", 0);
  EXPECT_THAT(next.text, HasSubstr("it is next"));
  EXPECT_EQ(next.ahead, 0);
  EXPECT_EQ(next.expected_start, kNow);

  const JobReason full = Why({Queue("a", "j3", 2, 1), Queue("b", "j2", 1, 1)}, "j4", 1);
  EXPECT_THAT(full.text, HasSubstr("all 2 places are taken (jobs.runners); 1 of its tenant and 1 "
                                   "of others come before it"));
  EXPECT_EQ(full.ahead, 2);
  EXPECT_EQ(full.expected_start, kNow + absl::Seconds(20));

  const auto only = WhyWaiting({Queue("a", "j1", 1, 0), Queue("b", "", 0, 1)}, {1, 2},
                               JobToSubmit("j1", "a"), 0, std::nullopt, kNow);
  EXPECT_THAT(only.text, HasSubstr("the only place is taken (jobs.runners)"));

  const JobReason own = Why({Queue("a", "j3", 1, 2)}, "j3", 0);
  EXPECT_THAT(own.text, HasSubstr("its tenant runs 2 jobs at once, as many as may"));
  EXPECT_EQ(own.expected_start, kNow + absl::Seconds(10));

  const JobReason unknown = Why({Queue("a", "j3", 1, 2)}, "j3", 0, std::nullopt);
  EXPECT_EQ(unknown.expected_start, std::nullopt);
  EXPECT_THAT(unknown.text, HasSubstr("no job has succeeded yet"));
}

TEST(FairQueue, SaysWhereAJobIsThatWaitsNoMore) {
  Job job = JobToSubmit("j1");
  JobNote note;
  Submit(job, kNow, note);
  ASSERT_TRUE(Claim(job, "p", kNow, kNow + absl::Seconds(30), note).ok());
  const JobLease lease{job.id, "p", job.epoch};
  ASSERT_TRUE(BeginStep(job, lease, 0, kNow, note).ok());
  EXPECT_EQ(WhyNotWaiting(job).text,
            "it waits for nothing: it runs, step 'a' (1 of 3) since 2023-11-14T22:13:20.000Z");
  ASSERT_TRUE(FailStep(job, lease, 0, {}, "no table", kNow, note).ok());
  EXPECT_EQ(WhyNotWaiting(job).text,
            "it waits for nothing: it failed at 2023-11-14T22:13:20.000Z, step 'a': no table");
}

}  // namespace
}  // namespace tenantry::jobs
