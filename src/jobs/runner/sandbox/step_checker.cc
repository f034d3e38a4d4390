#include "jobs/runner/sandbox/step_checker.h"

#include "base/status.h"
#include "jobs/runner/sandbox/sandbox_step_runner.h"
#include "lake/datasets/query/exact_integers.h"

namespace tenantry::jobs {

using lake::sql::SqlChunk;
using lake::sql::SqlColumn;

namespace {

constexpr absl::Duration kCheckTimeMax = absl::Seconds(10);

}  // namespace

absl::Status StepChecker::MakeTables(const std::vector<TableSchema>& tables) {
  for (const std::string& name : made_) {
    TENANTRY_RETURN_IF_ERROR(
        process_->Execute(fmt::format("DROP TABLE IF EXISTS {}", QuotedName(name))));
  }
  made_.clear();
  for (const TableSchema& table : tables) {
    std::string columns;
    for (const ColumnSpec& column : table.columns) {
      columns +=
          fmt::format("{}{} {}", columns.empty() ? "" : ", ", QuotedName(column.name), column.type);
    }
    made_.push_back(table.name);
    TENANTRY_RETURN_IF_ERROR(process_->Execute(
        fmt::format("CREATE OR REPLACE TABLE {} ({})", QuotedName(table.name), columns)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ColumnSpec>> StepChecker::ColumnsOf(
    const std::string& sql, const std::vector<TableSchema>& tables) {
  if (!process_) {
    lake::sql::SqlTask task;
    task.time_max = kCheckTimeMax;
    task.time_option = "what a dry run has";
    TENANTRY_ASSIGN_OR_RETURN(process_, processes_.Start(task));
  }
  std::vector<ColumnSpec> columns;
  absl::Status status = MakeTables(tables);
  if (status.ok()) {
    status = process_->Query(
        fmt::format("SELECT column_name, column_type FROM (DESCRIBE ({}\n))", sql),
        [&](const std::vector<SqlColumn>&, const SqlChunk& rows) -> absl::Status {
          for (size_t i = 0; i < rows.rows(); ++i) {
            columns.push_back({std::string(rows.column(0).Bytes(i)),
                               lake::datasets::ExactType(std::string(rows.column(1).Bytes(i)))});
          }
          return absl::OkStatus();
        });
  }
  if (status.ok()) return columns;
  process_.reset();
  made_.clear();
  return status;
}

}  // namespace tenantry::jobs
