#pragma once

#include <absl/time/time.h>

#include <cstdint>

#include "runtime/options.h"

namespace tenantry::roles {

/// How events are taken and streamed; all of it `ingest.<field>`, but what the log says.
struct IngestOptions {
  int64_t events_max = 10'000;                   ///< of one request
  int64_t body_bytes_max = 64 << 20;             ///< of one request
  int64_t event_bytes_max = 256 << 10;           ///< of one event
  int64_t problems_max = 100;                    ///< told of in one answer
  absl::Duration heartbeat = absl::Seconds(15);  ///< of a stream without events
  int64_t streams_per_tenant_max = 16;           ///< that its people and keys follow at once
  absl::Duration stream_check_interval = absl::Seconds(5);  ///< between looks at a stream's token

  int64_t record_bytes_max =
      1 << 20;  ///< `eventlog.record_bytes_max`: set by whoever opens the log

  /// Declares all of them, but the last.
  void Declare(runtime::OptionSet& options);
};

}  // namespace tenantry::roles
