#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/faults.h"
#include "eventlog/event_log.h"
#include "eventlog/event_log_options.h"
#include "runtime/services/service.h"

namespace rocksdb {
class Env;  // NOLINT(readability-identifier-naming): theirs
}

namespace tenantry::eventlog {

/// The embedded event log: one RocksDB, whole batches as values, an append acknowledged after the
/// write-ahead log was synced for its group. One process at a time.
class RocksDbEventLog : public EventLog, public runtime::Service {
 public:
  /// Opens or creates the log in `folder`. FailedPrecondition: in use by another process, written
  /// by a newer version, or made with another number of partitions; DataLoss: damaged;
  /// PermissionDenied and ResourceExhausted as the file system says. The references outlive the
  /// log, as does `env`, the file system that it writes to; nullptr is the machine's.
  static absl::StatusOr<std::unique_ptr<RocksDbEventLog>> Open(
      const std::string& folder, const EventLogOptions& options, const base::Clock& clock,
      base::Faults& faults, runtime::Metrics& metrics, rocksdb::Env* env = nullptr);

  /// Drops batches that are past their retention and that no kept-for consumer still has to read;
  /// the last batch of a partition always stays. Called by the log's own thread after Start.
  virtual absl::Status SweepRetention() = 0;
};

}  // namespace tenantry::eventlog
