#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "simulator/tenant_story.h"

namespace tenantry::simulator {

/// What somebody does, or what becomes of a job.
enum class ActionKind {
  kRegisterTenant,
  kUpdateTenant,
  kDeleteTenant,
  kAddUser,
  kRemoveUser,
  kLogIn,
  kLogOff,
  kTimeOut,  ///< the session ends without a word: nobody logs off
  kCompleteTutorial,
  kCreateDataSet,
  kUpdateDataSet,
  kDeleteDataSet,
  kSubmitJob,
  kStartJob,
  kSucceedJob,
  kFailJob,
  kCancelJob,
};

/// "register tenant", "log in", ...
std::string_view ActionName(ActionKind kind);

/// A tenant's profile as an action sets it.
struct Profile {
  std::string name;
  std::string industry;
  std::string plan;
  std::string pattern;
  int64_t revenue = 0;  ///< millions of dollars
  int64_t employees = 0;
  int64_t monthly_fee = 0;  ///< currency units
  int64_t total_fee = 0;    ///< currency units, so far
};

/// One step of a life. Ids are the life's own: who plays it against a server that makes its own ids
/// keeps a table of both. What an action has no use for is empty.
struct Action {
  absl::Time time;  ///< whole milliseconds
  ActionKind kind = ActionKind::kLogIn;
  base::TenantId tenant;
  base::UserId user;               ///< who does it, or whom it is done to
  base::SessionId session;         ///< of everything done while logged in
  base::DataSetId data_set;        ///< of data set actions
  base::JobId job;                 ///< of job actions
  std::string name;                ///< of a data set
  std::string tutorial;            ///< of kCompleteTutorial
  std::string role;                ///< of kAddUser: "tenant_admin" or "scientist"
  int64_t bytes = 0;               ///< of a data set created or updated: its whole size
  int64_t jobs = 1;                ///< of kSubmitJob: how many it stands for
  double job_seconds = 0;          ///< of a job's end: how long it ran
  std::optional<Profile> profile;  ///< of kRegisterTenant and kUpdateTenant: the whole record
};

/// The measure of a simulation.
struct LifeOptions {
  uint64_t seed = 1;
  int64_t tenants = 100;                                    ///< 1 to 10,000,000
  int days = 120;                                           ///< 1 to 3,660
  absl::Time start = absl::FromUnixSeconds(1'735'689'600);  ///< the first day's midnight, UTC
};

/// The lives of tenants over simulated days, one action after the other in the order of time. Every
/// action is possible when it comes: people log in after they were added, change data sets that
/// exist, a job ends after it began, nobody acts after the tenant is gone. What would happen after
/// the last day is left out. The same options give the same actions; a tenant's actions do not
/// depend on how many others there are. Holds one day's actions. Not thread-safe.
class TenantLife {
 public:
  /// InvalidArgument when an option is out of its bounds, or `start` is no midnight.
  static absl::StatusOr<std::unique_ptr<TenantLife>> Make(const LifeOptions& options);

  ~TenantLife();
  TenantLife(const TenantLife&) = delete;
  TenantLife& operator=(const TenantLife&) = delete;

  /// The next action; nothing at the end.
  std::optional<Action> Next();

  /// What becomes of each tenant, in the order of their index: the truth that analytics guess at.
  const std::vector<TenantStory>& stories() const;

  /// Of the days of the simulation, those that are over: 0 to 1.
  double share_done() const;

 private:
  class Planner;
  explicit TenantLife(const LifeOptions& options);

  std::unique_ptr<Planner> planner_;
};

}  // namespace tenantry::simulator
