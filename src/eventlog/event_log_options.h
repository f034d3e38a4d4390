#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/metrics.h"
#include "runtime/options.h"

namespace tenantry::eventlog {

/// The options of an event log; all of it `eventlog.<field>`.
struct EventLogOptions {
  std::vector<std::string> streams = {"companies", "bigdatajobs", "enrichedcompanies"};
  /// Consumers whose committed positions hold retention back: what they have not read is kept.
  std::vector<std::string> kept_for = {"archive"};
  int64_t partitions = 4;                            ///< of each stream; fixed when the log is made
  absl::Duration retention = absl::Hours(24);        ///< how long records are kept at least
  absl::Duration sweep_interval = absl::Minutes(5);  ///< between looks for records past it
  int64_t record_bytes_max = 1 << 20;                ///< key and value together
  int64_t batch_bytes_max = 4 << 20;                 ///< of a batch as it is read back
  int64_t memory_bytes_max = 32 << 20;               ///< written and not yet in files
  int64_t free_bytes_min = 128 << 20;                ///< with less free on the disk none is taken

  /// Declares those that people may set.
  void Declare(runtime::OptionSet& options);

  /// InvalidArgument: the reserve of free disk is smaller than what is held in memory.
  absl::Status Check() const;
};

/// What an event log tells of itself.
struct EventLogMetrics {
  explicit EventLogMetrics(runtime::Metrics& metrics);

  runtime::Histogram& append_seconds;
  runtime::Counter& append_bytes;
  runtime::Counter& append_failures;
  runtime::Gauge& append_queue;
  runtime::Counter& records;
  runtime::Counter& groups;
  runtime::Counter& damaged;
};

}  // namespace tenantry::eventlog
