#pragma once

#include <absl/status/status.h>

#include <string>

#include "lake/sql/duckdb_library.h"

namespace tenantry::lake::sql {

/// Writes the rows of a query's result, from its first chunk, to the file `path` as an Arrow IPC
/// stream, a batch a chunk. The file must not exist; it is not synced. InvalidArgument: a column
/// has a type that is not given as Arrow, or the engine's own error; ResourceExhausted: the disk is
/// full, or the file too large; Unavailable: it can't be written.
absl::Status WriteArrowAnswer(const DuckDbLibrary& duckdb, duckdb_result& result,
                              const std::string& path);

}  // namespace tenantry::lake::sql
