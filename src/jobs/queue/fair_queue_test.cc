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

TEST(FairQueue, KeepsAPlaceFromATenantThatHasAllTheOthers) {
  const QueueLimits two{2, 2};
  EXPECT_EQ(NextJob({Queue("a", "j1", 9, 1)}, two), std::nullopt) << "another tenant may come";
  EXPECT_EQ(NextJob({Queue("a", "j1", 9, 1), Queue("b", "j7", 1, 0)}, two), base::JobId("j7"));
  EXPECT_EQ(NextJob({Queue("a", "j1", 9, 0)}, {1, 2}), base::JobId("j1")) << "the only place";
  EXPECT_EQ(NextJob({Queue("a", "j1", 9, 1)}, {3, 2}), base::JobId("j1"));
}

TEST(FairQueue, TakesNoneOfASuspendedTenantAndCountsThemBeforeNobody) {
  TenantQueue suspended = Queue("a", "j1", 9, 0);
  suspended.suspended = true;
  EXPECT_EQ(Next({suspended}), "none");
  EXPECT_EQ(Next({suspended, Queue("b", "j7", 1, 1)}), "j7");
  const std::vector<TenantQueue> both = {suspended, Queue("b", "j7", 1, 0)};
  const QueueTimes times{{}, absl::Seconds(10), absl::Minutes(5), kNow};
  const JobReason other = WhyWaiting(both, {3, 2}, JobToSubmit("j7", "b"), 0, times);
  EXPECT_EQ(other.ahead, 0);
  EXPECT_EQ(other.expected_start, kNow);
  const JobReason own = WhyWaiting(both, {3, 2}, JobToSubmit("j3", "a"), 2, times);
  EXPECT_EQ(own.text, "its tenant is suspended: it starts once the tenant is active again");
  EXPECT_EQ(own.ahead, 2);
  EXPECT_EQ(own.expected_start, std::nullopt);
}

// Jobs that run since so many seconds, each with its tenant.
QueueTimes Since(const std::vector<std::pair<const char*, int>>& running,
                 std::optional<absl::Duration> mean = absl::Seconds(10)) {
  QueueTimes times{{}, mean, absl::Minutes(5), kNow};
  for (const auto& [tenant, seconds] : running) {
    times.running.push_back({base::TenantId(tenant), kNow - absl::Seconds(seconds)});
  }
  return times;
}

JobReason Why(const std::vector<TenantQueue>& queues, const char* id, int64_t before,
              const QueueTimes& times, const QueueLimits& limits = {3, 2}) {
  return WhyWaiting(queues, limits, JobToSubmit(id, "a"), before, times);
}

TEST(FairQueue, SaysWhatAJobWaitsForAndWhenItShouldStart) {
  const JobReason next = Why({Queue("a", "j1", 1, 0)}, "j1", 0, Since({}));
  EXPECT_THAT(next.text, HasSubstr("it is next"));
  EXPECT_EQ(next.ahead, 0);
  EXPECT_EQ(next.expected_start, kNow);

  const JobReason full = Why({Queue("a", "j3", 2, 1), Queue("b", "j2", 1, 2)}, "j4", 1,
                             Since({{"a", 4}, {"b", 6}, {"b", 2}}));
  EXPECT_THAT(full.text, HasSubstr("all 3 places are taken (jobs.runners); 1 of its tenant and 1 "
                                   "of others come before it"));
  EXPECT_EQ(full.ahead, 2);
  EXPECT_EQ(full.expected_start, kNow + absl::Seconds(8)) << "two take the places free at 4 and 6";

  const JobReason only =
      Why({Queue("a", "j1", 1, 0), Queue("b", "", 0, 1)}, "j1", 0, Since({{"b", 4}}), {1, 2});
  EXPECT_THAT(only.text, HasSubstr("the only place is taken (jobs.runners)"));

  const JobReason own = Why({Queue("a", "j3", 1, 2)}, "j3", 0, Since({{"a", 4}, {"a", 1}}));
  EXPECT_THAT(own.text, HasSubstr("its tenant runs 2 jobs at once, as many as may "
                                  "(jobs.running_per_tenant_max)"));
  EXPECT_EQ(own.expected_start, kNow + absl::Seconds(6));

  const JobReason kept = Why({Queue("a", "j3", 1, 1)}, "j3", 0, Since({{"a", 4}}), {2, 2});
  EXPECT_THAT(kept.text, HasSubstr("its tenant runs 1 job at once, as many as may: one of the 2 "
                                   "places is kept for other tenants (jobs.runners)"));
  EXPECT_EQ(kept.expected_start, kNow + absl::Seconds(6));

  const JobReason unknown =
      Why({Queue("a", "j3", 1, 2)}, "j3", 0, Since({{"a", 4}, {"a", 1}}, std::nullopt));
  EXPECT_EQ(unknown.expected_start, std::nullopt);
  EXPECT_THAT(unknown.text, HasSubstr("no job has succeeded yet"));
}

TEST(FairQueue, ExpectsTheSameStartHoweverLateItIsAskedAndNoneOfWhatIsOverdue) {
  const std::vector<TenantQueue> queues = {Queue("a", "j3", 2, 2)};
  QueueTimes times = Since({{"a", 4}, {"a", 1}});
  const auto first = Why(queues, "j4", 1, times).expected_start;
  EXPECT_EQ(first, kNow + absl::Seconds(9));
  times.now += absl::Seconds(3);
  EXPECT_EQ(Why(queues, "j4", 1, times).expected_start, first);
  times.now = kNow + absl::Seconds(7);
  EXPECT_EQ(Why(queues, "j3", 0, times).expected_start, kNow + absl::Seconds(9))
      << "the other one is on time";
  times.now = kNow + absl::Seconds(60);
  const JobReason overdue = Why(queues, "j3", 0, times);
  EXPECT_EQ(overdue.expected_start, std::nullopt);
  EXPECT_THAT(overdue.text, HasSubstr("takes longer than jobs did of late (10s)"));
  EXPECT_THAT(overdue.text, HasSubstr("5m at the latest (jobs.step_time_max)"));
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
