#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "eventlog/event_log.h"
#include "lake/sql/sql_chunk.h"

namespace tenantry::lake::archive {

/// An event as the archive keeps it: the record of the log, and what was read from it.
struct ArchiveRow {
  eventlog::PartitionId from;
  eventlog::LogOffset offset;
  absl::Time appended;                ///< when the log took it; kept to the microsecond
  std::optional<base::Instant> time;  ///< the event's own time; kept to the microsecond
  std::string type;                   ///< of the event; empty when it has none, as the next two
  std::string source;
  std::string id;
  base::TenantId tenant;  ///< the record's key; empty when that is no id
  std::string content_type;
  std::string event;  ///< the record's exact bytes
};

/// Consecutive records of one partition: all that lie from `begin` to before `next`.
struct ArchiveSlice {
  eventlog::PartitionId partition;
  eventlog::LogOffset begin;
  eventlog::LogOffset next;
  std::vector<ArchiveRow> rows;  ///< in the order of their offsets
};

/// The columns of the archive's files, in order: stream, partition, offset, appended, time, type,
/// source, id, tenantid, content_type, event.
const std::vector<sql::SqlColumn>& ArchiveColumns();

/// Their names, quoted for SQL and separated by commas.
std::string ArchiveColumnList();

/// Appends `row` to columns `first` and following of `chunk`.
void AddArchiveRow(const ArchiveRow& row, size_t first, sql::SqlChunk& chunk);

/// Row `index` of a chunk of the archive's columns. DataLoss when an offset is none.
absl::StatusOr<ArchiveRow> ToArchiveRow(const sql::SqlChunk& chunk, size_t index);

}  // namespace tenantry::lake::archive
