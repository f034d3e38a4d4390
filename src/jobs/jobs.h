#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "jobs/job_options.h"
#include "jobs/queue/fair_queue.h"
#include "jobs/runner/job_sweeper.h"
#include "jobs/runner/step_data.h"
#include "jobs/runner/step_runner.h"
#include "jobs/spec/spec_node.h"
#include "jobs/store/job_store.h"
#include "runtime/metrics.h"

namespace tenantry::jobs {

/// Who submits a job.
struct Submitter {
  base::TenantId tenant;
  base::UserId user;        ///< empty for a key and for the operator's people
  base::SessionId session;  ///< empty for a key and for the operator's people
  metastore::Actor actor;
};

/// What a dry run found out about one step.
struct DryStep {
  StepCheck check;
  std::vector<std::string> data_sets;  ///< that it reads
};

/// Batch jobs, as those who submit and watch them see them. Thread-safe; calls block.
class Jobs {
 public:
  /// The references outlive this. `wake` is called when there may be something to run.
  Jobs(JobStore& store, StepData& data, StepRunner& steps, const base::Clock& clock,
       base::Random& random, const JobOptions& options, runtime::Metrics& metrics,
       std::function<void()> wake);

  /// Reads a specification within the limits. InvalidArgument as jobs::ParseSpec.
  absl::StatusOr<JobSpec> Parse(std::string_view text, SpecFormat format) const;

  /// Puts a job into the queue. Errors as JobStore::Create.
  absl::StatusOr<Job> Submit(const Submitter& submitter, JobSpec spec);

  /// The job. NotFound.
  absl::StatusOr<Job> Get(const base::JobId& id) { return store_.Get(id); }

  /// As JobStore::List.
  absl::StatusOr<std::vector<Job>> List(const JobFilter& filter, const base::JobId& before,
                                        int64_t limit) {
    return store_.List(filter, before, limit);
  }

  /// As JobStore::ReadLog.
  absl::StatusOr<std::vector<LogLine>> Log(const base::JobId& id, int64_t after, int64_t limit) {
    return store_.ReadLog(id, after, limit);
  }

  /// As RequestCancel: a running job stops within a second or so. NotFound; FailedPrecondition: it
  /// has ended.
  absl::StatusOr<Job> Cancel(const base::JobId& id, const metastore::Actor& actor);

  /// As jobs::Resume. NotFound; FailedPrecondition: it has neither failed nor been cancelled.
  absl::StatusOr<Job> Resume(const base::JobId& id, const metastore::Actor& actor);

  /// Why the job is where it is.
  absl::StatusOr<JobReason> Why(const Job& job);

  /// Looks whether a job would run on the tenant's data sets as they are, without running it: one
  /// answer a step. Errors are no fault of the job's.
  absl::StatusOr<std::vector<DryStep>> DryRun(const base::TenantId& tenant, const JobSpec& spec);

 private:
  JobStore& store_;
  StepData& data_;
  StepRunner& steps_;
  const base::Clock& clock_;
  base::Random& random_;
  const JobOptions& options_;
  runtime::Counter& submitted_;
  const std::function<void()> wake_;
};

}  // namespace tenantry::jobs
