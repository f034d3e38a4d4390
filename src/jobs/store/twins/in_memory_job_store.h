#pragma once

#include <absl/synchronization/mutex.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "jobs/store/job_store.h"

namespace tenantry::jobs {

/// Jobs in memory, for tests: knows every tenant but those that were said to be absent.
/// Thread-safe.
class InMemoryJobStore final : public JobStore {
 public:
  /// The clock outlives this.
  InMemoryJobStore(const base::Clock& clock, const StoreLimits& limits)
      : clock_(clock), limits_(limits) {}

  absl::StatusOr<Job> Create(const Job& job, const metastore::Actor& actor) override;
  absl::StatusOr<Job> Get(const base::JobId& id) override;
  absl::StatusOr<std::vector<Job>> List(const JobFilter& filter, const base::JobId& before,
                                        int64_t limit) override;
  absl::StatusOr<Job> Update(const base::JobId& id, const metastore::Actor& actor,
                             const Change& change) override;
  absl::StatusOr<std::vector<LogLine>> ReadLog(const base::JobId& id, int64_t after,
                                               int64_t limit) override;
  absl::StatusOr<std::vector<TenantQueue>> Queues() override;
  absl::StatusOr<int64_t> WaitingBefore(const base::TenantId& tenant,
                                        const base::JobId& id) override;
  absl::StatusOr<std::vector<base::JobId>> Abandoned(absl::Time now, int64_t limit) override;
  absl::Status EndLeases(const std::string& owner) override;
  absl::StatusOr<std::optional<absl::Duration>> MeanRunTime(int64_t count) override;
  absl::StatusOr<std::vector<Job>> Ended(absl::Time before, bool with_snapshots,
                                         int64_t limit) override;
  absl::Status Remove(const base::JobId& id) override;

  /// Suspends a tenant, or makes it active again.
  void SetSuspended(const base::TenantId& tenant, bool suspended);

  /// The types of the events so far, each behind its job's id.
  std::vector<std::string> Events() const;

 private:
  void Note(const Job& job, const JobNote& note) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const base::Clock& clock_;
  const StoreLimits limits_;
  mutable absl::Mutex mutex_;
  std::map<base::JobId, Job> jobs_ ABSL_GUARDED_BY(mutex_);
  std::set<base::TenantId> suspended_ ABSL_GUARDED_BY(mutex_);
  std::map<base::JobId, std::vector<LogLine>> logs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> events_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::jobs
