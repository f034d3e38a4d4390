#include "lake/sql/arrow/arrow_answer.h"

#include <absl/cleanup/cleanup.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lake/sql/arrow/arrow_ipc.h"

namespace tenantry::lake::sql {
namespace {

absl::Status WriteError(int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return base::Error(full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable,
                     "the answer can't be written: {}", std::strerror(error));
}

absl::Status WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return WriteError(errno);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

// The engine's words, which it sometimes wraps into JSON with more.
std::string WordsOf(const char* message) {
  const auto parsed = nlohmann::json::parse(message, nullptr, false);
  if (!parsed.is_object()) return message;
  const auto words = parsed.find("exception_message");
  return words != parsed.end() && words->is_string() ? words->get<std::string>() : message;
}

absl::Status Take(const DuckDbLibrary& duckdb, duckdb_error_data error) {
  absl::Status status;
  if (error != nullptr && duckdb.error_data_has_error(error)) {
    status = base::InvalidArgument(
        "the answer can't be given as Arrow: {}; cast to another type, or ask for another format",
        WordsOf(duckdb.error_data_message(error)));
  }
  duckdb.destroy_error_data(&error);
  return status;
}

template <typename T>
void Release(T& data) {
  if (data.release != nullptr) data.release(&data);
}

// The answer's columns as Arrow's types; to be released when it is OK.
absl::Status SchemaOf(const DuckDbLibrary& duckdb, duckdb_result& result,
                      duckdb_arrow_options options, ArrowSchema& schema) {
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  const absl::Cleanup destroy = [&] {
    for (duckdb_logical_type& type : types) duckdb.destroy_logical_type(&type);
  };
  for (idx_t i = 0; i < duckdb.column_count(&result); ++i) {
    types.push_back(duckdb.column_logical_type(&result, i));
    names.push_back(duckdb.column_name(&result, i));
  }
  return Take(duckdb,
              duckdb.to_arrow_schema(options, types.data(), names.data(), types.size(), &schema));
}

}  // namespace

absl::Status WriteArrowAnswer(const DuckDbLibrary& duckdb, duckdb_result& result,
                              const std::string& path) {
  duckdb_arrow_options options = duckdb.result_get_arrow_options(&result);
  const absl::Cleanup destroy_options = [&] { duckdb.destroy_arrow_options(&options); };
  ArrowSchema schema{};
  const absl::Cleanup release_schema = [&] { Release(schema); };
  TENANTRY_RETURN_IF_ERROR(SchemaOf(duckdb, result, options, schema));
  TENANTRY_ASSIGN_OR_RETURN(const std::string head, ArrowSchemaMessage(schema));
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return WriteError(errno);
  const absl::Cleanup done = [file] { close(file); };
  TENANTRY_RETURN_IF_ERROR(WriteAll(file, head));
  while (duckdb_data_chunk chunk = duckdb.fetch_chunk(result)) {
    const absl::Cleanup destroy = [&] { duckdb.destroy_data_chunk(&chunk); };
    ArrowArray batch{};
    const absl::Cleanup release = [&] { Release(batch); };
    TENANTRY_RETURN_IF_ERROR(Take(duckdb, duckdb.data_chunk_to_arrow(options, chunk, &batch)));
    TENANTRY_ASSIGN_OR_RETURN(const std::string message, ArrowBatchMessage(schema, batch));
    TENANTRY_RETURN_IF_ERROR(WriteAll(file, message));
  }
  return WriteAll(file, ArrowEndOfStream());
}

}  // namespace tenantry::lake::sql
