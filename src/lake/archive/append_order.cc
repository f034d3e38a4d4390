#include "lake/archive/append_order.h"

#include <algorithm>
#include <map>
#include <span>

namespace tenantry::lake::archive {

std::vector<const ArchiveRow*> AsAppended(const std::vector<const ArchiveRow*>& rows) {
  std::map<eventlog::PartitionId, std::vector<const ArchiveRow*>> of_partition;
  for (const ArchiveRow* row : rows) of_partition[row->from].push_back(row);
  using Rest = std::span<const ArchiveRow* const>;
  std::vector<Rest> rests;
  for (auto& [partition, all] : of_partition) {
    // Two days' files of one partition interleave when the log's clock went backwards.
    std::ranges::sort(all, {}, [](const ArchiveRow* row) { return row->offset; });
    rests.emplace_back(all);
  }
  std::vector<const ArchiveRow*> merged;
  merged.reserve(rows.size());
  while (merged.size() < rows.size()) {
    Rest* first = nullptr;
    for (Rest& rest : rests) {
      if (rest.empty()) continue;
      if (first == nullptr || rest[0]->appended < (*first)[0]->appended) first = &rest;
    }
    merged.push_back((*first)[0]);
    *first = first->subspan(1);
  }
  return merged;
}

}  // namespace tenantry::lake::archive
