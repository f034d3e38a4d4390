#pragma once

#include <vector>

#include "lake/archive/archive_row.h"

namespace tenantry::lake::archive {

/// Rows in the order in which they were appended: of each partition in the order of offsets, and
/// between partitions as the log merges them, by the time that the next row of each was appended.
std::vector<const ArchiveRow*> AsAppended(const std::vector<const ArchiveRow*>& rows);

}  // namespace tenantry::lake::archive
