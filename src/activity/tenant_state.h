#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/numeric/int128.h>
#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "events/company_record.h"
#include "events/event_codec.h"

namespace tenantry::activity {

/// Which of two events about one thing is the later: by time, then by the bytes of the id, then of
/// the source.
struct EventOrder {
  base::Instant time;
  std::string id;
  std::string source;
  auto operator<=>(const EventOrder&) const = default;
};

/// The value that the latest event gave a thing.
template <typename Value>
struct Latest {
  EventOrder order;
  Value value{};
};

/// What the analytics keep of one tenant. Exact for every as-of day that is not before the greatest
/// day counted; daily counts older than 90 days before that day are dropped. Holds no repeats: the
/// caller has sorted them out. Not thread-safe.
class TenantState {
 public:
  /// Counts an event of this tenant.
  void Apply(const events::EventView& event);

  /// True when something was counted, and the greatest day that was.
  bool empty() const { return revision_ == 0; }
  base::Day greatest_day() const { return greatest_day_; }

  /// Fills all counted fields of `record` as of the end of a day; `day` >= greatest_day().
  void Fill(base::Day day, events::CompanyRecord& record) const;

  /// The state as bytes (docs/formats/activity_state.md), and back. DataLoss for damaged bytes.
  std::string Encode() const;
  absl::Status Decode(std::string_view bytes);

 private:
  friend class TenantStateCodec;

  // Counts of one day.
  struct DayCounts {
    base::Day day = 0;
    absl::uint128 jobs = 0;
    int64_t ran = 0;
    int64_t failed = 0;
    int64_t logins = 0;
    int64_t data_events = 0;
    int64_t registrations = 0;
    bool asked = false;  // something happened that question 1 tells of
  };

  // A login session. Its day is that of its first login; kNoLogin before one is known.
  struct Session {
    base::Day login_day = kNoLogin;
    std::optional<base::Instant> first_data;
    std::optional<base::Instant> last_job;
  };

  static constexpr base::Day kNoLogin = INT32_MAX;

  DayCounts* Counts(base::Day day);
  Session* SessionOf(std::string_view id);
  void MoveTo(base::Day day);
  void Compact();
  void ApplyProfile(const events::EventView& event);
  void ApplyUserAct(const events::EventView& event, DayCounts* counts);
  void ApplyJobEnd(const events::EventView& event, DayCounts* counts);
  void FillWindows(base::Day day, events::CompanyRecord& record) const;
  void FillSessions(base::Day day, events::CompanyRecord& record) const;

  uint64_t revision_ = 0;
  base::Day greatest_day_ = INT32_MIN;
  std::optional<Latest<std::array<std::string, events::kProfileFields>>> profile_;
  std::optional<Latest<bool>> deleted_;
  std::optional<base::Instant> registered_;
  std::optional<base::Instant> last_activity_;
  absl::flat_hash_map<std::string, Latest<bool>> users_;                         // false: removed
  absl::flat_hash_map<std::string, Latest<std::optional<uint64_t>>> data_sets_;  // nullopt: deleted
  absl::flat_hash_set<uint64_t> tutorials_;             // hashes of (user, tutorial)
  absl::flat_hash_map<uint64_t, base::Day> last_days_;  // by hash of the user
  absl::flat_hash_map<uint64_t, Session> sessions_;     // by hash of the id
  absl::flat_hash_set<uint64_t> old_sessions_;          // whose day left every window for good
  std::vector<DayCounts> days_;                         // ascending, the last 90 days
};

}  // namespace tenantry::activity
