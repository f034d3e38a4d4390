#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <vector>

#include "lake/sql/duckdb_library.h"
#include "lake/sql/sql_chunk.h"

namespace tenantry::lake::sql {

/// DuckDB's type for ours, and its name in SQL.
duckdb_type DuckDbTypeOf(SqlType type);
std::string_view DuckDbTypeName(SqlType type);

/// The columns of a result. InvalidArgument when one has a type that does not cross (lists,
/// structs, decimals, integers past 64 bits): the message names the column and asks for a cast.
absl::StatusOr<std::vector<SqlColumn>> ColumnsOf(const DuckDbLibrary& duckdb,
                                                 duckdb_result& result);

/// Gives the rows of `chunk`, whose columns are `columns` of `result`, to `sink` in pieces of about
/// 1 MiB (or one row, when that is larger). The sink's error ends it.
absl::Status ReadRows(const DuckDbLibrary& duckdb, duckdb_result& result,
                      const std::vector<SqlColumn>& columns, duckdb_data_chunk chunk,
                      absl::FunctionRef<absl::Status(const SqlChunk&)> sink);

/// Puts rows `begin` to `end` of `from` into `to`, an empty chunk of the same columns that has room
/// for them. InvalidArgument for text that is not UTF-8.
absl::Status WriteRows(const DuckDbLibrary& duckdb, const SqlChunk& from, size_t begin, size_t end,
                       duckdb_data_chunk to);

}  // namespace tenantry::lake::sql
