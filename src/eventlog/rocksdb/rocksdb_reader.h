#pragma once

#include <rocksdb/db.h>

#include <memory>

#include "base/faults.h"
#include "eventlog/event_log.h"
#include "eventlog/event_log_options.h"
#include "eventlog/partition_ends.h"

namespace tenantry::eventlog {

/// Reads a partition of the embedded log batch by batch. Not thread-safe, but for Close.
class RocksDbReader final : public LogReader {
 public:
  /// Begins at record `place`. The references outlive the reader.
  RocksDbReader(rocksdb::DB& db, PartitionEnds& ends, base::Faults& faults,
                EventLogMetrics& metrics, PartitionId partition, uint64_t place);

  absl::StatusOr<LogBatch> Next(absl::Duration wait) override;
  void Close() override;

 private:
  absl::Status Seek();
  absl::Status CheckKept(const PartitionEnds::Range& range) const;
  absl::StatusOr<LogBatch> Decode();

  rocksdb::DB& db_;
  PartitionEnds& ends_;
  base::Faults& faults_;
  EventLogMetrics& metrics_;
  const PartitionId partition_;
  uint64_t place_;
  bool closed_ = false;  // guarded by the ends' mutex
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace tenantry::eventlog
