#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "jobs/runner/step_runner.h"
#include "lake/sql/sql_process.h"

namespace tenantry::jobs {

/// What the engine says of queries over tables without rows, in a SQL process that lasts until the
/// first error. Not thread-safe.
class StepChecker {
 public:
  /// `processes` outlive this.
  explicit StepChecker(lake::sql::SqlProcesses& processes) : processes_(processes) {}

  /// The columns of the query's result over these tables, with the types that it is kept with; of
  /// two of one name the later counts.
  /// InvalidArgument and PermissionDenied: what is wrong with the SQL; else as SqlProcess.
  absl::StatusOr<std::vector<ColumnSpec>> ColumnsOf(const std::string& sql,
                                                    const std::vector<TableSchema>& tables);

 private:
  absl::Status MakeTables(const std::vector<TableSchema>& tables);

  lake::sql::SqlProcesses& processes_;
  std::unique_ptr<lake::sql::SqlProcess> process_;
  std::vector<std::string> made_;  // names of the tables in it
};

}  // namespace tenantry::jobs
