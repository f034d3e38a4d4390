#pragma once

#include <absl/numeric/int128.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "events/counts_by_day.h"

namespace tenantry::events {

/// How much a feature moved a score: `effect` is its contribution in log-odds, positive towards
/// churn.
struct RiskReason {
  std::string feature;
  std::string value;
  double effect = 0;
};

/// Churn risk of a company as the record shows it.
struct Risk {
  /// Whether the score is of now: never scored, scored as the record is, or older than it.
  enum class Status { kUnknown, kFresh, kStale };
  Status status = Status::kUnknown;  ///< unknown: never scored; stale: the scorer failed since
  std::optional<bool> churn;
  std::optional<double> score;         ///< 0 to 1
  std::optional<base::Instant> as_of;  ///< when it was scored
  std::string model;                   ///< the model's name; empty without one
  std::vector<RiskReason> reasons;     ///< strongest first
};

/// The enriched record: what the analytics know of one tenant at an as-of instant. Fields and their
/// meaning are "What is counted" of the interface.
struct CompanyRecord {
  base::TenantId tenant;
  /// The last profile: name industry revenue employees plan monthlyFee totalFee, each the JSON
  /// token that was sent ("null" when absent).
  std::string name = "null", industry = "null", revenue = "null", employees = "null", plan = "null",
              monthly_fee = "null", total_fee = "null";
  bool deleted = false;
  std::optional<base::Instant> registered;
  int64_t users = 0;
  int64_t active_users30 = 0;
  int64_t tutorials = 0;
  int64_t logins30 = 0;
  int64_t data_events30 = 0;
  int64_t sessions30 = 0;
  int64_t sessions_with_data30 = 0;
  int64_t sessions_with_jobs30 = 0;
  int64_t sessions_data_then_job30 = 0;
  int64_t idle_sessions30 = 0;
  absl::uint128 job30 = 0;
  absl::uint128 job90 = 0;
  int64_t ran30 = 0;
  int64_t failed30 = 0;
  int64_t data_sets = 0;
  absl::uint128 data_bytes = 0;
  std::optional<base::Instant> last_activity;
  CountsByDay<absl::uint128> jobs_by_day;  ///< 90 days, days with none absent
  CountsByDay<int64_t> ran_by_day;         ///< 90 days, days with none absent
  /// Registrations, logins and data events by day over 30 days: what question 1 adds up.
  CountsByDay<int64_t> registrations_by_day, logins_by_day, data_events_by_day;
  /// The days of those 30 with any registration, login, data event or job submitted, ascending.
  std::vector<base::Day> active_days30;

  uint64_t revision = 0;        ///< events counted for the tenant
  base::Instant as_of;          ///< the instant that the windows end at
  bool registered_here = true;  ///< false: the Tenant Manager does not know the tenant
  Risk risk;
};

/// A count as decimal digits.
std::string DecimalText(absl::uint128 value);

/// Counts by day as a JSON object, {"2025-01-31":5}, from `first` on.
std::string DaysJson(const CountsByDay<absl::uint128>& days, base::Day first);
std::string DaysJson(const CountsByDay<int64_t>& days, base::Day first);

/// A risk as JSON: churn, score, status, asOf, model, reasons.
std::string ToJson(const Risk& risk);

/// The record as one line of JSON. `with_live_fields` adds companyID, revision, asOf,
/// registered-here and risk to the fields that `replay` prints.
std::string ToJson(const CompanyRecord& record, bool with_live_fields);

}  // namespace tenantry::events
