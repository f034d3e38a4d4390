#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/store/job_store.h"

namespace tenantry::jobs {

/// How many jobs may run at once.
struct QueueLimits {
  int64_t runners = 3;
  int64_t running_per_tenant_max = 2;
};

/// How many jobs one tenant may run at once: never all that run, where more than one does, so that
/// a tenant with long jobs keeps no other one waiting.
int64_t TenantPlaces(const QueueLimits& limits);

/// A job that runs.
struct RunningJob {
  base::TenantId tenant;
  absl::Time begun;
};

/// What tells when a waiting job starts.
struct QueueTimes {
  std::vector<RunningJob> running;
  std::optional<absl::Duration> mean_run_time;  ///< of jobs of late; nullopt when none succeeded
  absl::Duration step_time_max;
  absl::Time now;
};

/// The job to run next, of the tenant that runs the fewest, the oldest of equals; nullopt when none
/// may: those of suspended tenants do not. Pure.
std::optional<base::JobId> NextJob(const std::vector<TenantQueue>& queues,
                                   const QueueLimits& limits);

/// Why a job is where it is.
struct JobReason {
  std::string text;   ///< for people
  int64_t ahead = 0;  ///< jobs that are begun before it, of its tenant and of others
  std::optional<absl::Time> expected_start;  ///< of a waiting job; nullopt where nobody can tell
};

/// What a waiting job waits for. `before` counts its tenant's jobs that wait before it. Each job is
/// expected to run as long as jobs did of late; the end of one that runs longer nobody can tell.
/// Pure.
JobReason WhyWaiting(const std::vector<TenantQueue>& queues, const QueueLimits& limits,
                     const Job& job, int64_t before, const QueueTimes& times);

/// Why a job of a suspended tenant is where it is: one in the queue, or one whose owner died. Pure.
JobReason WhySuspended(const Job& job, int64_t before);

/// Why a job that waits no more is where it is. Pure.
JobReason WhyNotWaiting(const Job& job);

}  // namespace tenantry::jobs
