#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/faults.h"
#include "lake/archive/event_archive.h"
#include "lake/sql/sql_test_env.h"

namespace tenantry::lake::archive {

/// The bytes of every regular file below `folder`, by path relative to it.
inline std::map<std::string, std::string> FilesBelow(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[std::filesystem::relative(entry.path(), folder)] = {std::istreambuf_iterator<char>(file),
                                                              {}};
  }
  return files;
}

/// Only the Parquet files of those.
inline std::map<std::string, std::string> ParquetBelow(const std::string& folder) {
  auto files = FilesBelow(folder);
  std::erase_if(files, [](const auto& file) { return !file.first.ends_with(".parquet"); });
  return files;
}

/// An archive in a fresh folder.
struct ArchiveTestEnv : sql::SqlTestEnv {
  base::ScriptedFaults faults;

  /// Where the archive lies.
  std::string archive_folder() const { return folder / "archive"; }

  /// Opens the archive, or another one beside it.
  absl::StatusOr<std::unique_ptr<EventArchive>> Open(const std::string& name = "archive") {
    return EventArchive::Open(folder / name, processes(), metrics, faults);
  }
};

/// The row at `offset` of bigdatajobs/`partition`: of `tenant`, appended `offset` seconds into
/// `day`.
inline ArchiveRow MakeRow(uint64_t offset, const std::string& tenant,
                          const std::string& day = "2026-03-01",
                          const std::string& partition = "0") {
  ArchiveRow row;
  row.from = {"bigdatajobs", partition};
  row.offset = eventlog::LogOffset(offset);
  const base::Day number = base::ParseDay(day).value();
  row.appended = absl::FromUnixSeconds(int64_t{number} * base::kSecondsPerDay) +
                 absl::Seconds(static_cast<int64_t>(offset)) + absl::Microseconds(17);
  row.time = base::ToInstant(row.appended - absl::Hours(3));
  row.type = "io.tenantry.job.submitted";
  row.source = "/tenants/" + tenant;
  row.id = "event-" + std::to_string(offset);
  row.tenant = base::TenantId(tenant);
  row.content_type = "application/cloudevents+json";
  row.event = "{\"id\":\"event-" + std::to_string(offset) + "\"}";
  return row;
}

/// The records of bigdatajobs/`partition` from `begin` to before `end`, of tenants t0, t1, ... in
/// turn.
inline ArchiveSlice MakeSlice(uint64_t begin, uint64_t end, int tenants = 3,
                              const std::string& day = "2026-03-01",
                              const std::string& partition = "0") {
  ArchiveSlice slice{
      {"bigdatajobs", partition}, eventlog::LogOffset(begin), eventlog::LogOffset(end), {}};
  for (uint64_t i = begin; i < end; ++i) {
    slice.rows.push_back(
        MakeRow(i, "t" + std::to_string(i % static_cast<uint64_t>(tenants)), day, partition));
  }
  return slice;
}

/// Every field of a row as text, for comparisons.
inline std::string Describe(const ArchiveRow& row) {
  return fmt::format("{}/{}/{} {} {} {} {} {} {} {} {}", row.from.stream, row.from.partition,
                     row.offset.text(), absl::ToUnixMicros(row.appended),
                     row.time.has_value() ? absl::ToUnixMicros(base::ToTime(*row.time)) : -1,
                     row.type, row.source, row.id, row.tenant, row.content_type, row.event);
}

/// What Read gives, described; the error when it fails.
inline absl::StatusOr<std::vector<std::string>> ReadAll(
    EventArchive& archive, const std::optional<base::TenantId>& tenant = std::nullopt) {
  std::vector<std::string> rows;
  const auto positions = archive.Read(tenant, [&](const ArchiveRow& row) {
    rows.push_back(Describe(row));
    return absl::OkStatus();
  });
  if (!positions.ok()) return positions.status();
  return rows;
}

/// The rows of slices as Read must give them.
inline std::vector<std::string> Expected(const std::vector<ArchiveSlice>& slices) {
  std::vector<const ArchiveRow*> rows;
  for (const ArchiveSlice& slice : slices) {
    for (const ArchiveRow& row : slice.rows) rows.push_back(&row);
  }
  std::sort(rows.begin(), rows.end(), [](const ArchiveRow* a, const ArchiveRow* b) {
    return std::tie(a->tenant, a->from, a->offset) < std::tie(b->tenant, b->from, b->offset);
  });
  std::vector<std::string> described;
  for (const ArchiveRow* row : rows) described.push_back(Describe(*row));
  return described;
}

}  // namespace tenantry::lake::archive
