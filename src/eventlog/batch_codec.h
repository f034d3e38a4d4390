#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eventlog/event_log.h"

namespace tenantry::eventlog {

/// A batch as stored (docs/formats/event_log.md): records and the time they were appended, guarded
/// by a CRC-32 over every byte and over the place that it was written to.
std::string EncodeBatch(const PartitionId& partition, uint64_t first, absl::Time appended,
                        const std::vector<LogRecord>& records);

/// What stands at the head of a stored batch.
struct BatchHead {
  absl::Time appended;
  uint32_t records = 0;
};

/// The head alone, without checking the rest. DataLoss when it is no batch.
absl::StatusOr<BatchHead> DecodeBatchHead(std::string_view bytes);

/// The whole batch, which keeps the bytes. DataLoss when the checksum, the place or the framing is
/// wrong.
absl::StatusOr<LogBatch> DecodeBatch(const PartitionId& partition, uint64_t first,
                                     std::string stored);

/// DataLoss: no batch holds record `place`, though it lies between the partition's first and last.
absl::Status Missing(const PartitionId& partition, uint64_t place);

}  // namespace tenantry::eventlog
