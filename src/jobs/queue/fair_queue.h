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
  int64_t runners = 2;
  int64_t running_per_tenant_max = 2;
};

/// The job to run next, of the tenant that runs the fewest, the oldest of equals; nullopt when none
/// may. Pure.
std::optional<base::JobId> NextJob(const std::vector<TenantQueue>& queues,
                                   const QueueLimits& limits);

/// Why a job is where it is.
struct JobReason {
  std::string text;   ///< for people
  int64_t ahead = 0;  ///< jobs that are begun before it, of its tenant and of others
  std::optional<absl::Time> expected_start;  ///< of a waiting job; nullopt where nobody can tell
};

/// What a waiting job waits for. `before` counts its tenant's jobs that wait before it,
/// `mean_run_time` is how long jobs ran of late. Pure.
JobReason WhyWaiting(const std::vector<TenantQueue>& queues, const QueueLimits& limits,
                     const Job& job, int64_t before, std::optional<absl::Duration> mean_run_time,
                     absl::Time now);

/// Why a job that waits no more is where it is. Pure.
JobReason WhyNotWaiting(const Job& job);

}  // namespace tenantry::jobs
