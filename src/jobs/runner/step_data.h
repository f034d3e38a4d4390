#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "jobs/life/job.h"
#include "jobs/runner/step_runner.h"

namespace tenantry::jobs {

/// The tenant's data sets as the steps of a job see them: data of its own and nothing else.
/// Thread-safe; calls block. Errors of all calls: those of the lake.
class StepData {
 public:
  virtual ~StepData() = default;

  /// Puts the data sets that a step's SQL names into `folder`, but for those whose names are
  /// `results` of steps before it. InvalidArgument: it names a table that is neither.
  virtual absl::StatusOr<std::vector<StagedTable>> Stage(
      const base::TenantId& tenant, const lake::datasets::SelectStatement& names,
      const std::vector<std::string>& results, const std::string& folder) = 0;

  /// The columns of those data sets, without their rows. InvalidArgument: as Stage, or the SQL is
  /// wrong.
  virtual absl::StatusOr<std::vector<TableSchema>> Describe(
      const base::TenantId& tenant, const StepSpec& step,
      const std::vector<std::string>& results) = 0;

  /// Makes the Parquet file the next version of the step's data set and gives its number. Done once
  /// for a job's step however often it is asked for: later calls give the number of the first. The
  /// job's owner alone may call it.
  virtual absl::StatusOr<int64_t> Publish(const Job& job, size_t step, const std::string& file) = 0;
};

}  // namespace tenantry::jobs
