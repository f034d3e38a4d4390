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

absl::Status StepChecker::MakeTables(const CheckTask& task) {
  for (const std::string& drop : drops_) TENANTRY_RETURN_IF_ERROR(process_->Execute(drop));
  drops_.clear();
  for (const TableSchema& table : task.tables) {
    std::string columns;
    for (const ColumnSpec& column : table.columns) {
      columns +=
          fmt::format("{}{} {}", columns.empty() ? "" : ", ", QuotedName(column.name), column.type);
    }
    const std::string name = QuotedName(table.name);
    drops_.push_back("DROP TABLE IF EXISTS " + name);
    TENANTRY_RETURN_IF_ERROR(
        process_->Execute(fmt::format("CREATE OR REPLACE TABLE {} ({})", name, columns)));
  }
  for (const auto& [result, file] : task.results) {
    const std::string name = QuotedName(result);
    drops_.push_back("DROP VIEW IF EXISTS " + name);
    TENANTRY_RETURN_IF_ERROR(process_->Execute(fmt::format(
        "CREATE OR REPLACE VIEW {} AS SELECT * FROM read_parquet({})", name, QuotedText(file))));
  }
  return absl::OkStatus();
}

// The engine runs nothing of a query of which it needs no row.
absl::Status StepChecker::Keep(const CheckTask& task, std::vector<ColumnSpec>& columns) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string query,
                            lake::datasets::WithExactIntegers(*process_, task.sql));
  const std::string file = QuotedText(task.file);
  TENANTRY_RETURN_IF_ERROR(process_->Execute(
      fmt::format("COPY (SELECT * FROM ({}\n) LIMIT 0) TO {} (FORMAT parquet)", query, file)));
  return process_->Query(
      fmt::format("SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet({}))", file),
      [&](const std::vector<SqlColumn>&, const SqlChunk& rows) -> absl::Status {
        for (size_t i = 0; i < rows.rows(); ++i) {
          columns.push_back(
              {std::string(rows.column(0).Bytes(i)), std::string(rows.column(1).Bytes(i))});
        }
        return absl::OkStatus();
      });
}

absl::StatusOr<std::vector<ColumnSpec>> StepChecker::ColumnsOf(const CheckTask& task) {
  if (!process_) {
    lake::sql::SqlTask limits;
    limits.time_max = kCheckTimeMax;
    limits.time_option = "what a dry run has";
    limits.folders = {folder_};
    TENANTRY_ASSIGN_OR_RETURN(process_, processes_.Start(limits));
  }
  std::vector<ColumnSpec> columns;
  absl::Status status = MakeTables(task);
  if (status.ok()) status = Keep(task, columns);
  if (status.ok()) return columns;
  process_.reset();
  drops_.clear();
  return status;
}

}  // namespace tenantry::jobs
