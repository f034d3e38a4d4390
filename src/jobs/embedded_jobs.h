#pragma once

#include <memory>
#include <string>

#include "base/faults.h"
#include "blobstore/blob_store.h"
#include "jobs/jobs.h"
#include "jobs/runner/job_runner.h"
#include "jobs/runner/lake/lake_step_data.h"
#include "jobs/runner/sandbox/sandbox_step_runner.h"
#include "jobs/store/sql/sql_job_store.h"
#include "lake/datasets/data_sets.h"
#include "metastore/metastore.h"
#include "runtime/disk/disk_reserve.h"

namespace tenantry::jobs {

/// What the jobs of one process stand on; all of it outlives them.
struct EmbeddedJobParts {
  metastore::Metastore& store;
  blobstore::BlobStore& blobs;
  lake::datasets::DataSets& data_sets;
  const lake::sql::SqlOptions& sql;  ///< where the engine is; limits are those of steps
  int64_t disk_free_min;             ///< lake.disk_free_min: steps leave as much free
  const base::Clock& clock;
  base::Random& random;
  base::Faults& faults;
  runtime::Metrics& metrics;
};

/// Jobs of a process that has its metastore for itself: kept there, run in sandboxes on this
/// machine, over the lake's data sets.
class EmbeddedJobs {
 public:
  /// `options` outlive this. Decrypted inputs and results of running steps stand in `folder`, which
  /// is made, and emptied, when the runner starts.
  EmbeddedJobs(EmbeddedJobParts parts, const JobOptions& options, const std::string& folder);

  /// What the role speaks to, and what runs: a service to start after the stores and to stop before
  /// them.
  Jobs& jobs() { return jobs_; }
  JobRunner& runner() { return runner_; }

  /// Cancels and removes all jobs of a tenant that is deleted; waits some seconds for those that
  /// run. Errors as JobSweeper::RemoveTenant.
  absl::Status RemoveTenant(const base::TenantId& tenant);

 private:
  const runtime::DiskReserve disk_;
  lake::sql::SqlProcesses processes_;
  SqlJobStore store_;
  Snapshots snapshots_;
  LakeStepData data_;
  SandboxStepRunner steps_;
  JobSweeper sweeper_;
  JobRunner runner_;
  Jobs jobs_;
};

}  // namespace tenantry::jobs
