#pragma once

#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/monitor.h"
#include "jobs/runner/job_execution.h"
#include "jobs/runner/job_sweeper.h"
#include "runtime/services/service.h"

namespace tenantry::jobs {

/// Takes jobs out of the queue, fairly between tenants, and executes them: one thread for each job
/// at once, and one that keeps the leases of running jobs, looks whether they are to be cancelled
/// and sweeps what is kept no longer. Jobs of processes that died are gone on with.
class JobRunner final : public runtime::Service {
 public:
  /// The parts outlive this. `owner` names this process and no other before it. `alone`: no other
  /// process shares the store, so that whoever owned a job before is dead.
  JobRunner(ExecutionParts parts, std::string owner, bool alone);
  ~JobRunner() override;

  std::string_view name() const override { return "jobs"; }
  absl::Status Start() override;
  /// Begins no step any more and waits for those that run, until `deadline`.
  void Drain(absl::Time deadline) override;
  /// Stops the steps that still run; their jobs go on in the next process.
  void Stop() override;

  /// There may be something to run: looks at once. Any thread.
  void Wake();

 private:
  void RunJobs();
  void Keep();
  absl::StatusOr<std::optional<Job>> TakeJob();
  absl::StatusOr<std::optional<Job>> Claim(const base::JobId& id);
  void Execute(Job job);
  StopReason KeepLease(const JobLease& lease);
  void ShowQueue();

  ExecutionParts parts_;
  const std::string owner_;
  const bool alone_;
  JobSweeper sweeper_;
  runtime::Gauge& waiting_gauge_;
  runtime::Gauge& running_gauge_;
  runtime::Histogram& wait_seconds_;
  std::vector<std::thread> threads_;
  absl::Mutex taking_;  // one look into the queue at a time
  base::Monitor mutex_;
  int64_t news_ ABSL_GUARDED_BY(mutex_) = 0;  // threads that are to look into the queue
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<base::JobId, std::pair<JobLease, StopSwitch*>> running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::jobs
