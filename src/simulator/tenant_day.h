#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "simulator/tenant_life.h"
#include "simulator/tenant_story.h"

namespace tenantry::simulator {

/// A data set that a simulated tenant has.
struct SimulatedDataSet {
  uint32_t number = 0;
  int64_t bytes = 0;
};

/// What a simulated tenant has so far.
struct TenantState {
  std::vector<uint32_t> users;     ///< their numbers, which are never used twice
  std::vector<uint8_t> tutorials;  ///< how many each of them has completed
  std::vector<SimulatedDataSet> data_sets;
  uint32_t users_ever = 0;
  uint32_t sessions_ever = 0;
  uint32_t data_sets_ever = 0;
  uint32_t jobs_ever = 0;
  int64_t monthly_fee = 0;
  int64_t total_fee = 0;
};

/// One day of one tenant. All of it is drawn from (seed, index, day), so that days of tenants do
/// not disturb each other.
class TenantDay {
 public:
  /// `story` and `state` outlive this; `state` moves on to the day's end.
  TenantDay(uint64_t seed, uint64_t index, const TenantStory& story, TenantState& state, int day,
            absl::Time midnight);

  /// The day's actions in the order of time; what began late ends on the next day. Called once.
  std::vector<Action> Plan();

 private:
  Action& Act(absl::Time time, ActionKind kind);
  void Register();
  void AddUser(absl::Time time);
  void RemoveSomebody();
  void Renew();
  void Session(size_t user, absl::Time earliest);
  absl::Time Learn(size_t user, const base::SessionId& session, absl::Time time);
  absl::Time Work(size_t user, const base::SessionId& session, absl::Time time);
  void SubmitJob(Action& submit);
  void ResolveDataChanges();
  void ResolveDataChange(Action& action);
  Profile CurrentProfile() const;
  base::UserId UserName(uint32_t number) const;
  absl::Duration Exponential(absl::Duration mean);
  bool Chance(double chance) { return random_.Uniform() < chance; }

  const TenantStory& story_;
  TenantState& state_;
  const int day_;
  const absl::Time midnight_;
  base::SeededRandom random_;
  std::vector<Action> actions_;
};

}  // namespace tenantry::simulator
