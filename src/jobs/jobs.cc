#include "jobs/jobs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status.h"
#include "jobs/life/transitions.h"
#include "jobs/spec/spec_parser.h"

namespace tenantry::jobs {
namespace {

constexpr int64_t kRunTimesLooked = 20;
constexpr int64_t kRunningLooked = 1024;
constexpr size_t kIdRandomBytes = 4;

bool IsStepsFault(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
         absl::IsPermissionDenied(status) || absl::IsDeadlineExceeded(status);
}

}  // namespace

Jobs::Jobs(JobStore& store, StepData& data, StepRunner& steps, const base::Clock& clock,
           base::Random& random, const JobOptions& options, runtime::Metrics& metrics,
           std::function<void()> wake)
    : store_(store),
      data_(data),
      steps_(steps),
      clock_(clock),
      random_(random),
      options_(options),
      submitted_(metrics.AddCounter("tenantry_jobs_submitted_total", "Jobs taken into the queue")),
      wake_(std::move(wake)) {}

absl::StatusOr<JobSpec> Jobs::Parse(std::string_view text, SpecFormat format) const {
  return ParseSpec(text, format, options_);
}

absl::StatusOr<Job> Jobs::Submit(const Submitter& submitter, JobSpec spec) {
  Job job;
  // Ids grow with time: the order of the queue and of lists.
  job.id = base::JobId(
      fmt::format("j{:014x}{}", absl::ToUnixMicros(clock_.Now()), random_.Hex(kIdRandomBytes)));
  job.tenant = submitter.tenant;
  job.user = submitter.user;
  job.session = submitter.session;
  job.traceparent = submitter.actor.origin.traceparent;
  job.spec = std::move(spec);
  job.spec.tenant.clear();
  TENANTRY_ASSIGN_OR_RETURN(Job made, store_.Create(job, submitter.actor));
  submitted_.Increment();
  wake_();
  return made;
}

absl::StatusOr<Job> Jobs::Cancel(const base::JobId& id, const metastore::Actor& actor) {
  return store_.Update(id, actor, [this](Job& job, JobNote& note) {
    return RequestCancel(job, clock_.Now(), note);
  });
}

absl::StatusOr<Job> Jobs::Resume(const base::JobId& id, const metastore::Actor& actor) {
  TENANTRY_ASSIGN_OR_RETURN(Job job, store_.Update(id, actor, [this](Job& stored, JobNote& note) {
    return jobs::Resume(stored, clock_.Now(), note);
  }));
  wake_();
  return job;
}

absl::StatusOr<JobReason> Jobs::Why(const Job& job) {
  const absl::Time now = clock_.Now();
  const bool runs = job.status == JobStatus::kRunning && job.lease_until > now;
  if (IsEnd(job.status) || runs) return WhyNotWaiting(job);
  TENANTRY_ASSIGN_OR_RETURN(const auto queues, store_.Queues());
  const auto waits_suspended = [&](const Job& each) {
    return each.lease_until <= now && std::ranges::any_of(queues, [&](const TenantQueue& queue) {
             return queue.suspended && queue.tenant == each.tenant;
           });
  };
  if (job.status == JobStatus::kRunning) {
    return waits_suspended(job) ? WhySuspended(job, 0) : WhyNotWaiting(job);
  }
  TENANTRY_ASSIGN_OR_RETURN(const int64_t before, store_.WaitingBefore(job.tenant, job.id));
  TENANTRY_ASSIGN_OR_RETURN(const auto mean, store_.MeanRunTime(kRunTimesLooked));
  TENANTRY_ASSIGN_OR_RETURN(const auto running,
                            store_.List({.status = JobStatus::kRunning}, {}, kRunningLooked));
  QueueTimes times{{}, mean, options_.step_time_max, now};
  for (const Job& each : running) {
    if (waits_suspended(each)) continue;
    times.running.push_back({each.tenant, each.begun.value_or(each.queued)});
  }
  return WhyWaiting(queues, {options_.runners, options_.running_per_tenant_max}, job, before,
                    times);
}

absl::StatusOr<std::vector<DryStep>> Jobs::DryRun(const base::TenantId& tenant,
                                                  const JobSpec& spec) {
  std::vector<DryStep> dry(spec.steps.size());
  std::vector<std::optional<std::vector<TableSchema>>> tables(spec.steps.size());
  std::vector<MadeDataSet> made;
  for (size_t i = 0; i < spec.steps.size(); ++i) {
    const StepSpec& step = spec.steps[i];
    auto described = data_.Describe(tenant, step, step.after, made);
    if (step.kind == StepKind::kPersist) made.push_back({step.data_set, step.name});
    if (described.ok()) {
      for (const TableSchema& table : *described) dry[i].data_sets.push_back(table.name);
      tables[i] = *std::move(described);
    } else if (IsStepsFault(described.status())) {
      dry[i].check.problem = std::string(base::Message(described.status()));
    } else {
      return described.status();
    }
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto checks, steps_.Check(spec, tables));
  for (size_t i = 0; i < dry.size(); ++i) {
    if (dry[i].check.problem.empty()) dry[i].check = checks[i];
  }
  return dry;
}

}  // namespace tenantry::jobs
