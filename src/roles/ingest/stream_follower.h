#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventlog/event_log.h"
#include "identity/caller.h"
#include "net/sse.h"

namespace tenantry::roles {

/// Reads all partitions of a stream, waits for news of any of them, and sends what the caller may
/// see, and the place to come back to at once and after each heartbeat without an event. Used by
/// one thread.
class StreamFollower {
 public:
  /// Begins at `positions`. Only `tenant`'s records are sent, or everybody's when absent. `allowed`
  /// is asked before each round of reading. The log outlives this.
  StreamFollower(eventlog::EventLog& log, eventlog::LogPositions positions,
                 std::optional<base::TenantId> tenant, std::function<absl::Status()> allowed)
      : log_(log),
        positions_(std::move(positions)),
        tenant_(std::move(tenant)),
        allowed_(std::move(allowed)) {}

  /// Sends until the client goes away, the server drains or the log fails; `allowed`'s error once
  /// it has one.
  absl::Status Run(net::SseWriter& writer);

 private:
  absl::Status Open();
  absl::StatusOr<bool> Turn(net::SseWriter& writer);
  absl::Status Send(net::SseWriter& writer, const eventlog::LogBatch& batch);

  eventlog::EventLog& log_;
  eventlog::LogPositions positions_;
  const std::optional<base::TenantId> tenant_;
  const std::function<absl::Status()> allowed_;
  std::vector<std::pair<eventlog::PartitionId, std::unique_ptr<eventlog::LogReader>>> readers_;
};

}  // namespace tenantry::roles
