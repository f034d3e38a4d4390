#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "jobs/life/job.h"
#include "metastore/metastore.h"

namespace tenantry::jobs {

/// The jobs of the rows that `where` lets through, a piece of SQL from WHERE on over the table
/// jobs, with their steps. DataLoss when a row is none that InsertJob wrote.
absl::StatusOr<std::vector<Job>> LoadJobs(metastore::Transaction& transaction,
                                          const std::string& where,
                                          const std::vector<metastore::Value>& parameters);

/// A new job with its steps. AlreadyExists.
absl::Status InsertJob(metastore::Transaction& transaction, const Job& job);

/// Writes what differs between the job as it was stored and as it is now.
absl::Status SaveJob(metastore::Transaction& transaction, const Job& before, const Job& now);

}  // namespace tenantry::jobs
