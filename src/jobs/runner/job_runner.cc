#include "jobs/runner/job_runner.h"

#include <absl/time/clock.h>

#include <filesystem>
#include <utility>

#include "base/status.h"
#include "jobs/life/transitions.h"
#include "jobs/queue/fair_queue.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"

namespace tenantry::jobs {
namespace {

using runtime::LogLevel;

constexpr uint32_t kFolderMode = 0700;
const metastore::Actor kSystem = {"system", {}};

void Warn(std::string_view what, const absl::Status& status) {
  runtime::Log(LogLevel::kWarning, "jobs", "{}: {}", what, base::Message(status));
}

}  // namespace

JobRunner::JobRunner(ExecutionParts parts, std::string owner, bool alone)
    : parts_(std::move(parts)),
      owner_(std::move(owner)),
      alone_(alone),
      sweeper_(parts_.store, parts_.snapshots, parts_.clock, parts_.options),
      waiting_gauge_(parts_.metrics.AddGauge("tenantry_jobs_waiting", "Jobs in the queue")),
      running_gauge_(parts_.metrics.AddGauge("tenantry_jobs_running", "Jobs that run here")),
      wait_seconds_(parts_.metrics.AddHistogram("tenantry_jobs_wait_seconds",
                                                "From a job's entry into the queue to its start",
                                                runtime::LatencyBuckets())) {}

JobRunner::~JobRunner() { Stop(); }

absl::Status JobRunner::Start() {
  TENANTRY_RETURN_IF_ERROR(parts_.options.Check());
  if (alone_) {
    std::error_code ignored;
    std::filesystem::remove_all(parts_.work_folder, ignored);
    TENANTRY_RETURN_IF_ERROR(parts_.store.EndLeases(owner_));
  }
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(parts_.work_folder, kFolderMode));
  for (int64_t i = 0; i < parts_.options.runners; ++i) threads_.emplace_back([this] { RunJobs(); });
  threads_.emplace_back([this] { Keep(); });
  return absl::OkStatus();
}

void JobRunner::Wake() {
  base::MonitorLock lock(&mutex_);
  news_ = parts_.options.runners;
}

void JobRunner::Drain(absl::Time deadline) {
  base::MonitorLock lock(&mutex_);
  draining_ = true;
  for (auto& [id, running] : running_) running.second->StopBeforeNextStep();
  const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_.empty(); };
  mutex_.AwaitFor(absl::Condition(&idle), deadline - absl::Now());
}

void JobRunner::Stop() {
  {
    base::MonitorLock lock(&mutex_);
    draining_ = stopping_ = true;
    for (auto& [id, running] : running_) running.second->Stop(StopReason::kShutdown);
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void JobRunner::RunJobs() {
  const auto called = [this]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return news_ > 0 || draining_; };
  while (true) {
    auto job = TakeJob();
    if (!job.ok()) Warn("the queue can't be looked into", job.status());
    if (job.ok() && *job) {
      Execute(**std::move(job));
      Wake();  // its tenant may have one more
      continue;
    }
    base::MonitorLock lock(&mutex_);
    mutex_.AwaitFor(absl::Condition(&called), parts_.options.poll_interval);
    if (draining_) return;
    if (news_ > 0) --news_;
  }
}

// The job to run next, claimed; those of dead owners come first.
absl::StatusOr<std::optional<Job>> JobRunner::TakeJob() {
  absl::MutexLock one_look(&taking_);
  {
    base::MonitorLock lock(&mutex_);
    if (draining_) return std::nullopt;
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto abandoned,
                            parts_.store.Abandoned(parts_.clock.Now(), parts_.options.runners + 1));
  for (const base::JobId& id : abandoned) {
    TENANTRY_ASSIGN_OR_RETURN(auto job, Claim(id));
    if (job) return job;
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto queues, parts_.store.Queues());
  const auto next =
      NextJob(queues, {parts_.options.runners, parts_.options.running_per_tenant_max});
  if (!next) return std::nullopt;
  return Claim(*next);
}

// Nothing when another process was quicker, or the job was cancelled meanwhile.
absl::StatusOr<std::optional<Job>> JobRunner::Claim(const base::JobId& id) {
  {
    base::MonitorLock lock(&mutex_);
    if (running_.contains(id)) return std::nullopt;  // ours, whose lease was not kept in time
  }
  const absl::Time now = parts_.clock.Now();
  auto claimed = parts_.store.Update(id, kSystem, [&](Job& job, JobNote& note) {
    return jobs::Claim(job, owner_, now, now + parts_.options.lease, note);
  });
  if (absl::IsFailedPrecondition(claimed.status()) || absl::IsNotFound(claimed.status())) {
    return std::nullopt;
  }
  if (!claimed.ok()) return claimed.status();
  if (claimed->epoch == 1) wait_seconds_.Observe(absl::ToDoubleSeconds(now - claimed->queued));
  return *std::move(claimed);
}

void JobRunner::Execute(Job job) {
  const base::JobId id = job.id;
  const runtime::LogContext log_context("", job.tenant.value());
  StopSwitch stop;
  {
    base::MonitorLock lock(&mutex_);
    running_.emplace(id, std::pair(JobLease{id, owner_, job.epoch}, &stop));
    running_gauge_.Set(static_cast<double>(running_.size()));
    if (draining_) stop.StopBeforeNextStep();
    if (stopping_) stop.Stop(StopReason::kShutdown);
  }
  const absl::Status ran = JobExecution(parts_, std::move(job), stop).Run();
  if (!ran.ok()) Warn(fmt::format("the job {} was let go of", id), ran);
  base::MonitorLock lock(&mutex_);
  running_.erase(id);
  running_gauge_.Set(static_cast<double>(running_.size()));
}

void JobRunner::Keep() {
  absl::Time next_sweep = absl::InfinitePast();
  while (true) {
    std::vector<JobLease> leases;
    {
      base::MonitorLock lock(&mutex_);
      const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ && running_.empty();
      };
      if (mutex_.AwaitFor(absl::Condition(&done), parts_.options.keep_interval)) return;
      for (const auto& [id, running] : running_) leases.push_back(running.first);
    }
    for (const JobLease& lease : leases) {
      const StopReason reason = KeepLease(lease);
      base::MonitorLock lock(&mutex_);
      const auto found = running_.find(lease.job);
      if (reason == StopReason::kNone || found == running_.end()) continue;
      if (found->second.first.epoch == lease.epoch) found->second.second->Stop(reason);
    }
    ShowQueue();
    if (absl::Now() < next_sweep) continue;
    next_sweep = absl::Now() + parts_.options.sweep_interval;
    if (absl::Status swept = sweeper_.Sweep(); !swept.ok()) Warn("jobs are not swept", swept);
  }
}

// Tells whether the job is to stop; renews the lease in good time.
StopReason JobRunner::KeepLease(const JobLease& lease) {
  const auto found = parts_.store.Get(lease.job);
  if (!found.ok()) return StopReason::kNone;
  const absl::Time now = parts_.clock.Now();
  if (found->epoch != lease.epoch) return StopReason::kLost;
  if (found->status != JobStatus::kRunning) return StopReason::kLost;  // cancelled, or just ended
  if (found->cancel_requested) return StopReason::kCancel;
  if (found->lease_until - now > parts_.options.lease * 2 / 3) return StopReason::kNone;
  const auto renewed = parts_.store.Update(lease.job, kSystem, [&](Job& job, JobNote&) {
    return Renew(job, lease, now + parts_.options.lease);
  });
  return absl::IsAborted(renewed.status()) ? StopReason::kLost : StopReason::kNone;
}

void JobRunner::ShowQueue() {
  const auto queues = parts_.store.Queues();
  if (!queues.ok()) return;
  int64_t waiting = 0;
  for (const TenantQueue& queue : *queues) waiting += queue.waiting;
  waiting_gauge_.Set(static_cast<double>(waiting));
}

}  // namespace tenantry::jobs
