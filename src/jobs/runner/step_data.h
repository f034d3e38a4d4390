#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/life/job.h"
#include "jobs/runner/step_runner.h"

namespace tenantry::jobs {

/// A data set that a step publishes.
struct MadeDataSet {
  std::string data_set;
  std::string step;
};

/// The version that a step's result became.
struct Publication {
  int64_t version = 0;
  int64_t rows = 0;
  int64_t bytes = 0;      ///< of its Parquet file
  bool is_there = false;  ///< false once the version is kept no longer
};

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

  /// The columns of those data sets, without their rows; those that steps before it will have
  /// `made` are given as made by the last of these. InvalidArgument: as Stage, or the SQL is wrong.
  virtual absl::StatusOr<std::vector<TableSchema>> Describe(
      const base::TenantId& tenant, const StepSpec& step, const std::vector<std::string>& results,
      const std::vector<MadeDataSet>& made) = 0;

  /// What the job's step published last, however long ago and by whatever process; nullopt when it
  /// never did. While that version is there its rows are written to `file`, which must not exist.
  virtual absl::StatusOr<std::optional<Publication>> Recover(const Job& job, size_t step,
                                                             const std::string& file) = 0;

  /// Makes the Parquet file the next version of the step's data set and gives its number. Only the
  /// job's owner may call it, and only when Recover gave nothing that is there.
  virtual absl::StatusOr<int64_t> Publish(const Job& job, size_t step, const std::string& file) = 0;
};

}  // namespace tenantry::jobs
