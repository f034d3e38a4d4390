#pragma once

#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/faults.h"
#include "jobs/job_options.h"
#include "jobs/life/job.h"
#include "jobs/runner/snapshots.h"
#include "jobs/runner/step_data.h"
#include "jobs/runner/step_runner.h"
#include "jobs/store/job_store.h"
#include "runtime/disk/disk_reserve.h"
#include "runtime/metrics.h"

namespace tenantry::jobs {

/// What jobs are executed with; all of it outlives the executions.
struct ExecutionParts {
  JobStore& store;
  Snapshots& snapshots;
  StepData& data;
  StepRunner& steps;
  const base::Clock& clock;
  base::Faults& faults;
  const JobOptions& options;
  runtime::Metrics& metrics;
  const runtime::DiskReserve& disk;  ///< no step begins once it is reached
  std::string work_folder;           ///< exists; each step gets a private folder in it
};

/// Why a job is to be left before its end.
enum class StopReason {
  kNone,
  kCancel,    ///< somebody cancelled it
  kLost,      ///< another process owns it now
  kShutdown,  ///< this process ends: the job goes on later
};

/// Tells an execution, from another thread, to stop. Thread-safe; the first reason stays, but for
/// kLost, which wins.
class StopSwitch {
 public:
  /// Stops what runs within a moment.
  void Stop(StopReason reason);

  /// Ends the job before its next step, as a shutdown.
  void StopBeforeNextStep() { draining_ = true; }

  /// Why it is to stop, at once or before the next step.
  StopReason reason() const { return reason_; }
  bool draining() const { return draining_; }

  /// True once it is to stop; for what looks at it while it runs.
  const std::atomic<bool>& stopped() const { return stopped_; }

 private:
  std::atomic<StopReason> reason_ = StopReason::kNone;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> draining_ = false;
};

/// Brings one claimed job from its first unfinished step to its end. Used by one thread.
///
/// Faults, each as if the process were killed there: `jobs.step_begun`, `jobs.step_ran`,
/// `jobs.step_kept`, `jobs.step_published`, `jobs.step_completed`, `jobs.job_ended`.
class JobExecution {
 public:
  /// The references outlive this. `job` was just claimed.
  JobExecution(ExecutionParts& parts, Job job, const StopSwitch& stop);

  /// Runs until the job has ended or is to be left. OK: either; else why the job had to be let go
  /// of as it is: its lease ends, and it is gone on with then.
  absl::Status Run();

 private:
  absl::Status RunStep(size_t step);
  absl::Status Attempt(size_t step, const std::string& folder, JobUse& use, int64_t& version);
  absl::StatusOr<bool> TakePublished(size_t step, const std::string& file, JobUse& use,
                                     int64_t& version);
  absl::StatusOr<std::vector<StagedTable>> StageInputs(
      size_t step, const std::string& folder, const lake::datasets::SelectStatement& names);
  absl::Status Settle(size_t step, const absl::Status& failure, const JobUse& use);
  absl::Status Leave(const JobUse& use);
  absl::Status Finish();
  absl::Status Change(const JobStore::Change& change);
  absl::Status Crash(std::string_view point);

  ExecutionParts& parts_;
  Job job_;
  const JobLease lease_;
  const StopSwitch& stop_;
  bool crashed_ = false;
  runtime::Histogram& step_seconds_;
};

}  // namespace tenantry::jobs
