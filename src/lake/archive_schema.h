#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "lake/archive_row.h"
#include "lake/sql/sql_chunk.h"

namespace tenantry::lake {

/// The columns of the archive's files, in order: stream, partition, offset, appended, time, type,
/// source, id, tenantid, content_type, event.
const std::vector<sql::SqlColumn>& ArchiveColumns();

/// Their names, quoted for SQL and separated by commas.
std::string ArchiveColumnList();

/// Appends `row` to columns `first` and following of `chunk`.
void AddArchiveRow(const ArchiveRow& row, size_t first, sql::SqlChunk& chunk);

/// Row `index` of a chunk of the archive's columns. DataLoss when an offset is none.
absl::StatusOr<ArchiveRow> ToArchiveRow(const sql::SqlChunk& chunk, size_t index);

}  // namespace tenantry::lake
