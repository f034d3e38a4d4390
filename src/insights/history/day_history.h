#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/numeric/int128.h>
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "activity/live_analytics.h"
#include "activity/state/seen_set.h"
#include "base/ids.h"
#include "events/event_codec.h"
#include "insights/history/as_of_days.h"

namespace tenantry::insights {

/// How many days a history tells of.
inline constexpr base::Day kHistoryDays = 90;

/// The last 90 days, each with what happened on it and how large the data was at its end: of one
/// company, also with its users and its newest events, or of all together. Counted from every event
/// since the beginning by the rules of "What is counted". Of all together the deleted are left out
/// as questions 2 to 5 leave them out: what happened is that of the companies that are not deleted
/// at the end of the last day, so that the days add up to what they say then; the data at the end
/// of a day is that of those that were not deleted then. For one answer; not thread-safe.
class DayHistory {
 public:
  /// Up to the end of `as_of`'s day.
  explicit DayHistory(base::Instant as_of);
  ~DayHistory();

  /// Reads one company's history, or everybody's. DeadlineExceeded at `deadline`, by
  /// base::SteadyNow(); else the reader's errors.
  absl::Status Read(const activity::HistoryReader& history,
                    const std::optional<base::TenantId>& tenant, absl::Duration deadline);

  /// Reads everybody's behind a place, which goes along: also after an error, more is read then.
  /// base::StoppingError: `stopping` turned true. Errors as Read.
  absl::Status ReadAll(const activity::EventsReader& events, activity::EventsPlace& place,
                       absl::Duration deadline, const std::atomic<bool>& stopping);

  /// The day that the history ends with.
  base::Day last() const { return last_; }

  /// About the memory that it takes, in bytes.
  size_t memory_bytes() const;

  /// The days as a JSON list, oldest first.
  std::string DaysJson() const;

  /// The company's users with their last activity, latest first, as a JSON list of up to
  /// `users_max`.
  std::string UsersJson(size_t users_max) const;

  /// The company's newest events by their own time, newest first, as a JSON list.
  std::string NewestJson() const;

 private:
  struct Counts;
  struct Day;
  struct Session;
  struct User;
  struct Company;
  struct Noted;

  absl::Status Look(absl::Duration deadline);
  void Apply(const events::EventView& event);
  void ApplyCounts(Company& company, const events::EventView& event);
  void NoteAct(Company& company, const events::EventView& event);
  void NoteNewest(const events::EventView& event);
  Session* SessionOf(Company& company, const events::EventView& event);
  Counts* At(Company& company, base::Day day) const;
  bool IsLeftOut(const Company& company, base::Day day) const;
  void AddCounts(const Company& company, std::vector<Day>& days) const;
  void AddData(const Company& company, std::vector<Day>& days) const;
  void AddChanges(const AsOfDays<std::optional<uint64_t>>& sizes,
                  std::vector<absl::uint128>& changes) const;

  uint64_t looks_ = 0;
  const base::Day last_;
  const base::Day first_;
  bool of_one_ = false;
  events::EventParser parser_;
  absl::flat_hash_map<std::string, std::unique_ptr<Company>> companies_;
  absl::flat_hash_set<uint64_t> acted_;  // hashes of (user, day)
  std::vector<Noted> newest_;            // a heap, the oldest on top
};

}  // namespace tenantry::insights
