#pragma once

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>
#include <absl/types/span.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "activity/state/hash_table.h"
#include "activity/state/tenant_state.h"
#include "activity/state/waiting_event.h"
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
  kNeedsStored,   ///< events that wait in a store count by then: see Analytics::CopyAsOf
};

/// A tenant's state as of a day but for the events that wait for it in a store.
struct StateAsOf {
  TenantState state;
  WaitingPlace after;                  ///< stored events up to this place are counted
  uint64_t sequence_end = UINT64_MAX;  ///< so are those from this sequence on: memory held them
};

/// A tenant that has events in a store whose day has come.
struct StoredDue {
  base::TenantId tenant;
  WaitingPlace after;  ///< those up to this place are counted
};

/// An event and its text.
struct ParsedEvent {
  events::EventView event;
  std::string_view json;
};

/// The states of many tenants: sorts out repeats and events of days to come. Those wait in memory;
/// whoever keeps them in a store besides (Waiting, ForgetStored) reads them from there when their
/// day has come (NextDue, CountStored) or an answer asks for them (CopyAsOf). Not thread-safe.
class Analytics {
 public:
  /// How many events a batch holds best: what was parsed of them stays in the first cache.
  static constexpr size_t kBatchEvents = 64;

  /// Events of days after `today` wait. Without `tracks_new` there is nothing to TakeUnsaved and to
  /// TakeSeenChunk.
  explicit Analytics(base::Day today, bool tracks_new = true)
      : today_(today), tracks_new_(tracks_new) {}

  /// Counts an event; `json` is its text, kept when its day is yet to come.
  Outcome Apply(const events::EventView& event, std::string_view json);

  /// Counts events in their order, `outcomes[i]` being what became of `batch[i]`: the same as one
  /// by one, and faster, because the memory of the later ones is fetched while the earlier ones are
  /// counted.
  void ApplyBatch(absl::Span<const ParsedEvent> batch, absl::Span<Outcome> outcomes);

  /// The day that is counted up to.
  base::Day today() const { return today_; }
  /// Moves today forward and counts what waited for it. An earlier day changes nothing.
  void AdvanceTo(base::Day today);
  /// Counts what waits in memory for days up to today, after states were restored.
  void CountWaiting();

  /// About how many bytes wait in memory.
  size_t waiting_bytes() const { return waiting_bytes_; }
  /// What waits in memory of a tenant, as it came; the tenant must be known.
  const std::vector<WaitingEvent>& Waiting(std::string_view tenant) const;
  /// The store holds these, the first that wait in memory: they are forgotten here.
  void ForgetStored(const base::TenantId& tenant, absl::Span<const WaitingEvent> events);
  /// The store holds events of a tenant, the first of them of `first_day`; nullopt: none any more.
  void NoteStored(const base::TenantId& tenant, std::optional<base::Day> first_day);
  /// A tenant whose stored events are to be counted now.
  std::optional<StoredDue> NextDue() const;
  /// Counts the next stored events of a tenant, in the order of their places and none left out.
  void CountStored(const base::TenantId& tenant, absl::Span<const WaitingEvent> events);
  /// What a record of the tenant as of a day is made of, when Find said kNeedsStored.
  StateAsOf CopyAsOf(std::string_view tenant, base::Day day) const;

  /// Up to `tenants_max` of the tenants whose record events changed, or that were marked, since
  /// they were last taken; the longest waiting first.
  std::vector<base::TenantId> TakeChanged(size_t tenants_max);
  /// Marks a tenant as changed, or all that are known; unknown ones are passed over.
  void MarkChanged(std::string_view tenant);
  void MarkAllChanged();
  /// How many tenants wait to be taken.
  size_t changed() const { return changed_.size(); }

  /// The tenants whose state differs from when they were last taken here, in no order; none unless
  /// this `tracks_new`.
  std::vector<base::TenantId> TakeUnsaved();
  bool has_unsaved() const { return !unsaved_.empty(); }

  /// A tenant's record as of the end of an instant's day. Events that wait for a day up to it
  /// count.
  Found Find(std::string_view tenant, base::Instant as_of, events::CompanyRecord& record) const;

  /// The revision that Find would give for a day; nullopt when more than what was counted decides,
  /// or nothing was counted.
  std::optional<uint64_t> CountedRevision(std::string_view tenant, base::Day day) const;

  /// The tenants that are known, in no order.
  std::vector<base::TenantId> Tenants() const;
  size_t size() const { return tenants_.size(); }

  /// A tenant's state with what waits, as bytes; the tenant must be known.
  std::string EncodeState(std::string_view tenant) const;
  /// The same without what waits: it is stored by itself.
  std::string EncodeCounted(std::string_view tenant) const;
  /// The hashes of events seen since this was last asked, or all when more chunks are saved than
  /// the hashes are worth.
  SeenChunk TakeSeenChunk(std::string_view tenant);
  /// The hashes of all events seen.
  std::string EncodeSeen(std::string_view tenant) const;
  /// Take back what EncodeState and TakeSeenChunk gave; a tenant of too many chunks is unsaved.
  /// DataLoss for damaged bytes.
  absl::Status RestoreState(const base::TenantId& tenant, std::string_view bytes);
  absl::Status RestoreSeen(const base::TenantId& tenant, std::string_view bytes);

 private:
  static constexpr base::Day kNoneStored = INT32_MAX;

  // What counting touches stands first, from the beginning of a cache line on.
  struct alignas(64) Tenant {
    std::string id;
    bool changed = false;  // it is among the changed ones
    bool unsaved = false;  // it is among the unsaved ones
    TenantState state;
    std::vector<WaitingEvent> waiting;   // in memory
    base::Day stored_day = kNoneStored;  // none in the store waits for an earlier day
    WaitingPlace counted;                // stored events up to here are counted
  };

  struct Slot {
    uint64_t key = 0;
    std::unique_ptr<Tenant> tenant;
  };

  static uint64_t KeyOf(std::string_view id);
  void Prefetch(uint64_t key) const;
  Tenant* FindTenant(uint64_t key, std::string_view id) const;
  Tenant* FindTenant(std::string_view id) const { return FindTenant(KeyOf(id), id); }
  Tenant& TenantOf(uint64_t key, std::string_view id);
  Tenant& TenantOf(std::string_view id) { return TenantOf(KeyOf(id), id); }
  void NoteChanged(Tenant& tenant);
  void NoteUnsaved(Tenant& tenant);
  void Wait(Tenant& tenant, WaitingPlace place, std::string_view json);
  void DropWaiting(const WaitingEvent& event);
  void CountText(TenantState& state, std::string_view json) const;
  Outcome Count(Tenant& tenant, const events::EventView& event, std::string_view json,
                const EventHashes& hashes);

  base::Day today_;
  const bool tracks_new_;
  HashTable<Slot> tenants_;  // by a hash of the id
  std::deque<Tenant*> changed_;
  std::vector<Tenant*> unsaved_;
  absl::flat_hash_set<std::string> with_waiting_;  // in memory
  size_t waiting_bytes_ = 0;
  absl::btree_set<std::pair<base::Day, std::string>> stored_;  // by stored_day
  mutable events::EventParser parser_;                         // reads what waited
};

}  // namespace tenantry::activity
