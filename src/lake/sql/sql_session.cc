#include "lake/sql/sql_session.h"

#include <absl/cleanup/cleanup.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>

#include "base/status.h"
#include "lake/sql/arrow/arrow_answer.h"
#include "lake/sql/duckdb_rows.h"

namespace tenantry::lake::sql {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted.push_back(quote);
    quoted.push_back(c);
  }
  quoted.push_back(quote);
  return quoted;
}

absl::StatusCode CodeOf(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return absl::StatusCode::kResourceExhausted;
    case DUCKDB_ERROR_PERMISSION:
      return absl::StatusCode::kPermissionDenied;
    case DUCKDB_ERROR_IO:
      return absl::StatusCode::kUnavailable;
    case DUCKDB_ERROR_INTERRUPT:
      return absl::StatusCode::kCancelled;
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_INTERNAL:
      return absl::StatusCode::kInternal;
    default:
      return absl::StatusCode::kInvalidArgument;
  }
}

absl::Status StatementError(const char* message) {
  return base::InvalidArgument("{}", message == nullptr ? "the SQL can't be read" : message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqlSession>> SqlSession::Open(const DuckDbLibrary& library,
                                                             const WorkerSettings& settings) {
  std::unique_ptr<SqlSession> session(new SqlSession(library));
  if (library.open(nullptr, &session->database_) == DuckDBError ||
      library.connect(session->database_, &session->connection_) == DuckDBError) {
    return base::Internal("DuckDB can't open an in-memory database");
  }
  TENANTRY_RETURN_IF_ERROR(session->Lock(settings));
  return session;
}

// The worker ends by _exit: closing the engine would only cost time.
SqlSession::~SqlSession() = default;

absl::Status SqlSession::Lock(const WorkerSettings& settings) {
  std::vector<std::string> folders;
  for (const auto* list : {&settings.folders, &settings.read_only}) {
    for (const std::string& folder : *list) folders.push_back(Quoted(folder, '\''));
  }
  // Half of the address space is the engine's pool; the rest is for what it does not count.
  const std::vector<std::string> commands = {
      fmt::format("SET threads = {}", settings.threads),
      fmt::format("SET memory_limit = '{}KiB'", settings.memory_bytes / 2048),
      fmt::format("SET temp_directory = {}", Quoted(settings.work_folder, '\'')),
      fmt::format("SET max_temp_directory_size = '{}KiB'", settings.spill_bytes / 1024),
      fmt::format("SET allowed_directories = [{}]", fmt::join(folders, ", ")),
      "SET TimeZone = 'UTC'",  // answers don't tell where the machine stands
      "SET autoinstall_known_extensions = false",
      "SET autoload_known_extensions = false",
      "SET allow_community_extensions = false",
      "SET allow_persistent_secrets = false",
      "SET enable_external_access = false",
      "SET lock_configuration = true",
  };
  for (const std::string& command : commands) {
    if (absl::Status status = Command(command); !status.ok()) {
      return base::Internal("DuckDB refused '{}': {}", command, base::Message(status));
    }
  }
  return absl::OkStatus();
}

absl::Status SqlSession::Error(duckdb_result& result) const {
  const char* text = duckdb_.result_error(&result);
  const std::string message = text == nullptr ? "DuckDB failed without a message" : text;
  absl::StatusCode code = CodeOf(duckdb_.result_error_type(&result));
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    const bool full = message.find(std::strerror(error)) != std::string::npos;
    if (full && code == absl::StatusCode::kUnavailable) code = absl::StatusCode::kResourceExhausted;
  }
  return absl::Status(code, message);
}

absl::Status SqlSession::Command(const std::string& sql) {
  duckdb_result result{};
  const duckdb_state state = duckdb_.query(connection_, sql.c_str(), &result);
  const absl::Cleanup destroy = [&] { duckdb_.destroy_result(&result); };
  return state == DuckDBError ? Error(result) : absl::OkStatus();
}

absl::Status SqlSession::CreateTable(const std::string& name,
                                     const std::vector<SqlColumn>& columns) {
  TENANTRY_RETURN_IF_ERROR(FinishAppend());
  std::string definitions;
  for (const SqlColumn& column : columns) {
    definitions += fmt::format("{}{} {}", definitions.empty() ? "" : ", ", Quoted(column.name, '"'),
                               DuckDbTypeName(column.type));
  }
  TENANTRY_RETURN_IF_ERROR(
      Command(fmt::format("CREATE TABLE {} ({})", Quoted(name, '"'), definitions)));
  if (duckdb_.appender_create(connection_, nullptr, name.c_str(), &appender_) == DuckDBError) {
    return base::Internal("DuckDB can't append to {}", name);
  }
  columns_ = columns;
  return absl::OkStatus();
}

absl::Status SqlSession::Append(const SqlChunk& chunk) {
  if (appender_ == nullptr) return base::InvalidArgument("rows came before a table");
  std::vector<duckdb_logical_type> types;
  for (const SqlColumn& column : columns_) {
    types.push_back(duckdb_.create_logical_type(DuckDbTypeOf(column.type)));
  }
  duckdb_data_chunk data = duckdb_.create_data_chunk(types.data(), types.size());
  const absl::Cleanup destroy = [&] {
    duckdb_.destroy_data_chunk(&data);
    for (duckdb_logical_type& type : types) duckdb_.destroy_logical_type(&type);
  };
  const size_t step = duckdb_.vector_size();
  for (size_t begin = 0; begin < chunk.rows(); begin += step) {
    duckdb_.data_chunk_reset(data);
    const size_t end = std::min(begin + step, chunk.rows());
    TENANTRY_RETURN_IF_ERROR(WriteRows(duckdb_, chunk, begin, end, data));
    if (duckdb_.append_data_chunk(appender_, data) == DuckDBError) {
      return base::Error(absl::StatusCode::kResourceExhausted, "DuckDB can't take the rows: {}",
                         duckdb_.appender_error(appender_));
    }
  }
  return absl::OkStatus();
}

absl::Status SqlSession::FinishAppend() {
  if (appender_ == nullptr) return absl::OkStatus();
  const duckdb_state state = duckdb_.appender_destroy(&appender_);
  appender_ = nullptr;
  if (state == DuckDBError) {
    return base::Error(absl::StatusCode::kResourceExhausted, "DuckDB can't keep the rows");
  }
  return absl::OkStatus();
}

absl::Status SqlSession::Execute(const std::string& sql, const SqlAnswer& answer) {
  TENANTRY_RETURN_IF_ERROR(FinishAppend());
  if (sql.find('\0') != std::string::npos) {
    return base::InvalidArgument("the SQL holds a zero byte at {}", sql.find('\0'));
  }
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_.extract_statements(connection_, sql.c_str(), &statements);
  const absl::Cleanup destroy = [&] { duckdb_.destroy_extracted(&statements); };
  if (count == 0) {
    const char* message = duckdb_.extract_statements_error(statements);
    return message == nullptr ? base::InvalidArgument("there is no statement in the SQL")
                              : StatementError(message);
  }
  for (idx_t i = 0; i < count; ++i) {
    TENANTRY_RETURN_IF_ERROR(RunStatement(statements, i, i + 1 == count ? &answer : nullptr));
  }
  return absl::OkStatus();
}

absl::Status SqlSession::RunStatement(duckdb_extracted_statements statements, idx_t index,
                                      const SqlAnswer* answer) {
  duckdb_prepared_statement statement = nullptr;
  const absl::Cleanup destroy = [&] { duckdb_.destroy_prepare(&statement); };
  TENANTRY_RETURN_IF_ERROR(Prepare(statements, index, statement));
  return RunPrepared(statement, answer);
}

absl::Status SqlSession::Prepare(duckdb_extracted_statements statements, idx_t index,
                                 duckdb_prepared_statement& statement) {
  if (duckdb_.prepare_extracted_statement(connection_, statements, index, &statement) !=
      DuckDBError) {
    return absl::OkStatus();
  }
  const char* message = duckdb_.prepare_error(statement);
  if (message != nullptr && std::string_view(message).starts_with("Permission Error")) {
    return absl::PermissionDeniedError(message);
  }
  return StatementError(message);
}

absl::Status SqlSession::WriteArrow(const std::string& sql, const std::string& path) {
  TENANTRY_RETURN_IF_ERROR(FinishAppend());
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_.extract_statements(connection_, sql.c_str(), &statements);
  const absl::Cleanup destroy_extracted = [&] { duckdb_.destroy_extracted(&statements); };
  if (count != 1) return base::InvalidArgument("Arrow is given for one query, not for {}", count);
  duckdb_prepared_statement statement = nullptr;
  const absl::Cleanup destroy_prepare = [&] { duckdb_.destroy_prepare(&statement); };
  TENANTRY_RETURN_IF_ERROR(Prepare(statements, 0, statement));
  duckdb_pending_result pending = nullptr;
  const absl::Cleanup destroy_pending = [&] { duckdb_.destroy_pending(&pending); };
  if (duckdb_.pending_prepared_streaming(statement, &pending) == DuckDBError) {
    return StatementError(duckdb_.pending_error(pending));
  }
  duckdb_result result{};
  const absl::Cleanup destroy = [&] { duckdb_.destroy_result(&result); };
  if (duckdb_.execute_pending(pending, &result) == DuckDBError) return Error(result);
  TENANTRY_RETURN_IF_ERROR(WriteArrowAnswer(duckdb_, result, path));
  const char* message = duckdb_.result_error(&result);
  return message == nullptr || *message == '\0' ? absl::OkStatus() : Error(result);
}

absl::Status SqlSession::RunPrepared(duckdb_prepared_statement statement, const SqlAnswer* answer) {
  duckdb_result result{};
  const absl::Cleanup destroy = [&] { duckdb_.destroy_result(&result); };
  if (duckdb_.prepared_statement_type(statement) != DUCKDB_STATEMENT_TYPE_SELECT) {
    if (duckdb_.execute_prepared(statement, &result) == DuckDBError) return Error(result);
    return Fetch(result, answer);
  }
  duckdb_pending_result pending = nullptr;
  const absl::Cleanup destroy_pending = [&] { duckdb_.destroy_pending(&pending); };
  if (duckdb_.pending_prepared_streaming(statement, &pending) == DuckDBError) {
    return StatementError(duckdb_.pending_error(pending));
  }
  if (duckdb_.execute_pending(pending, &result) == DuckDBError) return Error(result);
  return Fetch(result, answer);
}

absl::Status SqlSession::Fetch(duckdb_result& result, const SqlAnswer* answer) {
  std::vector<SqlColumn> columns;
  const bool wanted =
      answer != nullptr && duckdb_.result_return_type(result) == DUCKDB_RESULT_TYPE_QUERY_RESULT;
  if (wanted) {
    TENANTRY_ASSIGN_OR_RETURN(columns, ColumnsOf(duckdb_, result));
    TENANTRY_RETURN_IF_ERROR(answer->columns(columns));
  }
  while (duckdb_data_chunk chunk = duckdb_.fetch_chunk(result)) {
    const absl::Cleanup destroy = [&] { duckdb_.destroy_data_chunk(&chunk); };
    if (wanted) TENANTRY_RETURN_IF_ERROR(ReadRows(duckdb_, result, columns, chunk, answer->rows));
  }
  const char* message = duckdb_.result_error(&result);
  return message == nullptr || *message == '\0' ? absl::OkStatus() : Error(result);
}

}  // namespace tenantry::lake::sql
