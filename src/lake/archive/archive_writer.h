#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <string>
#include <vector>

#include "lake/archive/archive_manifest.h"
#include "lake/archive/archive_row.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::archive {

/// Rows that go into one file of the archive. The rows belong to somebody else.
struct ArchiveGroup {
  ArchiveFile file;  ///< all but bytes and checksum
  std::vector<const ArchiveRow*> rows;
};

/// Sorts the rows of `slices` that lie at or after `positions` into files, in the order of tenant,
/// day and partition. InvalidArgument: a partition twice, rows outside their slice or out of order,
/// or a time before the year 1 or after 9999.
absl::StatusOr<std::vector<ArchiveGroup>> GroupRows(const std::vector<ArchiveSlice>& slices,
                                                    const eventlog::LogPositions& positions);

/// Writes each group as `folder`/StagedName(index).parquet, durably, and fills in its bytes and
/// checksum. The same groups give the same bytes. One SQL process does it all; its errors are
/// returned.
absl::Status WriteGroups(std::vector<ArchiveGroup>& groups, const std::string& folder,
                         sql::SqlProcesses& processes, const std::atomic<bool>* cancelled);

/// The name of a group's file until it is moved to its place.
std::string StagedName(size_t index);

}  // namespace tenantry::lake::archive
