#include "jobs/embedded_jobs.h"

#include <absl/time/clock.h>

namespace tenantry::jobs {
namespace {

constexpr size_t kOwnerBytes = 8;
constexpr absl::Duration kStopMax = absl::Seconds(5);  // that running jobs have to stop
constexpr absl::Duration kLookAgain = absl::Milliseconds(20);

lake::sql::SqlOptions StepLimits(const lake::sql::SqlOptions& base, const JobOptions& options) {
  lake::sql::SqlOptions limits = base;
  limits.sql_memory_max = options.step_memory_max;
  limits.sql_spill_max = options.step_spill_max;
  limits.sql_time_max = options.step_time_max;
  limits.sql_threads = options.step_threads;
  limits.sql_processes_max = options.runners + 1;  // one for a dry run
  limits.names = {.memory = "jobs.step_memory_max",
                  .spill = "jobs.step_spill_max",
                  .time = "jobs.step_time_max",
                  .processes = "jobs.runners"};
  return limits;
}

}  // namespace

EmbeddedJobs::EmbeddedJobs(EmbeddedJobParts parts, const JobOptions& options,
                           const std::string& folder)
    : disk_(folder, parts.disk_free_min, "lake", "lake.disk_free_min"),
      processes_(StepLimits(parts.sql, options), folder + "/sql", parts.metrics, "jobs"),
      store_(parts.store, parts.clock, parts.random, options),
      snapshots_(parts.blobs, disk_),
      data_(parts.data_sets, parts.store),
      steps_(processes_, disk_, options.step_result_bytes_max, folder),
      sweeper_(store_, snapshots_, parts.clock, options),
      runner_({store_, snapshots_, data_, steps_, parts.clock, parts.faults, options, parts.metrics,
               disk_, folder + "/work"},
              "p" + parts.random.Hex(kOwnerBytes), /*alone=*/true),
      jobs_(store_, data_, steps_, parts.clock, parts.random, options, parts.metrics,
            [this] { runner_.Wake(); }) {}

absl::Status EmbeddedJobs::RemoveTenant(const base::TenantId& tenant) {
  const absl::Time deadline = absl::Now() + kStopMax;
  while (true) {
    absl::Status removed = sweeper_.RemoveTenant(tenant);
    if (!absl::IsFailedPrecondition(removed) || absl::Now() > deadline) return removed;
    absl::SleepFor(kLookAgain);
  }
}

}  // namespace tenantry::jobs
