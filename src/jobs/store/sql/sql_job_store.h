#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "jobs/store/job_store.h"
#include "metastore/metastore.h"

namespace tenantry::jobs {

/// Jobs in the metastore: tables jobs, job_steps and job_logs. Thread-safe.
class SqlJobStore final : public JobStore {
 public:
  /// The references outlive this.
  SqlJobStore(metastore::Metastore& store, const base::Clock& clock, base::Random& random,
              const StoreLimits& limits)
      : store_(store), clock_(clock), random_(random), limits_(limits) {}

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

 private:
  absl::Status WriteNote(metastore::Transaction& transaction, const std::string& before,
                         const Job& job, const JobNote& note, const metastore::Actor& actor);
  absl::Status WriteLog(metastore::Transaction& transaction, const Job& job, absl::Time now,
                        const std::vector<LogText>& lines);

  metastore::Metastore& store_;
  const base::Clock& clock_;
  base::Random& random_;
  const StoreLimits limits_;
};

}  // namespace tenantry::jobs
