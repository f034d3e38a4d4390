#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lake/sql/duckdb_library.h"
#include "lake/sql/sql_chunk.h"
#include "lake/sql/wire.h"

namespace tenantry::lake::sql {

/// Who takes a statement's answer. Both calls may fail, which ends the statement with that error.
struct SqlAnswer {
  /// The answer's columns; called once, before any rows.
  std::function<absl::Status(const std::vector<SqlColumn>&)> columns;
  /// Some rows, in the answer's order.
  std::function<absl::Status(const SqlChunk&)> rows;
};

/// An in-memory DuckDB of one task, inside the worker process, locked down before the first
/// statement: files only in the settings' folders, no extensions, no network, settings that can't
/// be changed. After an error the session is of no further use. Not thread-safe.
class SqlSession {
 public:
  /// Opens and locks the engine. `library` must outlive the session. Internal when DuckDB refuses a
  /// setting.
  static absl::StatusOr<std::unique_ptr<SqlSession>> Open(const DuckDbLibrary& library,
                                                          const WorkerSettings& settings);
  ~SqlSession();
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;

  /// Makes a table and turns Append to it.
  absl::Status CreateTable(const std::string& name, const std::vector<SqlColumn>& columns);

  /// Adds rows to the table made last. InvalidArgument: no table, or text that is not UTF-8.
  absl::Status Append(const SqlChunk& chunk);

  /// The columns of the table made last.
  const std::vector<SqlColumn>& columns() const { return columns_; }

  /// Runs the statements of `sql`; the last one's rows go to `answer` as they are made. The code
  /// tells whose fault it is: InvalidArgument the statement's, PermissionDenied what the locks
  /// forbid, ResourceExhausted memory or disk, NotFound and Internal as they say.
  absl::Status Execute(const std::string& sql, const SqlAnswer& answer);

  /// Writes the answer of one query to the file `path`, which must not exist, as an Arrow IPC
  /// stream. Errors as Execute; InvalidArgument: also a column of a type that is not given so.
  absl::Status WriteArrow(const std::string& sql, const std::string& path);

 private:
  explicit SqlSession(const DuckDbLibrary& library) : duckdb_(library) {}

  absl::Status Lock(const WorkerSettings& settings);
  absl::Status Command(const std::string& sql);
  absl::Status FinishAppend();
  absl::Status RunStatement(duckdb_extracted_statements statements, idx_t index,
                            const SqlAnswer* answer);
  absl::Status Prepare(duckdb_extracted_statements statements, idx_t index,
                       duckdb_prepared_statement& statement);
  absl::Status RunPrepared(duckdb_prepared_statement statement, const SqlAnswer* answer);
  absl::Status Fetch(duckdb_result& result, const SqlAnswer* answer);
  absl::Status Error(duckdb_result& result) const;

  const DuckDbLibrary& duckdb_;
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_appender appender_ = nullptr;
  std::vector<SqlColumn> columns_;
};

}  // namespace tenantry::lake::sql
