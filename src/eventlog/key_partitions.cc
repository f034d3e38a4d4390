#include "eventlog/key_partitions.h"

#include <set>

#include "base/status.h"

namespace tenantry::eventlog {

absl::StatusOr<std::vector<PartitionInfo>> PartitionsOfKey(EventLog& log, const StreamName& stream,
                                                           std::string_view key) {
  // In this order: a partition that is split meanwhile is still listed.
  TENANTRY_ASSIGN_OR_RETURN(const PartitionId now, log.PartitionOf(stream, key));
  TENANTRY_ASSIGN_OR_RETURN(const std::vector<PartitionInfo> all, log.Partitions(stream));
  std::set<PartitionName> names = {now.partition};
  // Until no partition brings in another: parents come in any order.
  for (size_t before = 0; before != names.size();) {
    before = names.size();
    for (const PartitionInfo& info : all) {
      if (names.contains(info.id.partition)) names.insert(info.parents.begin(), info.parents.end());
    }
  }
  std::vector<PartitionInfo> found;
  for (const PartitionInfo& info : all) {
    if (names.contains(info.id.partition)) found.push_back(info);
  }
  if (found.empty()) {
    return base::Unavailable("the partition {}/{} came and went meanwhile: read again", stream,
                             now.partition);
  }
  return found;
}

}  // namespace tenantry::eventlog
