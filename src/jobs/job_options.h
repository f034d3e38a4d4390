#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>

#include "jobs/spec/job_spec.h"
#include "jobs/store/job_store.h"
#include "runtime/options.h"

namespace tenantry::jobs {

/// The options of jobs; all of it `jobs.<field>`.
struct JobOptions : SpecLimits, StoreLimits {
  int64_t runners = 3;                                     ///< jobs at once in this process
  int64_t running_per_tenant_max = 2;                      ///< of a tenant; never all runners
  absl::Duration poll_interval = absl::Seconds(1);         ///< looks for jobs without being told
  absl::Duration keep_interval = absl::Milliseconds(250);  ///< looks whether a job is cancelled
  absl::Duration lease = absl::Seconds(30);  ///< without a sign its owner counts as dead
  absl::Duration step_time_max = absl::Minutes(5);
  int64_t step_memory_max = int64_t{1} << 30;  ///< bytes
  int64_t step_spill_max = int64_t{4} << 30;   ///< bytes on disk
  int64_t step_result_bytes_max = int64_t{16} << 30;
  int64_t step_threads = 1;
  int64_t step_attempts_max = 20;  ///< begun and neither succeeded nor failed: it kills servers
  absl::Duration snapshots_kept = absl::Hours(24);  ///< of failed and cancelled jobs
  absl::Duration kept = absl::Hours(24 * 90);       ///< ended jobs with their logs
  absl::Duration sweep_interval = absl::Minutes(1);

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);

  /// InvalidArgument when options that are right alone do not fit each other.
  absl::Status Check() const;
};

}  // namespace tenantry::jobs
