#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "jobs/spec/job_spec.h"

namespace tenantry::jobs {

/// Where a job, or a step of it, stands. Queued and running come before the end; the other three
/// are the end, which a job leaves only when somebody resumes it.
enum class JobStatus { kQueued, kRunning, kSucceeded, kFailed, kCancelled };

/// `queued`, `running`, `succeeded`, `failed`, `cancelled`.
std::string_view StatusName(JobStatus status);

/// The status of that name. InvalidArgument names the five.
absl::StatusOr<JobStatus> ParseStatus(std::string_view name);

/// True for succeeded, failed and cancelled.
bool IsEnd(JobStatus status);

/// What running a step took, with all its attempts that came to an end, or all steps of a job.
struct JobUse {
  int64_t rows = 0;           ///< of the last result; of a job: of what it persisted
  int64_t bytes_read = 0;     ///< of the inputs, as Parquet
  int64_t bytes_written = 0;  ///< of the last result, as Parquet
  double cpu_seconds = 0;
  int64_t memory_bytes_peak = 0;  ///< resident, of one attempt

  bool operator==(const JobUse&) const = default;
};

/// A step's state; what it is stands at the same place of the job's specification.
struct StepState {
  JobStatus status = JobStatus::kQueued;
  std::optional<absl::Time> started;   ///< of the last attempt
  std::optional<absl::Time> finished;  ///< of the last attempt
  int64_t attempts = 0;                ///< how often it was begun
  int64_t unended = 0;                 ///< how often since it last succeeded, failed or was stopped
  bool has_snapshot = false;           ///< its result is kept
  int64_t data_set_version = 0;        ///< that a persist step made; 0 before
  JobUse use;
  std::string error;  ///< why it failed; else empty

  bool operator==(const StepState&) const = default;
};

/// A batch job.
struct Job {
  base::JobId id;
  base::TenantId tenant;
  base::UserId user;        ///< who submitted it; empty for a key
  base::SessionId session;  ///< in which login; empty for a key
  JobSpec spec;
  JobStatus status = JobStatus::kQueued;
  absl::Time created;
  absl::Time queued;                  ///< created, or when it was resumed last
  std::optional<absl::Time> started;  ///< first
  std::optional<absl::Time> finished;
  std::optional<absl::Time> begun;  ///< the run that goes on; absent when none does
  absl::Duration ran;               ///< how long its runs that ended took together, not the times
                                    ///< between them; of one whose owner died until its last sign
  bool cancel_requested = false;
  std::string error;        ///< why it failed; else empty
  std::string traceparent;  ///< of the request that submitted it, for its events
  std::string owner;        ///< the process that runs it; empty for none
  int64_t epoch = 0;        ///< grows with every owner: who comes with an older one is refused
  absl::Time lease_until = absl::UnixEpoch();  ///< when the owner counts as dead
  std::vector<StepState> steps;                ///< one for each of the specification's

  bool operator==(const Job&) const = default;
};

/// What a process that runs a job shows with every change that it makes.
struct JobLease {
  base::JobId job;
  std::string owner;
  int64_t epoch = 0;
};

/// Adds to `use` of a step what one more attempt took.
void AddAttempt(JobUse& use, const JobUse& attempt);

/// What all steps of the job took together.
JobUse TotalUse(const Job& job);

/// The job as the API shows it; its SQL only `with_sql`.
nlohmann::json ToJson(const Job& job, bool with_sql);

}  // namespace tenantry::jobs
