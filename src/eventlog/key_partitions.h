#pragma once

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

#include "eventlog/event_log.h"

namespace tenantry::eventlog {

/// The partitions of a stream in which records of `key` may lie: the one that they go to now and
/// those before it, as PartitionInfo names its parents; as far as they still hold records.
/// Unavailable: they changed meanwhile. Else errors as Partitions and PartitionOf.
absl::StatusOr<std::vector<PartitionInfo>> PartitionsOfKey(EventLog& log, const StreamName& stream,
                                                           std::string_view key);

}  // namespace tenantry::eventlog
