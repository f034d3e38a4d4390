#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "lake/archive/archive_manifest.h"
#include "lake/archive/archive_row.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::archive {

/// Sorts files by tenant, flush, stream, partition and first offset: the order in which they are
/// read.
void SortFiles(std::vector<ArchiveFile>& files);

/// Gives the rows of sorted `files` below `folder` by tenant, flush, and then as they were
/// appended: of one partition in the order of offsets, between partitions by their times. Holds the
/// rows of a tenant's flush in memory. Each file is held against its size and checksum before a row
/// of it is given: DataLoss names the one that is missing or differs. Else the callback's error or
/// the SQL process's.
absl::Status ReadFiles(const std::string& folder, const std::vector<ArchiveFile>& files,
                       sql::SqlProcesses& processes,
                       absl::FunctionRef<absl::Status(const ArchiveRow&)> row);

/// Gives the rows of `files`, which are one flush's files of one partition, in the order of
/// offsets, whatever their tenants, once all are read: `row` may take its time. Otherwise as
/// ReadFiles.
absl::Status ReadFlush(const std::string& folder, const std::vector<ArchiveFile>& files,
                       sql::SqlProcesses& processes,
                       absl::FunctionRef<absl::Status(const ArchiveRow&)> row);

/// DataLoss, with the file's name, unless it has the size and checksum that its manifest says.
absl::Status CheckFile(const std::string& folder, const ArchiveFile& file);

}  // namespace tenantry::lake::archive
