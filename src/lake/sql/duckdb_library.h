#pragma once

#include <absl/status/statusor.h>
#include <duckdb.h>

#include <memory>
#include <string>

namespace tenantry::lake::sql {

/// The functions of DuckDB's C API that the worker calls, without their prefix `duckdb_`.
// clang-format off
#define TENANTRY_DUCKDB_FUNCTIONS(X) \
  X(library_version) X(open) X(connect) X(query) X(destroy_result) X(result_error) \
  X(result_error_type) X(extract_statements) X(extract_statements_error) \
  X(destroy_extracted) X(prepare_extracted_statement) X(prepare_error) X(destroy_prepare) \
  X(prepared_statement_type) X(execute_prepared) X(pending_prepared_streaming) \
  X(pending_error) X(execute_pending) X(destroy_pending) X(fetch_chunk) X(column_count) \
  X(column_name) X(column_type) X(data_chunk_get_size) X(data_chunk_get_vector) \
  X(destroy_data_chunk) X(vector_get_data) X(vector_get_validity) \
  X(validity_row_is_valid) X(string_t_length) X(string_t_data) X(create_logical_type) \
  X(destroy_logical_type) X(create_data_chunk) X(data_chunk_reset) X(data_chunk_set_size) \
  X(vector_ensure_validity_writable) X(validity_set_row_invalid) \
  X(vector_assign_string_element_len) X(vector_size) X(append_data_chunk) \
  X(appender_create) X(appender_error) X(appender_destroy) X(result_return_type) \
  X(column_logical_type) X(result_get_arrow_options) X(destroy_arrow_options) \
  X(to_arrow_schema) X(data_chunk_to_arrow) X(error_data_message) X(error_data_has_error) \
  X(destroy_error_data)
// clang-format on

/// libduckdb.so, loaded into the running process; it is never unloaded. Only the worker does this.
class DuckDbLibrary {
 public:
  /// Loads `path`, or, when that is empty, the library that the program was built against, the one
  /// beside the executable or the system's, whichever is found first. FailedPrecondition: none
  /// could be loaded (the message names each and why), or the one found is older than 1.5.6.
  static absl::StatusOr<std::unique_ptr<DuckDbLibrary>> Load(const std::string& path);

#define TENANTRY_DUCKDB_DECLARE(name) decltype(&duckdb_##name) name = nullptr;
  TENANTRY_DUCKDB_FUNCTIONS(TENANTRY_DUCKDB_DECLARE)
#undef TENANTRY_DUCKDB_DECLARE

 private:
  DuckDbLibrary() = default;
  absl::Status Resolve(void* handle);
};

/// OK when `version`, as DuckDB tells it ("v1.5.6"), is 1.5.6 or newer; else FailedPrecondition.
/// Older ones follow symbolic links out of the folders that SQL may use.
absl::Status CheckDuckDbVersion(const std::string& version);

}  // namespace tenantry::lake::sql
