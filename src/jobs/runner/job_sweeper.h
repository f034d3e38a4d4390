#pragma once

#include <absl/status/status.h>

#include "base/clock.h"
#include "jobs/job_options.h"
#include "jobs/runner/snapshots.h"
#include "jobs/store/job_store.h"

namespace tenantry::jobs {

/// Removes what is kept no longer: the results of ended jobs' steps, then the jobs with their logs.
/// Thread-safe.
class JobSweeper {
 public:
  /// The references outlive this.
  JobSweeper(JobStore& store, Snapshots& snapshots, const base::Clock& clock,
             const JobOptions& options)
      : store_(store), snapshots_(snapshots), clock_(clock), options_(options) {}

  /// Removes all that is due now. The first error ends it; what is left is due the next time.
  absl::Status Sweep();

  /// Cancels what the tenant has in the queue and in hand, and removes all that has ended. For a
  /// tenant that is deleted; FailedPrecondition: a job of it runs still, try again.
  absl::Status RemoveTenant(const base::TenantId& tenant);

 private:
  absl::Status DropSnapshots(const Job& job);

  JobStore& store_;
  Snapshots& snapshots_;
  const base::Clock& clock_;
  const JobOptions& options_;
};

}  // namespace tenantry::jobs
