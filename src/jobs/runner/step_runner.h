#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/life/job.h"
#include "jobs/spec/job_spec.h"
#include "lake/datasets/query/select_statement.h"

namespace tenantry::jobs {

/// A table that a step reads, as a Parquet file.
struct StagedTable {
  std::string name;      ///< as SQL calls it
  std::string view_sql;  ///< the statement that makes it a table of that name
  int64_t bytes = 0;     ///< of the file
};

/// One step to run.
struct StepTask {
  std::string sql;                               ///< one query
  std::string in_folder;                         ///< of the tables' files: to be read only
  std::string out_folder;                        ///< empty, for the result
  const std::atomic<bool>* cancelled = nullptr;  ///< ends it soon once it is true
};

/// Puts the tables of a step into its in folder once the engine's parser has told what its SQL
/// names; an error ends the step and is given back.
using StepInputs = absl::FunctionRef<absl::StatusOr<std::vector<StagedTable>>(
    const lake::datasets::SelectStatement& names)>;

/// A column of a table or of a result, its type as SQL writes it.
struct ColumnSpec {
  std::string name;
  std::string type;

  bool operator==(const ColumnSpec&) const = default;
};

/// A table as a check knows it: its columns, no rows.
struct TableSchema {
  std::string name;
  std::vector<ColumnSpec> columns;
  std::string made_by;  ///< the step before that publishes it, whose result's columns it has then;
                        ///< empty where it is there already
};

/// What a check found out about a step.
struct StepCheck {
  std::vector<ColumnSpec> columns;  ///< of its result as it is kept; empty when that is not known
  std::string problem;              ///< empty when there is none
};

/// Runs steps, which are not to be trusted: behind it nothing but the step's tables can be reached.
/// Thread-safe; calls block.
class StepRunner {
 public:
  virtual ~StepRunner() = default;

  /// Runs the query over `inputs` and gives the path of its result, a Parquet file in the task's
  /// out folder. `use` tells what it took, also after an error. DeadlineExceeded: it took too long;
  /// ResourceExhausted: too much memory, disk or result; PermissionDenied: it reached for what it
  /// may not; InvalidArgument: the SQL is wrong; Cancelled; Unavailable and Internal: no fault of
  /// the step's.
  virtual absl::StatusOr<std::string> Run(const StepTask& task, StepInputs inputs, JobUse& use) = 0;

  /// Looks whether the steps would run, without running any: one answer a step. `tables` are the
  /// data sets that each reads; a step without them is not looked at, nor are those after it.
  /// Errors that are no fault of a step's as above.
  virtual absl::StatusOr<std::vector<StepCheck>> Check(
      const JobSpec& spec, const std::vector<std::optional<std::vector<TableSchema>>>& tables) = 0;
};

}  // namespace tenantry::jobs
