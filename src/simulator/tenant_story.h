#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace tenantry::simulator {

/// How a tenant fares.
enum class Mood {
  kThrive,   ///< more people and more jobs as time goes by
  kSteady,   ///< about the same every week
  kMinimum,  ///< hardly ever there
  kIdle,     ///< logs in and does little
  kFade,     ///< begins well, comes less and less, falls silent
  kLeave,    ///< begins well, has a bad time, leaves
};

/// "thrive", "steady", "minimum", "idle", "fade", "leave".
std::string_view MoodName(Mood mood);

/// What a tenant is and what becomes of it, decided before its life begins. Days are counted from
/// the simulation's first.
struct TenantStory {
  base::TenantId tenant;
  std::string name;
  std::string industry;
  int64_t revenue = 0;  ///< millions of dollars
  int64_t employees = 0;
  std::string plan;     ///< "free", "team", "enterprise"
  std::string pattern;  ///< "pool", "bridge", "silo"
  int64_t monthly_fee = 0;
  int users = 1;         ///< at the beginning
  double jobs_pace = 1;  ///< how much work a session does
  Mood mood = Mood::kSteady;
  int born_day = 0;
  int decline_day = 0;  ///< from when it does less; only for those that go
  /// The first day on which nobody comes any more; perhaps after the simulation's end.
  std::optional<int> gone_day;
  bool deletes = false;  ///< whether it is deleted on that day, or falls silent
};

/// The story of the `index`th tenant of a simulation with this seed and this many days. It does not
/// depend on how many tenants there are.
TenantStory MakeStory(uint64_t seed, uint64_t index, int days);

/// The chance that one of its people logs in on a working day, 0 to 1.
double LoginChance(const TenantStory& story, int day);

/// The chance that a session does nothing after the login, 0 to 1.
double IdleChance(const TenantStory& story, int day);

/// The chance that a job fails, 0 to 1: those that leave had a bad time first.
double FailureChance(const TenantStory& story, int day);

}  // namespace tenantry::simulator
