#include "jobs/runner/job_sweeper.h"

#include "base/status.h"
#include "jobs/life/transitions.h"

namespace tenantry::jobs {
namespace {

constexpr int64_t kBatch = 100;
const metastore::Actor kSystem = {"system", {}};

}  // namespace

absl::Status JobSweeper::DropSnapshots(const Job& job) {
  // First the record, so that nobody goes on with results that are about to go.
  TENANTRY_RETURN_IF_ERROR(store_
                               .Update(job.id, kSystem,
                                       [](Job& stored, JobNote&) -> absl::Status {
                                         if (!IsEnd(stored.status)) {
                                           return absl::AbortedError("the job was resumed");
                                         }
                                         for (StepState& step : stored.steps) {
                                           step.has_snapshot = false;
                                         }
                                         return absl::OkStatus();
                                       })
                               .status());
  return snapshots_.Remove(job);
}

absl::Status JobSweeper::Sweep() {
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const auto jobs,
                              store_.Ended(clock_.Now() - options_.snapshots_kept, true, kBatch));
    for (const Job& job : jobs) TENANTRY_RETURN_IF_ERROR(DropSnapshots(job));
    if (static_cast<int64_t>(jobs.size()) < kBatch) break;
  }
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const auto jobs,
                              store_.Ended(clock_.Now() - options_.kept, false, kBatch));
    for (const Job& job : jobs) {
      TENANTRY_RETURN_IF_ERROR(snapshots_.Remove(job));
      TENANTRY_RETURN_IF_ERROR(store_.Remove(job.id));
    }
    if (static_cast<int64_t>(jobs.size()) < kBatch) return absl::OkStatus();
  }
}

absl::Status JobSweeper::RemoveTenant(const base::TenantId& tenant) {
  bool runs = false;
  for (base::JobId before; true;) {
    TENANTRY_ASSIGN_OR_RETURN(const auto jobs, store_.List({.tenant = tenant}, before, kBatch));
    for (const Job& job : jobs) {
      if (!IsEnd(job.status)) {
        TENANTRY_ASSIGN_OR_RETURN(
            const Job cancelled,
            store_.Update(job.id, kSystem, [&](Job& stored, JobNote& note) -> absl::Status {
              if (IsEnd(stored.status)) return absl::OkStatus();
              return RequestCancel(stored, clock_.Now(), note);
            }));
        runs = runs || !IsEnd(cancelled.status);
      }
      TENANTRY_RETURN_IF_ERROR(snapshots_.Remove(job));
      TENANTRY_RETURN_IF_ERROR(store_.Remove(job.id));
    }
    if (static_cast<int64_t>(jobs.size()) < kBatch) break;
    before = jobs.back().id;
  }
  if (!runs) return absl::OkStatus();
  return base::FailedPrecondition("a job of the tenant '{}' runs still: try again in a moment",
                                  tenant);
}

}  // namespace tenantry::jobs
