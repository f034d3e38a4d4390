#pragma once

#include <absl/status/statusor.h>

#include <optional>

#include "lake/datasets/imports/importer.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// What the Parquet file `files.input` holds that the engine would take for something else without
/// a word, the first of it: a DECIMAL of more than 38 digits, a moment in UTC to the nanosecond
/// (its last three digits would go), two names that are equal whatever the case, or an empty one.
/// Nullopt: nothing. Such moments cost a second copy of the file beside it, which stays; only those
/// that would be cut are told of, but for columns inside of others. Errors as the process, and of
/// the disk.
absl::StatusOr<std::optional<ImportProblem>> FindParquetProblem(sql::SqlProcess& process,
                                                                const ImportFiles& files);

}  // namespace tenantry::lake::datasets
