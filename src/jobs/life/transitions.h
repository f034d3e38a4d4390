#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "jobs/life/job.h"

namespace tenantry::jobs {

/// A line for a job's log.
struct LogText {
  std::string step;  ///< empty where it is of the whole job
  std::string text;
};

/// What is to be written down together with a change of a job.
struct JobNote {
  std::optional<events::EventType> event;
  std::string action;  ///< of the audit trail; empty for none
  std::vector<LogText> log;
};

/// The changes of a job's life, pure: each checks that it may happen, changes `job` and tells in
/// `note` what goes with it. Those of the process that runs the job are Aborted when `lease` is not
/// the job's any more: the process lets go then.

/// A new job enters the queue, all its steps queued.
void Submit(Job& job, absl::Time now, JobNote& note);

/// `owner` takes a queued job, or a running one whose owner's lease ended; steps that were running
/// are queued again. FailedPrecondition: it is neither.
absl::Status Claim(Job& job, const std::string& owner, absl::Time now, absl::Time lease_until,
                   JobNote& note);

/// The owner lives.
absl::Status Renew(Job& job, const JobLease& lease, absl::Time lease_until);

/// The owner lets go of a job that goes on later.
absl::Status Release(Job& job, const JobLease& lease, absl::Time now, JobNote& note);

/// A step begins. FailedPrecondition: it is not queued, or a step before it has not succeeded.
absl::Status BeginStep(Job& job, const JobLease& lease, size_t step, absl::Time now, JobNote& note);

/// A running step succeeded. Its result is kept.
absl::Status CompleteStep(Job& job, const JobLease& lease, size_t step, const JobUse& use,
                          int64_t data_set_version, absl::Time now, JobNote& note);

/// A running step failed, and the job with it; what was queued is cancelled.
absl::Status FailStep(Job& job, const JobLease& lease, size_t step, const JobUse& use,
                      const std::string& error, absl::Time now, JobNote& note);

/// All steps succeeded, and the job with them. FailedPrecondition: not all did.
absl::Status Succeed(Job& job, const JobLease& lease, absl::Time now, JobNote& note);

/// Somebody wants the job to end: a queued one is cancelled at once, and so is one whose owner's
/// lease ended; another running one is marked. Of one that is marked already nothing changes.
/// FailedPrecondition: it has ended.
absl::Status RequestCancel(Job& job, absl::Time now, JobNote& note);

/// The owner stopped a job that was to be cancelled.
absl::Status Cancel(Job& job, const JobLease& lease, const JobUse& use, absl::Time now,
                    JobNote& note);

/// Somebody wants a failed or cancelled job to go on: it is queued again, and with it the steps
/// that did not succeed and those whose results these read and are not kept. FailedPrecondition: it
/// is in another state.
absl::Status Resume(Job& job, absl::Time now, JobNote& note);

/// The data of the job's event of that type: which job, and what it used. Nothing of why it failed:
/// that may quote a value of the tenant's data, and events are archived and read by analysts.
nlohmann::json EventData(const Job& job, events::EventType type);

}  // namespace tenantry::jobs
