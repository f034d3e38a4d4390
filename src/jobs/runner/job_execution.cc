#include "jobs/runner/job_execution.h"

#include <absl/cleanup/cleanup.h>
#include <absl/time/clock.h>

#include <filesystem>

#include "base/status.h"
#include "base/words/counted.h"
#include "jobs/life/transitions.h"
#include "jobs/runner/sandbox/sandbox_step_runner.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"

namespace tenantry::jobs {

namespace fs = std::filesystem;

namespace {

constexpr uint32_t kFolderMode = 0700;
constexpr int kStoreAttempts = 5;
constexpr absl::Duration kStoreRetryWait = absl::Milliseconds(200);

metastore::Actor SystemActor(const Job& job) {
  return {"system", {.request_id = "", .traceparent = job.traceparent}};
}

}  // namespace

void StopSwitch::Stop(StopReason reason) {
  StopReason none = StopReason::kNone;
  if (!reason_.compare_exchange_strong(none, reason) && reason == StopReason::kLost) {
    reason_ = reason;
  }
  stopped_ = true;
}

JobExecution::JobExecution(ExecutionParts& parts, Job job, const StopSwitch& stop)
    : parts_(parts),
      job_(std::move(job)),
      lease_{job_.id, job_.owner, job_.epoch},
      stop_(stop),
      step_seconds_(parts.metrics.AddHistogram("tenantry_jobs_step_seconds",
                                               "From a step's beginning to its end",
                                               runtime::LatencyBuckets())) {}

absl::Status JobExecution::Run() {
  for (size_t step = 0; step < job_.steps.size(); ++step) {
    if (job_.steps[step].status == JobStatus::kSucceeded) continue;
    if (stop_.stopped() || stop_.draining()) return Leave({});
    const absl::Time begun = parts_.clock.Now();
    TENANTRY_RETURN_IF_ERROR(RunStep(step));
    if (job_.status != JobStatus::kRunning) return absl::OkStatus();
    if (job_.steps[step].status != JobStatus::kSucceeded) return absl::OkStatus();  // left
    step_seconds_.Observe(absl::ToDoubleSeconds(parts_.clock.Now() - begun));
  }
  return Finish();
}

// A change of the job in its store; a store that is busy is asked again.
absl::Status JobExecution::Change(const JobStore::Change& change) {
  for (int attempt = 1;; ++attempt) {
    auto changed = parts_.store.Update(job_.id, SystemActor(job_), change);
    if (changed.ok()) {
      job_ = *std::move(changed);
      return absl::OkStatus();
    }
    if (!absl::IsUnavailable(changed.status()) || attempt == kStoreAttempts) {
      return changed.status();
    }
    absl::SleepFor(kStoreRetryWait);
  }
}

absl::Status JobExecution::Crash(std::string_view point) {
  const absl::Status fault = parts_.faults.At(point);
  crashed_ = !fault.ok();
  return fault;
}

absl::Status JobExecution::RunStep(size_t step) {
  TENANTRY_RETURN_IF_ERROR(Change([&](Job& job, JobNote& note) {
    return BeginStep(job, lease_, step, parts_.clock.Now(), note);
  }));
  TENANTRY_RETURN_IF_ERROR(Crash("jobs.step_begun"));
  const std::string folder =
      fmt::format("{}/{}-{}-{}", parts_.work_folder, job_.id, job_.epoch, step);
  const absl::Cleanup remove = [&] {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  };
  JobUse use;
  int64_t version = 0;
  absl::Status ran;
  if (job_.steps[step].unended > parts_.options.step_attempts_max) {
    ran = base::Internal(
        "it was begun {} without coming to an end "
        "(jobs.step_attempts_max): what it needs is more than the server has",
        base::Counted(job_.steps[step].unended - 1, "time"));
  } else {
    ran = Attempt(step, folder, use, version);
  }
  if (crashed_) return ran;
  if (!ran.ok()) return Settle(step, ran, use);
  TENANTRY_RETURN_IF_ERROR(Change([&](Job& job, JobNote& note) {
    return CompleteStep(job, lease_, step, use, version, parts_.clock.Now(), note);
  }));
  return Crash("jobs.step_completed");
}

absl::Status JobExecution::Attempt(size_t step, const std::string& folder, JobUse& use,
                                   int64_t& version) {
  TENANTRY_RETURN_IF_ERROR(base::Annotate(parts_.disk.Check(), "the step was not begun"));
  StepTask task;
  task.sql = job_.spec.steps[step].sql;
  task.in_folder = folder + "/in";
  task.out_folder = folder + "/out";
  task.cancelled = &stop_.stopped();
  for (const std::string& made : {task.in_folder, task.out_folder}) {
    TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(made, kFolderMode));
  }
  if (job_.spec.steps[step].kind == StepKind::kPersist) {
    TENANTRY_ASSIGN_OR_RETURN(const bool taken,
                              TakePublished(step, folder + "/published.parquet", use, version));
    if (taken) return absl::OkStatus();
  }
  const auto inputs = [&](const lake::datasets::SelectStatement& names) {
    return StageInputs(step, task.in_folder, names);
  };
  TENANTRY_ASSIGN_OR_RETURN(const std::string file, parts_.steps.Run(task, inputs, use));
  TENANTRY_RETURN_IF_ERROR(Crash("jobs.step_ran"));
  TENANTRY_RETURN_IF_ERROR(parts_.snapshots.Keep(job_, step, file));
  TENANTRY_RETURN_IF_ERROR(Crash("jobs.step_kept"));
  if (job_.spec.steps[step].kind != StepKind::kPersist) return absl::OkStatus();
  // Whoever lost the job must not publish; nobody else can have it while the lease lasts.
  TENANTRY_RETURN_IF_ERROR(Change([&](Job& job, JobNote&) {
    return Renew(job, lease_, parts_.clock.Now() + parts_.options.lease);
  }));
  TENANTRY_ASSIGN_OR_RETURN(version, parts_.data.Publish(job_, step, file));
  return Crash("jobs.step_published");
}

// A step that published already, before its process or its job ended, has those rows as its result:
// its SQL could give others today. False when it has not, or when they are kept no longer.
absl::StatusOr<bool> JobExecution::TakePublished(size_t step, const std::string& file, JobUse& use,
                                                 int64_t& version) {
  TENANTRY_ASSIGN_OR_RETURN(const auto found, parts_.data.Recover(job_, step, file));
  if (!found) return false;
  TENANTRY_RETURN_IF_ERROR(Change([&](Job& job, JobNote& note) {
    const StepSpec& spec = job.spec.steps[step];
    const std::string made = fmt::format("version {} of {}", found->version, spec.data_set);
    note.log.push_back({spec.name, found->is_there
                                       ? "it published " + made + " before: that is its result"
                                       : made + ", which it published before, is kept no longer: "
                                                "it runs again and publishes another"});
    return Renew(job, lease_, parts_.clock.Now() + parts_.options.lease);
  }));
  if (!found->is_there) return false;
  TENANTRY_RETURN_IF_ERROR(parts_.snapshots.Keep(job_, step, file));
  use.rows = found->rows;
  use.bytes_written = found->bytes;
  version = found->version;
  return true;
}

absl::StatusOr<std::vector<StagedTable>> JobExecution::StageInputs(
    size_t step, const std::string& folder, const lake::datasets::SelectStatement& names) {
  const StepSpec& spec = job_.spec.steps[step];
  TENANTRY_ASSIGN_OR_RETURN(auto tables, parts_.data.Stage(job_.tenant, names, spec.after, folder));
  for (size_t before = 0; before < step; ++before) {
    const std::string& name = job_.spec.steps[before].name;
    if (std::ranges::find(spec.after, name) == spec.after.end()) continue;
    const std::string file = fmt::format("{}/step-{}.parquet", folder, name);
    TENANTRY_ASSIGN_OR_RETURN(const int64_t bytes, parts_.snapshots.Fetch(job_, before, file));
    tables.push_back({name,
                      fmt::format("CREATE VIEW {} AS SELECT * FROM read_parquet({})",
                                  QuotedName(name), QuotedText(file)),
                      bytes});
  }
  return tables;
}

// What becomes of a job whose step did not succeed.
absl::Status JobExecution::Settle(size_t step, const absl::Status& failure, const JobUse& use) {
  if (stop_.stopped()) return Leave(use);
  if (absl::IsAborted(failure)) return failure;  // the lease is lost
  return Change([&](Job& job, JobNote& note) {
    return FailStep(job, lease_, step, use, std::string(base::Message(failure)), parts_.clock.Now(),
                    note);
  });
}

absl::Status JobExecution::Leave(const JobUse& use) {
  switch (stop_.reason()) {
    case StopReason::kLost:
      return absl::AbortedError("another process owns the job now");
    case StopReason::kCancel:
      return Change([&](Job& job, JobNote& note) {
        return Cancel(job, lease_, use, parts_.clock.Now(), note);
      });
    default:
      return Change(
          [&](Job& job, JobNote& note) { return Release(job, lease_, parts_.clock.Now(), note); });
  }
}

absl::Status JobExecution::Finish() {
  TENANTRY_RETURN_IF_ERROR(Change(
      [&](Job& job, JobNote& note) { return Succeed(job, lease_, parts_.clock.Now(), note); }));
  TENANTRY_RETURN_IF_ERROR(Crash("jobs.job_ended"));
  // Nobody goes on with a job that succeeded. What stays now is swept later.
  TENANTRY_RETURN_IF_ERROR(parts_.snapshots.Remove(job_));
  return Change([](Job& job, JobNote&) {
    for (StepState& step : job.steps) step.has_snapshot = false;
    return absl::OkStatus();
  });
}

}  // namespace tenantry::jobs
