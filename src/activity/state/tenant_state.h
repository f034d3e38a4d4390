#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/numeric/int128.h>
#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "activity/state/day_window.h"
#include "activity/state/hash_table.h"
#include "activity/state/seen_set.h"
#include "base/instant.h"
#include "events/company_record.h"
#include "events/event_codec.h"

namespace tenantry::activity {

/// Which of two events about one thing is the later: by time, then by the bytes of the id, then of
/// the source.
struct EventOrder {
  base::Instant time;
  uint32_t id_bytes = 0;
  std::string id_and_source;  ///< one after the other, in one piece of memory

  /// True when `event` is later than this.
  bool IsBefore(const events::EventView& event) const;
  /// Becomes that of `event`.
  void Assign(const events::EventView& event);
};

/// The value that the latest event gave a thing.
template <typename Value>
struct Latest {
  EventOrder order;
  Value value{};
};

/// The hashes and the day by which an event is counted, worked out once so that memory can be
/// fetched ahead.
struct EventHashes {
  EventHashes() = default;
  explicit EventHashes(const events::EventView& event);

  SeenHash event;        ///< of its source and id
  uint64_t user = 0;     ///< 0 without one
  uint64_t session = 0;  ///< 0 without one
  base::Day day = 0;
};

/// What the analytics keep of one tenant. Exact for every as-of day that is not before the greatest
/// day counted; daily counts older than 90 days before that day are dropped. Users, sessions and
/// tutorials are told apart by 64-bit hashes of their ids, events by 128 bits. Not thread-safe.
class TenantState {
 public:
  /// Notes an event as seen; false for a repeat, which must not be applied.
  bool See(const EventHashes& hashes) { return seen_.Insert(hashes.event); }

  /// Counts an event of this tenant that was not seen before.
  void Apply(const events::EventView& event) { Apply(event, EventHashes(event)); }
  void Apply(const events::EventView& event, const EventHashes& hashes);

  /// Has the memory that See and Apply will touch fetched meanwhile.
  void Prefetch(const events::EventView& event, const EventHashes& hashes) const;

  /// What was seen: events, and sessions that left every window for good. It is not part of Encode.
  SeenSet& seen() { return seen_; }
  const SeenSet& seen() const { return seen_; }

  /// True when nothing was counted; otherwise the greatest day that was.
  bool empty() const { return revision_ == 0; }
  base::Day greatest_day() const { return greatest_day_; }
  /// Events counted: another number when the state is another one.
  uint64_t revision() const { return revision_; }

  /// Fills all counted fields of `record` as of the end of a day; `day` >= greatest_day().
  void Fill(base::Day day, events::CompanyRecord& record) const;

  /// The state but for what was seen as bytes (docs/formats/activity_state.md), and back. DataLoss
  /// for damaged bytes.
  std::string Encode() const;
  absl::Status Decode(std::string_view bytes);

 private:
  friend class TenantStateCodec;

  // A login session. Its day is that of its first login. Times are kept apart to pack them.
  struct Session {
    uint64_t key = 0;
    int64_t first_data_seconds = kNever;
    int64_t last_job_seconds = kNever;
    int32_t first_data_nanoseconds = 0;
    int32_t last_job_nanoseconds = 0;
    base::Day login_day = kNoLogin;
  };

  struct ActiveUser {
    uint64_t key = 0;
    base::Day last_day = INT32_MIN;
  };

  struct IdHash {
    using is_transparent = void;
    size_t operator()(std::string_view id) const;
  };
  template <typename Value>
  using ById = absl::flat_hash_map<std::string, Latest<Value>, IdHash, std::equal_to<>>;

  static constexpr base::Day kDaysKept = 90;
  static constexpr int64_t kNever = INT64_MIN;
  static constexpr base::Day kNoLogin = INT32_MAX;

  template <typename Value>
  static Value* PutLatest(ById<Value>& things, std::string_view id, const events::EventView& event);
  // The last day before those that a window can still hold.
  base::Day gone() const {
    return greatest_day_ == DayCounts::kNoDay ? greatest_day_ : greatest_day_ - kDaysKept;
  }
  DayCounts* Counts(base::Day day);
  Session* SessionOf(uint64_t hash);
  void DropEndedSessions();
  void DropIdleUsers();
  void ApplyTenant(const events::EventView& event, DayCounts* counts);
  void ApplyUser(const events::EventView& event);
  void ApplyLogin(const EventHashes& hashes, base::Day day, DayCounts* counts);
  void ApplyData(const events::EventView& event, const EventHashes& hashes, DayCounts* counts);
  void ApplyJobs(const events::EventView& event, const EventHashes& hashes, DayCounts* counts);
  void ApplyTutorial(const events::EventView& event, const EventHashes& hashes);
  void NoteAct(const events::EventView& event, const EventHashes& hashes);
  void FillWindows(base::Day day, events::CompanyRecord& record) const;
  void FillSessions(base::Day day, events::CompanyRecord& record) const;

  // Touched by most events: kept together.
  uint64_t revision_ = 0;
  base::Day greatest_day_ = DayCounts::kNoDay;
  std::optional<base::Instant> last_activity_;
  DayWindow days_;  // the last 90
  SeenSet seen_;
  HashTable<ActiveUser> active_users_;
  HashTable<Session> sessions_;

  ById<std::optional<uint64_t>> data_sets_;  // bytes; nullopt: deleted
  ById<bool> users_;                         // false: removed
  absl::flat_hash_set<uint64_t> tutorials_;  // hashes of (user, tutorial)
  int64_t live_users_ = 0;
  int64_t live_data_sets_ = 0;
  absl::uint128 data_bytes_ = 0;
  std::optional<base::Instant> registered_;
  std::optional<Latest<bool>> deleted_;
  std::optional<Latest<std::array<std::string, events::kProfileFields>>> profile_;
};

}  // namespace tenantry::activity
