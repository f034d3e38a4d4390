#include "lake/datasets/imports/csv/csv_table.h"

#include <algorithm>

#include "base/status.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {
namespace {

bool IsText(const DataSetColumn& column) { return column.type == "VARCHAR"; }

absl::StatusOr<int64_t> CountRows(sql::SqlProcess& process, const std::string& table) {
  int64_t count = 0;
  TENANTRY_RETURN_IF_ERROR(
      process.Query("SELECT count(*) FROM " + table,
                    [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
                      count = rows.column(0).Integer(0);
                      return absl::OkStatus();
                    }));
  return count;
}

// The columns' names as a list, of `table`'s; those of texts or the others.
std::string Names(const ParquetFacts& facts, bool texts) {
  std::string names;
  for (const DataSetColumn& column : facts.schema) {
    if (IsText(column) != texts) continue;
    names += (names.empty() ? "" : ", ") + SqlIdentifier(column.name);
  }
  return names;
}

}  // namespace

std::string CsvTable(const ImportRequest& request, const std::string& input, char delimiter,
                     QuotedEmpty empty) {
  std::string types;
  for (const auto& [column, type] : request.types) {
    types +=
        fmt::format("{}{}: {}", types.empty() ? "" : ", ", SqlLiteral(column), SqlLiteral(type));
  }
  return fmt::format(
      "read_csv({}, delim = {}, quote = '\"', escape = '\"', comment = '', skip = 0, "
      "store_rejects = true, rejects_limit = {}, hive_partitioning = false{}{}{})",
      SqlLiteral(input), SqlLiteral(std::string(1, delimiter)), kProblemsMax,
      request.header ? fmt::format(", header = {}", *request.header) : "",
      types.empty() ? "" : ", types = {" + types + "}",
      empty == QuotedEmpty::kText ? ", allow_quoted_nulls = false" : "");
}

std::string CsvText(const std::string& input, char delimiter, const ParquetFacts& facts) {
  std::string columns;
  for (const DataSetColumn& column : facts.schema) {
    columns += fmt::format("{}{}: 'VARCHAR'", columns.empty() ? "" : ", ", SqlLiteral(column.name));
  }
  return fmt::format(
      "read_csv({}, delim = {}, quote = '\"', escape = '\"', comment = '', skip = 0, header = "
      "false, "
      "ignore_errors = true, hive_partitioning = false, columns = {{{}}})",
      SqlLiteral(input), SqlLiteral(std::string(1, delimiter)), columns);
}

// The engine knows one rule for all columns, and a quoted nothing must not make a text of a column
// of numbers: the file is read by both rules, and of each the columns are taken that it is for.
absl::Status KeepEmptyTexts(sql::SqlProcess& process, const ImportRequest& request,
                            const ImportFiles& files, char delimiter, const ParquetFacts& facts) {
  if (std::ranges::none_of(facts.schema, IsText)) return absl::OkStatus();
  ImportRequest known = request;
  TENANTRY_ASSIGN_OR_RETURN(const int64_t records,
                            CountRows(process, CsvText(files.input, delimiter, facts)));
  known.header = request.header.value_or(records > facts.rows);
  const std::string values = CsvTable(known, files.input, delimiter);
  for (const DataSetColumn& column : facts.schema) {
    if (IsText(column)) known.types[column.name] = column.type;
  }
  const std::string texts = CsvTable(known, files.input, delimiter, QuotedEmpty::kText);
  std::string table = texts;
  if (!std::ranges::all_of(facts.schema, IsText)) {
    table = fmt::format("(SELECT {} FROM {}) AS v POSITIONAL JOIN (SELECT {} FROM {}) AS t",
                        Names(facts, false), values, Names(facts, true), texts);
  }
  std::string columns;
  for (const DataSetColumn& column : facts.schema) {
    columns += (columns.empty() ? "" : ", ") + SqlIdentifier(column.name);
  }
  TENANTRY_RETURN_IF_ERROR(
      process.Execute(fmt::format("COPY (SELECT {} FROM {}) TO {} (FORMAT "
                                  "parquet)",
                                  columns, table, SqlLiteral(files.parquet))));
  TENANTRY_ASSIGN_OR_RETURN(const int64_t rows, CountRows(process, ParquetTable(files.parquet)));
  if (rows == facts.rows) return absl::OkStatus();
  return base::Internal("the file has {} rows with empty texts and {} without", rows, facts.rows);
}

}  // namespace tenantry::lake::datasets
