#pragma once

#include <absl/status/status.h>

#include <string>

namespace tenantry::eventlog {

/// DataLoss when a write-ahead log or manifest of RocksDB's in `folder` holds a record that the
/// engine would take for the end of the file, and drop with all that follows in silence, though it
/// is none: its length was damaged, so that it seems cut, or its type, so that it seems left over.
/// Other damage the engine finds by itself, and a record that is truly cut was never acknowledged.
/// OK when there is no such folder.
absl::Status CheckRecordFiles(const std::string& folder);

}  // namespace tenantry::eventlog
