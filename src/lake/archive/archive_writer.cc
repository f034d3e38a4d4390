#include "lake/archive/archive_writer.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "base/status.h"
#include "lake/archive/archive_files.h"
#include "lake/archive/archive_row.h"

namespace tenantry::lake::archive {
namespace {

using sql::SqlChunk;
using sql::SqlColumn;
using sql::SqlType;

constexpr size_t kChunkRows = 2048;
constexpr size_t kChunkBytes = size_t{1} << 20;

// Parquet as every file of the archive has it; a change here changes the bytes of a replay.
constexpr std::string_view kFormat =
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 16384, "
    "USE_TMP_FILE false";

bool HasDay(base::Day day) {
  constexpr base::Day kFirst = -719'162;  // 0001-01-01
  constexpr base::Day kLast = 2'932'896;  // 9999-12-31
  return day >= kFirst && day <= kLast;
}

absl::Status CheckRow(const ArchiveSlice& slice, size_t index) {
  const ArchiveRow& row = slice.rows[index];
  const auto place = [&] {
    return fmt::format("{}/{}/{}", row.from.stream, row.from.partition, row.offset.text());
  };
  const eventlog::LogOffset& least = index == 0 ? slice.begin : slice.rows[index - 1].offset;
  const bool ordered = index == 0 ? row.offset >= least : row.offset > least;
  if (row.from != slice.partition || !ordered || row.offset >= slice.next) {
    return base::InvalidArgument("{} is out of order or outside its slice", place());
  }
  if (!HasDay(base::ToInstant(row.appended).day())) {
    return base::InvalidArgument("{} was appended outside the years 1 to 9999", place());
  }
  return absl::OkStatus();
}

std::vector<SqlColumn> TableColumns() {
  std::vector<SqlColumn> columns = {{"file", SqlType::kInteger}};
  columns.insert(columns.end(), ArchiveColumns().begin(), ArchiveColumns().end());
  return columns;
}

absl::Status SendRows(const std::vector<ArchiveGroup>& groups, sql::SqlProcess& process) {
  const std::vector<SqlColumn> columns = TableColumns();
  TENANTRY_RETURN_IF_ERROR(process.CreateTable("flush", columns));
  SqlChunk chunk(columns);
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const ArchiveRow* row : groups[i].rows) {
      chunk.column(0).AddInteger(static_cast<int64_t>(i));
      AddArchiveRow(*row, 1, chunk);
      if (chunk.rows() < kChunkRows && chunk.bytes() < kChunkBytes) continue;
      TENANTRY_RETURN_IF_ERROR(process.Append(chunk));
      chunk = SqlChunk(columns);
    }
  }
  return chunk.rows() == 0 ? absl::OkStatus() : process.Append(chunk);
}

std::string CopyStatement(size_t index, const std::string& path) {
  std::string quoted;
  for (const char c : path) quoted += c == '\'' ? "''" : std::string(1, c);
  return fmt::format("COPY (SELECT {} FROM flush WHERE file = {}) TO '{}' ({})",
                     ArchiveColumnList(), index, quoted, kFormat);
}

}  // namespace

absl::StatusOr<std::vector<ArchiveGroup>> GroupRows(const std::vector<ArchiveSlice>& slices,
                                                    const eventlog::LogPositions& positions) {
  using Key = std::tuple<base::TenantId, base::Day, eventlog::PartitionId>;
  std::map<Key, ArchiveGroup> groups;
  std::set<eventlog::PartitionId> partitions;
  for (const ArchiveSlice& slice : slices) {
    if (!partitions.insert(slice.partition).second) {
      return base::InvalidArgument("{}/{} comes twice", slice.partition.stream,
                                   slice.partition.partition);
    }
    const auto reached = positions.find(slice.partition);
    for (size_t i = 0; i < slice.rows.size(); ++i) {
      TENANTRY_RETURN_IF_ERROR(CheckRow(slice, i));
      const ArchiveRow& row = slice.rows[i];
      if (reached != positions.end() && row.offset < reached->second) continue;
      const base::Day day = base::ToInstant(row.appended).day();
      ArchiveGroup& group = groups[{row.tenant, day, row.from}];
      if (group.rows.empty()) {
        group.file = {.tenant = row.tenant, .day = day, .partition = row.from, .first = row.offset};
      }
      group.file.last = row.offset;
      ++group.file.rows;
      group.rows.push_back(&row);
    }
  }
  std::vector<ArchiveGroup> sorted;
  sorted.reserve(groups.size());
  for (auto& [key, group] : groups) sorted.push_back(std::move(group));
  return sorted;
}

absl::Status WriteGroups(std::vector<ArchiveGroup>& groups, const std::string& folder,
                         sql::SqlProcesses& processes, const std::atomic<bool>* cancelled) {
  TENANTRY_ASSIGN_OR_RETURN(DiskSync disk, DiskSync::Open(folder));
  sql::SqlTask task;
  task.folders = {folder};
  task.cancelled = cancelled;
  TENANTRY_ASSIGN_OR_RETURN(auto process, processes.Start(task));
  TENANTRY_RETURN_IF_ERROR(SendRows(groups, *process));
  for (size_t i = 0; i < groups.size(); ++i) {
    TENANTRY_RETURN_IF_ERROR(process->Execute(CopyStatement(i, folder + "/" + StagedName(i))));
  }
  process.reset();
  std::vector<std::string> paths;
  for (size_t i = 0; i < groups.size(); ++i) {
    paths.push_back(folder + "/" + StagedName(i));
    TENANTRY_ASSIGN_OR_RETURN(FileDigest digest, DigestFile(paths.back()));
    groups[i].file.bytes = digest.bytes;
    groups[i].file.checksum = std::move(digest.checksum);
  }
  return disk.Sync(paths);
}

std::string StagedName(size_t index) { return fmt::format("{:08}.parquet", index); }

}  // namespace tenantry::lake::archive
