#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "activity/state/seen_set.h"
#include "activity/state/waiting_event.h"
#include "base/faults.h"
#include "base/ids.h"
#include "eventlog/event_log.h"

namespace tenantry::activity {

/// Tenants are cut into this many groups by a hash of their id; a shard owns a range of groups.
inline constexpr int kKeyGroups = 1024;

/// The key group of a tenant: the same on every machine and in every version.
int KeyGroupOf(std::string_view tenant);

/// What a shard has come to since its last checkpoint: committed as a whole or not at all.
struct Checkpoint {
  /// A tenant's encoded state, replacing the one before.
  std::vector<std::pair<base::TenantId, std::string>> states;
  /// Event hashes of a tenant, added to those before or in their place.
  std::vector<std::pair<base::TenantId, SeenChunk>> seen;
  /// A tenant's encoded risk, replacing the one before.
  std::vector<std::pair<base::TenantId, std::string>> risks;
  /// The shard, and where it goes on reading.
  int shard = 0;
  eventlog::LogPositions positions;
  /// Events of days to come, added to those before.
  std::vector<std::pair<base::TenantId, std::vector<WaitingEvent>>> waiting = {};
  /// Up to which place the states have counted those stored before: so far they are deleted.
  std::vector<std::pair<base::TenantId, WaitingPlace>> counted = {};
};

/// Reads events that wait in the store, as they were when this was made. Not thread-safe; the store
/// outlives it.
class WaitingReader {
 public:
  virtual ~WaitingReader() = default;

  /// The next event by its place; nullopt at the end. DataLoss, Unavailable: the store.
  virtual absl::StatusOr<std::optional<WaitingEvent>> Next() = 0;
};

/// The durable state of the analytics: tenants' states beside the log positions that they reflect,
/// in one RocksDB. Thread-safe. The format is docs/formats/activity_state.md.
class CheckpointStore {
 public:
  /// What Load hands over, one call an entry.
  enum class Kind { kState, kSeen, kRisk };
  using Visitor = std::function<absl::Status(Kind, const base::TenantId&, std::string_view bytes)>;

  virtual ~CheckpointStore() = default;

  /// Opens or creates the store in `folder`; with less than `free_bytes_min` free on its disk it
  /// takes no checkpoint. FailedPrecondition when another process has it open or a newer version
  /// wrote it; DataLoss when it is damaged.
  static absl::StatusOr<std::unique_ptr<CheckpointStore>> Open(const std::string& folder,
                                                               base::Faults& faults,
                                                               int64_t free_bytes_min = 0);

  /// Every entry of the tenants in key groups [first, last); stops at the visitor's first error. A
  /// tenant's chunks of seen hashes come in the order they were written.
  virtual absl::Status Load(int first_group, int last_group, const Visitor& visitor) = 0;

  /// The events that wait of one tenant, behind a place.
  virtual std::unique_ptr<WaitingReader> ReadWaiting(const base::TenantId& tenant,
                                                     const WaitingPlace& after) = 0;

  /// The tenants in key groups [first, last) that have events waiting, and the first one's day.
  virtual absl::Status FindWaiting(
      int first_group, int last_group,
      const std::function<void(const base::TenantId&, base::Day)>& take) = 0;

  /// About how many bytes the events that wait take up.
  virtual uint64_t WaitingBytes() = 0;

  /// Where reading begins with `shards` shards: per partition the least position that any shard had
  /// reached, so that no shard misses a record when their number changes (records read twice are
  /// repeats). Notes those positions as the new shards' own.
  virtual absl::StatusOr<eventlog::LogPositions> Begin(int shards) = 0;

  /// Writes a checkpoint atomically. It outlives the process at once and the machine's power within
  /// the engine's next sync: an older checkpoint with its older positions is as right.
  /// ResourceExhausted when the disk is full.
  virtual absl::Status Commit(const Checkpoint& checkpoint) = 0;

  /// Forces what was committed to disk.
  virtual absl::Status Sync() = 0;
};

}  // namespace tenantry::activity
