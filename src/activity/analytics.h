#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "activity/tenant_state.h"
#include "base/ids.h"
#include "events/company_record.h"
#include "events/event_codec.h"

namespace tenantry::activity {

/// What became of an event.
enum class Outcome {
  kCounted,   ///< it is in its tenant's state
  kRepeated,  ///< an event of the same tenant, source and id came before
  kLater,     ///< its day is yet to come: kept, and counted when it does
};

/// How a record was found.
enum class Found {
  kRecord,
  kUnknown,       ///< no event of the tenant up to the as-of day
  kNeedsHistory,  ///< the as-of day lies before events that are already counted
};

/// The states of many tenants: sorts out repeats and events of days to come. Not thread-safe.
class Analytics {
 public:
  /// Events of days after `today` wait.
  explicit Analytics(base::Day today) : today_(today) {}

  /// Counts an event; `json` is its text, kept when its day is yet to come.
  Outcome Apply(const events::EventView& event, std::string_view json);

  /// Moves today forward and counts what waited for it; names the tenants that changed. An earlier
  /// day changes nothing.
  std::vector<base::TenantId> AdvanceTo(base::Day today);
  /// Counts what waits for days up to today, after states were restored.
  std::vector<base::TenantId> CountWaiting();

  /// A tenant's record as of the end of an instant's day. Events that wait for a day up to it
  /// count.
  Found Find(std::string_view tenant, base::Instant as_of, events::CompanyRecord& record) const;

  /// The tenants that are known, in no order.
  std::vector<base::TenantId> Tenants() const;
  size_t size() const { return tenants_.size(); }

  /// A tenant's state with what waits, as bytes; the tenant must be known.
  std::string EncodeState(std::string_view tenant) const;
  /// The hashes of events seen since this was last asked, 16 bytes each.
  std::string TakeNewSeen(std::string_view tenant);
  /// The hashes of all events seen.
  std::string EncodeSeen(std::string_view tenant) const;
  /// Take back what EncodeState and TakeNewSeen gave. DataLoss for damaged bytes.
  absl::Status RestoreState(const base::TenantId& tenant, std::string_view bytes);
  absl::Status RestoreSeen(const base::TenantId& tenant, std::string_view bytes);

 private:
  using SeenHash = std::pair<uint64_t, uint64_t>;

  struct SeenHasher {
    size_t operator()(const SeenHash& hash) const { return hash.first; }
  };

  struct IdHasher {
    using is_transparent = void;
    size_t operator()(std::string_view id) const;
  };

  // An event of a day to come.
  struct Waiting {
    base::Day day;
    std::string json;
  };

  struct Tenant {
    TenantState state;
    absl::flat_hash_set<SeenHash, SeenHasher> seen;
    std::vector<SeenHash> new_seen;
    std::vector<Waiting> waiting;
  };

  Tenant& TenantOf(std::string_view id);
  const Tenant* FindTenant(std::string_view id) const;

  base::Day today_;
  absl::flat_hash_map<std::string, std::unique_ptr<Tenant>, IdHasher, std::equal_to<>> tenants_;
  absl::flat_hash_set<std::string> with_waiting_;
  mutable events::EventParser parser_;  // reads what waited
};

}  // namespace tenantry::activity
