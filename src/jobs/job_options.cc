#include "jobs/job_options.h"

#include "base/status.h"

namespace tenantry::jobs {

void JobOptions::Declare(runtime::OptionSet& options) {
  constexpr int64_t kMebi = int64_t{1} << 20;
  constexpr int64_t kTebi = int64_t{1} << 40;
  constexpr absl::Duration kYears = absl::Hours(24 * 3650);
  const absl::Duration instant = absl::Milliseconds(1);
  options.AddBytes("jobs.spec_bytes_max", &spec_bytes_max, 1024, 16 * kMebi,
                   "bytes of a specification");
  options.AddInt("jobs.steps_max", &steps_max, 1, 1000, "steps of one job");
  options.AddBytes("jobs.sql_bytes_max", &sql_bytes_max, 64, 4 * kMebi, "SQL of one step");
  options.AddInt("jobs.waiting_per_tenant_max", &waiting_per_tenant_max, 1, 1'000'000,
                 "jobs of one tenant that may wait");
  options.AddInt("jobs.waiting_max", &waiting_max, 1, 10'000'000, "jobs that may wait, of all");
  options.AddInt("jobs.log_lines_max", &log_lines_max, 10, 1'000'000, "lines of one job's log");
  options.AddBytes("jobs.log_line_bytes_max", &log_line_bytes_max, 80, kMebi,
                   "bytes of a line of a job's log");
  options.AddInt("jobs.runners", &runners, 1, 1024,
                 "jobs at once in this process; if more than one, no tenant has all of them");
  options.AddInt("jobs.running_per_tenant_max", &running_per_tenant_max, 1, 1024,
                 "jobs of one tenant at once, at most jobs.runners - 1 if there are two or more");
  options.AddDuration("jobs.poll_interval", &poll_interval, instant, absl::Minutes(1),
                      "time between looks for jobs that nobody told of");
  options.AddDuration("jobs.keep_interval", &keep_interval, instant, absl::Minutes(1),
                      "time between looks whether a running job is to be cancelled");
  options.AddDuration("jobs.lease", &lease, absl::Milliseconds(100), absl::Hours(1),
                      "time without a sign of life after which another process takes a job over");
  options.AddDuration("jobs.step_time_max", &step_time_max, absl::Milliseconds(100),
                      absl::Hours(24 * 7), "time that a step may take before it is killed");
  options.AddBytes("jobs.step_memory_max", &step_memory_max, 128 * kMebi, kTebi,
                   "memory that a step may use");
  options.AddBytes("jobs.step_spill_max", &step_spill_max, kMebi, 64 * kTebi,
                   "disk that a step may use for what does not fit its memory");
  options.AddBytes("jobs.step_result_bytes_max", &step_result_bytes_max, 64 << 10, 64 * kTebi,
                   "bytes of a step's result, as Parquet");
  options.AddInt("jobs.step_threads", &step_threads, 1, 256, "threads of one step");
  options.AddInt("jobs.step_attempts_max", &step_attempts_max, 1, 10'000,
                 "times that a step is begun before its job fails as one that kills servers");
  options.AddDuration("jobs.snapshots_kept", &snapshots_kept, absl::ZeroDuration(), kYears,
                      "how long results of a failed or cancelled job's steps wait for `resume`");
  options.AddDuration("jobs.kept", &kept, absl::Minutes(1), kYears,
                      "how long an ended job is kept with its log");
  options.AddDuration("jobs.sweep_interval", &sweep_interval, instant, absl::Hours(24),
                      "time between removals of what is kept no longer");
}

absl::Status JobOptions::Check() const {
  if (keep_interval > lease / 3) {
    return base::InvalidArgument(
        "jobs.keep_interval ({}) is more than a third of jobs.lease ({}), which would end while "
        "its "
        "owner lives: lower the one or raise the other",
        absl::FormatDuration(keep_interval), absl::FormatDuration(lease));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::jobs
