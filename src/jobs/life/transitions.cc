#include "jobs/life/transitions.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/status.h"
#include "base/words/counted.h"
#include "jobs/spec/step_order.h"

namespace tenantry::jobs {
namespace {

using events::EventType;

absl::Status CheckLease(const Job& job, const JobLease& lease) {
  if (job.status == JobStatus::kRunning && job.owner == lease.owner && job.epoch == lease.epoch) {
    return absl::OkStatus();
  }
  return absl::AbortedError(
      fmt::format("the job '{}' is not this process's any more: it is {}, epoch {}, this one's was "
                  "{}",
                  job.id, StatusName(job.status), job.epoch, lease.epoch));
}

absl::Status CheckRunning(const Job& job, size_t step) {
  if (step < job.steps.size() && job.steps[step].status == JobStatus::kRunning) {
    return absl::OkStatus();
  }
  return base::FailedPrecondition("the step {} of the job '{}' is not running", step, job.id);
}

const std::string& NameOf(const Job& job, size_t step) { return job.spec.steps[step].name; }

bool IsAbandoned(const Job& job, absl::Time now) {
  return job.status == JobStatus::kRunning && job.lease_until <= now;
}

// The run that goes on is over at `now`.
void EndRun(Job& job, absl::Time now) {
  if (job.begun) job.ran += now - *job.begun;
  job.begun.reset();
}

// The last that is known of what a dead owner did: the time from then on was nobody's work.
absl::Time LastSign(const Job& job) {
  absl::Time last = job.begun.value_or(absl::InfinitePast());
  for (const StepState& step : job.steps) {
    last = std::max({last, step.started.value_or(last), step.finished.value_or(last)});
  }
  return last;
}

void End(Job& job, JobStatus status, absl::Time now, JobNote& note) {
  job.status = status;
  job.finished = now;
  EndRun(job, now);
  job.owner.clear();
  job.lease_until = absl::UnixEpoch();
  for (StepState& step : job.steps) {
    if (step.status == JobStatus::kQueued || step.status == JobStatus::kRunning) {
      step.status = JobStatus::kCancelled;
    }
  }
  note.event = status == JobStatus::kSucceeded ? EventType::kJobSucceeded
               : status == JobStatus::kFailed  ? EventType::kJobFailed
                                               : EventType::kJobCancelled;
}

void EndAttempt(StepState& step, const JobUse& use, absl::Time now) {
  step.finished = now;
  step.unended = 0;
  AddAttempt(step.use, use);
}

// The steps that a job which goes on has to run: those that did not succeed, and those whose
// results, kept no longer, these read. Steps stand behind the ones that they read.
std::vector<bool> StepsToRun(const Job& job) {
  std::vector<bool> runs(job.steps.size());
  std::set<std::string> read;
  for (size_t i = job.steps.size(); i-- > 0;) {
    const StepState& step = job.steps[i];
    const bool lacks = !step.has_snapshot && read.contains(NameOf(job, i));
    runs[i] = step.status != JobStatus::kSucceeded || lacks;
    if (runs[i]) read.insert(job.spec.steps[i].after.begin(), job.spec.steps[i].after.end());
  }
  return runs;
}

double Seconds(absl::Duration duration) {
  return absl::ToDoubleSeconds(absl::Floor(duration, absl::Milliseconds(1)));
}

}  // namespace

void Submit(Job& job, absl::Time now, JobNote& note) {
  job.status = JobStatus::kQueued;
  job.created = job.queued = now;
  job.steps.assign(job.spec.steps.size(), StepState{});
  note.event = EventType::kJobSubmitted;
  note.action = "job.submit";
  note.log.push_back({"", "submitted with " + base::Counted(job.steps.size(), "step")});
}

absl::Status Claim(Job& job, const std::string& owner, absl::Time now, absl::Time lease_until,
                   JobNote& note) {
  const bool abandoned = IsAbandoned(job, now);
  if (job.status != JobStatus::kQueued && !abandoned) {
    return base::FailedPrecondition("the job '{}' is {}: it can't be taken", job.id,
                                    StatusName(job.status));
  }
  for (size_t i = 0; i < job.steps.size(); ++i) {
    if (job.steps[i].status != JobStatus::kRunning) continue;
    job.steps[i].status = JobStatus::kQueued;
    note.log.push_back({NameOf(job, i), "was interrupted, goes on from its beginning"});
  }
  if (abandoned) {
    note.action = "job.take_over";
    EndRun(job, LastSign(job));
  } else {
    note.event = EventType::kJobStarted;
    note.action = "job.start";
    note.log.push_back({"", "started"});
    if (!job.started) job.started = now;
  }
  job.begun = now;
  job.status = JobStatus::kRunning;
  job.owner = owner;
  job.epoch += 1;
  job.lease_until = lease_until;
  return absl::OkStatus();
}

absl::Status Renew(Job& job, const JobLease& lease, absl::Time lease_until) {
  TENANTRY_RETURN_IF_ERROR(CheckLease(job, lease));
  job.lease_until = lease_until;
  return absl::OkStatus();
}

absl::Status Release(Job& job, const JobLease& lease, absl::Time now, JobNote& note) {
  TENANTRY_RETURN_IF_ERROR(CheckLease(job, lease));
  EndRun(job, now);
  job.owner.clear();  // so that nobody renews it any more
  job.lease_until = absl::UnixEpoch();
  note.log.push_back({"", "the server stops: the job goes on when one runs again"});
  return absl::OkStatus();
}

absl::Status BeginStep(Job& job, const JobLease& lease, size_t step, absl::Time now,
                       JobNote& note) {
  TENANTRY_RETURN_IF_ERROR(CheckLease(job, lease));
  if (step >= job.steps.size() || job.steps[step].status != JobStatus::kQueued) {
    return base::FailedPrecondition("the step {} of the job '{}' is not queued", step, job.id);
  }
  for (const std::string& name : job.spec.steps[step].after) {
    const auto before = FindStep(job.spec.steps, name);
    if (before && job.steps[*before].status == JobStatus::kSucceeded) continue;
    return base::FailedPrecondition("the step '{}' comes after '{}', which has not succeeded",
                                    NameOf(job, step), name);
  }
  StepState& state = job.steps[step];
  state.status = JobStatus::kRunning;
  state.started = now;
  state.finished.reset();
  state.error.clear();
  state.attempts += 1;
  state.unended += 1;
  note.log.push_back(
      {NameOf(job, step), fmt::format("started, step {} of {}", step + 1, job.steps.size())});
  return absl::OkStatus();
}

absl::Status CompleteStep(Job& job, const JobLease& lease, size_t step, const JobUse& use,
                          int64_t data_set_version, absl::Time now, JobNote& note) {
  TENANTRY_RETURN_IF_ERROR(CheckLease(job, lease));
  TENANTRY_RETURN_IF_ERROR(CheckRunning(job, step));
  StepState& state = job.steps[step];
  state.status = JobStatus::kSucceeded;
  EndAttempt(state, use, now);
  state.has_snapshot = true;
  state.data_set_version = data_set_version;
  std::string text =
      fmt::format("succeeded: {}, {} bytes in {:.3f} s", base::Counted(use.rows, "row"),
                  use.bytes_written, Seconds(now - *state.started));
  if (data_set_version > 0) {
    text += fmt::format(", version {} of {}", data_set_version, job.spec.steps[step].data_set);
  }
  note.log.push_back({NameOf(job, step), std::move(text)});
  return absl::OkStatus();
}

absl::Status FailStep(Job& job, const JobLease& lease, size_t step, const JobUse& use,
                      const std::string& error, absl::Time now, JobNote& note) {
  TENANTRY_RETURN_IF_ERROR(CheckLease(job, lease));
  TENANTRY_RETURN_IF_ERROR(CheckRunning(job, step));
  StepState& state = job.steps[step];
  state.status = JobStatus::kFailed;
  EndAttempt(state, use, now);
  state.error = error;
  job.error = fmt::format("step '{}': {}", NameOf(job, step), error);
  note.action = "job.fail";
  note.log.push_back({NameOf(job, step), "failed: " + error});
  End(job, JobStatus::kFailed, now, note);
  return absl::OkStatus();
}

absl::Status Succeed(Job& job, const JobLease& lease, absl::Time now, JobNote& note) {
  TENANTRY_RETURN_IF_ERROR(CheckLease(job, lease));
  const bool all = std::ranges::all_of(
      job.steps, [](const StepState& step) { return step.status == JobStatus::kSucceeded; });
  if (!all) return base::FailedPrecondition("not all steps of the job '{}' succeeded", job.id);
  note.action = "job.succeed";
  note.log.push_back({"", "succeeded"});
  End(job, JobStatus::kSucceeded, now, note);
  return absl::OkStatus();
}

absl::Status RequestCancel(Job& job, absl::Time now, JobNote& note) {
  if (IsEnd(job.status)) {
    return base::FailedPrecondition(
        "the job '{}' has ended, it {}: there is nothing to cancel", job.id,
        job.status == JobStatus::kCancelled ? std::string("was cancelled")
                                            : std::string(StatusName(job.status)));
  }
  const bool abandoned = IsAbandoned(job, now);
  if (job.cancel_requested && !abandoned) return absl::OkStatus();
  job.cancel_requested = true;
  note.action = "job.cancel";
  note.log.push_back({"", "is to be cancelled"});
  if (abandoned) EndRun(job, LastSign(job));
  if (abandoned || job.status == JobStatus::kQueued) End(job, JobStatus::kCancelled, now, note);
  return absl::OkStatus();
}

absl::Status Cancel(Job& job, const JobLease& lease, const JobUse& use, absl::Time now,
                    JobNote& note) {
  TENANTRY_RETURN_IF_ERROR(CheckLease(job, lease));
  for (StepState& step : job.steps) {
    if (step.status == JobStatus::kRunning) EndAttempt(step, use, now);
  }
  note.action = "job.cancelled";
  note.log.push_back({"", "cancelled"});
  End(job, JobStatus::kCancelled, now, note);
  return absl::OkStatus();
}

absl::Status Resume(Job& job, absl::Time now, JobNote& note) {
  if (job.status != JobStatus::kFailed && job.status != JobStatus::kCancelled) {
    return base::FailedPrecondition(
        "the job '{}' is {}: only failed and cancelled ones are resumed", job.id,
        StatusName(job.status));
  }
  const std::vector<bool> again = StepsToRun(job);
  for (size_t i = 0; i < job.steps.size(); ++i) {
    if (!again[i]) continue;
    // What it took so far stays.
    StepState& step = job.steps[i];
    step.status = JobStatus::kQueued;
    step.started.reset();
    step.finished.reset();
    step.has_snapshot = false;
    step.error.clear();
  }
  job.status = JobStatus::kQueued;
  job.queued = now;
  job.finished.reset();
  job.cancel_requested = false;
  job.error.clear();
  note.action = "job.resume";
  note.log.push_back({"", "resumed"});
  return absl::OkStatus();
}

nlohmann::json EventData(const Job& job, EventType type) {
  nlohmann::json data = {{"jobID", job.id.value()}};
  if (!job.user.empty()) data["userID"] = job.user.value();
  if (!job.session.empty()) data["sessionID"] = job.session.value();
  if (type == EventType::kJobSubmitted) data["nbJobs"] = 1;
  if (type == EventType::kJobSubmitted || type == EventType::kJobStarted) return data;
  const JobUse use = TotalUse(job);
  data["cpuSeconds"] = use.cpu_seconds;
  data["peakMemoryBytes"] = use.memory_bytes_peak;
  data["bytesRead"] = use.bytes_read;
  data["bytesWritten"] = use.bytes_written;
  data["rows"] = use.rows;
  data["steps"] = std::ranges::count(job.steps, JobStatus::kSucceeded, &StepState::status);
  data["waitSeconds"] = Seconds((job.started ? *job.started : *job.finished) - job.created);
  data["durationSeconds"] = Seconds(job.ran);
  return data;
}

}  // namespace tenantry::jobs
