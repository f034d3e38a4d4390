#include "lake/archive/excerpts/flush_excerpt.h"

#include <fmt/format.h>

#include "lake/archive/append_order.h"

namespace tenantry::lake::archive {

void RowExcerpter::Add(const eventlog::PartitionId& from, const eventlog::LogOffset& offset,
                       absl::Time appended, std::string_view content_type, std::string_view event) {
  const std::string place = fmt::format("{}/{}/{}", from.stream, from.partition, offset.text());
  // The archive's files keep no more of it.
  const absl::Time kept = absl::FromUnixMicros(absl::ToUnixMicros(appended));
  events::EventView view;
  if (!parser_.ParseRecord(content_type, event, place, kept, view).ok()) return;
  writer_.Add(view);
}

void RowExcerpter::Add(const ArchiveRow& row) {
  Add(row.from, row.offset, row.appended, row.content_type, row.event);
}

std::string ExcerptOfGroups(const std::vector<ArchiveGroup>& groups, std::string_view seal) {
  RowExcerpter excerpter;
  for (size_t begin = 0; begin < groups.size();) {
    size_t end = begin;
    std::vector<const ArchiveRow*> rows;
    for (; end < groups.size() && groups[end].file.tenant == groups[begin].file.tenant; ++end) {
      rows.insert(rows.end(), groups[end].rows.begin(), groups[end].rows.end());
    }
    for (const ArchiveRow* row : AsAppended(rows)) excerpter.Add(*row);
    begin = end;
  }
  return excerpter.Finish(seal);
}

}  // namespace tenantry::lake::archive
