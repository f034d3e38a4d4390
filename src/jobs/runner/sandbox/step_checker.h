#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jobs/runner/step_runner.h"
#include "lake/sql/sql_process.h"

namespace tenantry::jobs {

/// One query to check.
struct CheckTask {
  std::string sql;
  std::vector<TableSchema> tables;                           ///< that it reads, by their columns
  std::vector<std::pair<std::string, std::string>> results;  ///< of other checks: name and file
  std::string file;  ///< of the checker's folder: its result goes there, without rows
};

/// What the engine says of queries over tables without rows, in a SQL process that lasts until the
/// first error. Their results are written as they would be kept, rows left out: types and names are
/// then those that are stored. Not thread-safe.
class StepChecker {
 public:
  /// `processes` outlive this; `folder` is for results, exists and is nobody else's.
  StepChecker(lake::sql::SqlProcesses& processes, std::string folder)
      : processes_(processes), folder_(std::move(folder)) {}

  /// The columns of the query's result, as they would be kept; of two tables of one name the later
  /// counts. InvalidArgument and PermissionDenied: what is wrong with the SQL; else as SqlProcess.
  absl::StatusOr<std::vector<ColumnSpec>> ColumnsOf(const CheckTask& task);

 private:
  absl::Status MakeTables(const CheckTask& task);
  absl::Status Keep(const CheckTask& task, std::vector<ColumnSpec>& columns);

  lake::sql::SqlProcesses& processes_;
  const std::string folder_;
  std::unique_ptr<lake::sql::SqlProcess> process_;
  std::vector<std::string> drops_;  // statements that remove the tables in it
};

}  // namespace tenantry::jobs
