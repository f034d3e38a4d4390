#include "jobs/life/transitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "jobs/life/job_testing.h"

namespace tenantry::jobs {
namespace {

using events::EventType;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

// A job on its way through its life, a second a change.
class Life {
 public:
  Life() { Submit(job, Now(), note); }

  absl::Time Now() { return now_ += absl::Seconds(1); }
  absl::Status Take() {
    note = {};
    const absl::Status status = Claim(job, "p", Now(), now_ + absl::Seconds(30), note);
    lease = {job.id, "p", job.epoch};
    return status;
  }
  absl::Status Begin(size_t step) { return BeginStep(job, lease, step, Now(), note = {}); }
  absl::Status Complete(size_t step) {
    return CompleteStep(job, lease, step, {10, 20, 30, 0.5, 40}, step == 2 ? 7 : 0, Now(),
                        note = {});
  }
  absl::Status Fail(size_t step) {
    return FailStep(job, lease, step, {}, "no such table", Now(), note = {});
  }

  Job job = JobToSubmit("j1");
  JobNote note;
  JobLease lease;

 private:
  absl::Time now_ = kStart;
};

std::vector<JobStatus> Steps(const Job& job) {
  std::vector<JobStatus> steps;
  for (const StepState& step : job.steps) steps.push_back(step.status);
  return steps;
}

TEST(JobLife, LeadsFromTheQueueOverItsStepsToSuccessWithWhatWasUsed) {
  Life life;
  EXPECT_EQ(life.note.event, EventType::kJobSubmitted);
  ASSERT_TRUE(life.Take().ok());
  EXPECT_EQ(life.note.event, EventType::kJobStarted);
  for (size_t step = 0; step < 3; ++step) {
    EXPECT_FALSE(Succeed(life.job, life.lease, life.Now(), life.note).ok()) << "not all did";
    ASSERT_TRUE(life.Begin(step).ok());
    EXPECT_FALSE(life.Begin(step).ok()) << "it runs";
    ASSERT_TRUE(life.Complete(step).ok());
  }
  life.note = {};
  ASSERT_TRUE(Succeed(life.job, life.lease, life.Now(), life.note).ok());
  EXPECT_EQ(life.note.event, EventType::kJobSucceeded);
  EXPECT_EQ(life.job.status, JobStatus::kSucceeded);
  EXPECT_EQ(life.job.steps[2].data_set_version, 7);
  EXPECT_EQ(EventData(life.job, EventType::kJobSucceeded),
            nlohmann::json({{"jobID", "j1"},
                            {"userID", "ann"},
                            {"sessionID", "s1"},
                            {"cpuSeconds", 1.5},
                            {"peakMemoryBytes", 40},
                            {"bytesRead", 60},
                            {"bytesWritten", 90},
                            {"rows", 10},
                            {"steps", 3},
                            {"waitSeconds", 1.0},
                            {"durationSeconds", 13.0}}));
}

TEST(JobLife, LetsAStepBeginOnlyBehindThoseItComesAfter) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  EXPECT_EQ(life.Begin(1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(life.Begin(3).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(life.Complete(0).code(), absl::StatusCode::kFailedPrecondition) << "it never began";
}

TEST(JobLife, FailsWithAStepAndCancelsWhatWasQueued) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  ASSERT_TRUE(life.Begin(0).ok());
  ASSERT_TRUE(life.Fail(0).ok());
  EXPECT_EQ(life.job.error, "step 'a': no such table");
  EXPECT_EQ(life.note.event, EventType::kJobFailed);
  EXPECT_THAT(Steps(life.job), testing::ElementsAre(JobStatus::kFailed, JobStatus::kCancelled,
                                                    JobStatus::kCancelled));
  EXPECT_FALSE(life.Take().ok());
  const auto data = EventData(life.job, EventType::kJobFailed);
  EXPECT_EQ(data.at("steps"), 0);
  EXPECT_THAT(data.dump(), testing::Not(testing::HasSubstr("no such table")))
      << "an error may quote a value of the tenant's data";
}

TEST(JobLife, IsTakenOverOnlyOnceTheLeaseEndedAndThenTheOldOwnerIsRefused) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  ASSERT_TRUE(life.Begin(0).ok());
  ASSERT_TRUE(life.Complete(0).ok());
  ASSERT_TRUE(life.Begin(1).ok());
  JobNote note;
  EXPECT_FALSE(Claim(life.job, "q", life.Now(), kStart + absl::Hours(1), note).ok());
  const absl::Time later = kStart + absl::Minutes(5);
  ASSERT_TRUE(Claim(life.job, "q", later, later + absl::Seconds(30), note).ok());
  EXPECT_EQ(note.event, std::nullopt) << "it started once";
  EXPECT_THAT(Steps(life.job),
              testing::ElementsAre(JobStatus::kSucceeded, JobStatus::kQueued, JobStatus::kQueued));
  const Job before = life.job;
  for (const absl::Status& status :
       {life.Begin(1), life.Complete(1), life.Fail(1), Renew(life.job, life.lease, later),
        Succeed(life.job, life.lease, later, note), Cancel(life.job, life.lease, {}, later, note),
        Release(life.job, life.lease, later, note)}) {
    EXPECT_TRUE(absl::IsAborted(status)) << status;
  }
  EXPECT_EQ(life.job, before);
}

TEST(JobLife, CanBeTakenAtOnceWhenItsOwnerLetGoAndIsRenewedByNobody) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  ASSERT_TRUE(Release(life.job, life.lease, life.Now(), life.note = {}).ok());
  EXPECT_TRUE(absl::IsAborted(Renew(life.job, life.lease, kStart + absl::Hours(1))));
  ASSERT_TRUE(life.Take().ok());
  EXPECT_EQ(life.job.epoch, 2);
}

TEST(JobLife, CancelsAQueuedJobAtOnceAndARunningOneWhenItsOwnerStops) {
  Life queued;
  queued.note = {};
  ASSERT_TRUE(RequestCancel(queued.job, queued.Now(), queued.note).ok());
  EXPECT_EQ(queued.job.status, JobStatus::kCancelled);
  EXPECT_EQ(queued.note.event, EventType::kJobCancelled);
  EXPECT_EQ(EventData(queued.job, EventType::kJobCancelled).at("durationSeconds"), 0.0);
  EXPECT_EQ(RequestCancel(queued.job, queued.Now(), queued.note).code(),
            absl::StatusCode::kFailedPrecondition);

  Life running;
  ASSERT_TRUE(running.Take().ok());
  ASSERT_TRUE(running.Begin(0).ok());
  ASSERT_TRUE(RequestCancel(running.job, running.Now(), running.note = {}).ok());
  EXPECT_EQ(running.job.status, JobStatus::kRunning);
  EXPECT_EQ(running.note.event, std::nullopt);
  running.note = {};
  ASSERT_TRUE(RequestCancel(running.job, running.Now(), running.note).ok()) << "twice is once";
  EXPECT_TRUE(running.note.log.empty());
  ASSERT_TRUE(Cancel(running.job, running.lease, {}, running.Now(), running.note).ok());
  EXPECT_EQ(running.job.status, JobStatus::kCancelled);
  EXPECT_EQ(running.note.event, EventType::kJobCancelled);
}

TEST(JobLife, AddsUpWhatAJobUsedBeforeItWasResumedAndAfter) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  for (size_t step : {0, 1}) {
    ASSERT_TRUE(life.Begin(step).ok());
    ASSERT_TRUE(life.Complete(step).ok());
  }
  ASSERT_TRUE(life.Begin(2).ok());
  ASSERT_TRUE(
      FailStep(life.job, life.lease, 2, {0, 5, 0, 2.5, 70}, "full", life.Now(), life.note = {})
          .ok());
  const double ran = absl::ToDoubleSeconds(life.job.ran);
  EXPECT_EQ(ran, 6) << "a second a change";
  for (int i = 0; i < 100; ++i) life.Now();  // nobody looks after it for a while
  ASSERT_TRUE(Resume(life.job, life.Now(), life.note = {}).ok());
  EXPECT_EQ(life.job.steps[2].use.cpu_seconds, 2.5);
  EXPECT_EQ(life.job.steps[2].error, "");
  ASSERT_TRUE(life.Take().ok());
  ASSERT_TRUE(life.Begin(2).ok());
  ASSERT_TRUE(life.Complete(2).ok());
  ASSERT_TRUE(Succeed(life.job, life.lease, life.Now(), life.note = {}).ok());
  EXPECT_EQ(life.job.steps[2].attempts, 2);
  EXPECT_EQ(life.job.steps[2].use, (JobUse{10, 25, 30, 3.0, 70}));
  const auto data = EventData(life.job, EventType::kJobSucceeded);
  EXPECT_EQ(data.at("cpuSeconds"), 4.0);
  EXPECT_EQ(data.at("durationSeconds"), ran + 3) << "the time between is not its own";
}

TEST(JobLife, CountsNoTimeInWhichNobodyRanIt) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  ASSERT_TRUE(life.Begin(0).ok());
  ASSERT_TRUE(life.Complete(0).ok());
  // The server dies, and is back a day later.
  const absl::Time back = kStart + absl::Hours(24);
  ASSERT_TRUE(Claim(life.job, "q", back, back + absl::Seconds(30), life.note).ok());
  EXPECT_EQ(life.job.ran, absl::Seconds(2)) << "a second to its step, one for that";
  JobLease lease{life.job.id, "q", life.job.epoch};
  ASSERT_TRUE(Release(life.job, lease, back + absl::Seconds(5), life.note).ok());
  EXPECT_EQ(life.job.ran, absl::Seconds(7));
  // It stops in order, and is back after another day.
  const absl::Time again = back + absl::Hours(24);
  ASSERT_TRUE(Claim(life.job, "r", again, again + absl::Seconds(30), life.note).ok());
  lease = {life.job.id, "r", life.job.epoch};
  ASSERT_TRUE(BeginStep(life.job, lease, 1, again + absl::Seconds(1), life.note).ok());
  ASSERT_TRUE(FailStep(life.job, lease, 1, {}, "x", again + absl::Seconds(3), life.note).ok());
  EXPECT_EQ(ToJson(life.job, false).at("durationSeconds"), 10.0);
}

TEST(JobLife, CancelsAJobAtOnceWhoseOwnerDied) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  ASSERT_TRUE(life.Begin(0).ok());
  ASSERT_TRUE(RequestCancel(life.job, life.Now(), life.note = {}).ok());
  EXPECT_EQ(life.job.status, JobStatus::kRunning) << "its owner stops it";
  ASSERT_TRUE(RequestCancel(life.job, kStart + absl::Hours(1), life.note = {}).ok());
  EXPECT_EQ(life.job.status, JobStatus::kCancelled);
  EXPECT_EQ(life.note.event, EventType::kJobCancelled);
  EXPECT_EQ(life.job.ran, absl::Seconds(1));
}

TEST(JobLife, RunsNoStepAgainWhoseResultNobodyReadsAnyMore) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  for (size_t step : {0, 1}) {
    ASSERT_TRUE(life.Begin(step).ok());
    ASSERT_TRUE(life.Complete(step).ok());
  }
  ASSERT_TRUE(life.Begin(2).ok());
  ASSERT_TRUE(life.Fail(2).ok());
  life.job.steps[0].has_snapshot = false;
  ASSERT_TRUE(Resume(life.job, life.Now(), life.note = {}).ok());
  EXPECT_THAT(Steps(life.job), testing::ElementsAre(JobStatus::kSucceeded, JobStatus::kSucceeded,
                                                    JobStatus::kQueued))
      << "what b read of a is in b's result";
}

TEST(JobLife, ResumesWithTheResultsThatAreKeptAndWithoutTheOthers) {
  Life life;
  ASSERT_TRUE(life.Take().ok());
  for (size_t step : {0, 1}) {
    ASSERT_TRUE(life.Begin(step).ok());
    ASSERT_TRUE(life.Complete(step).ok());
  }
  ASSERT_TRUE(life.Begin(2).ok());
  EXPECT_FALSE(Resume(life.job, life.Now(), life.note).ok()) << "it runs";
  ASSERT_TRUE(life.Fail(2).ok());
  life.job.steps[1].has_snapshot = false;
  ASSERT_TRUE(Resume(life.job, life.Now(), life.note = {}).ok());
  EXPECT_EQ(life.job.status, JobStatus::kQueued);
  EXPECT_EQ(life.job.error, "");
  EXPECT_EQ(life.note.event, std::nullopt) << "it was submitted once";
  EXPECT_THAT(Steps(life.job),
              testing::ElementsAre(JobStatus::kSucceeded, JobStatus::kQueued, JobStatus::kQueued));
  ASSERT_TRUE(life.Take().ok());
  EXPECT_EQ(life.note.event, EventType::kJobStarted);
}

}  // namespace
}  // namespace tenantry::jobs
