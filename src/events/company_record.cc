#include "events/company_record.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/instant.h"

namespace tenantry::events {
namespace {

std::string Text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Time(const std::optional<base::Instant>& instant) {
  return instant ? '"' + base::FormatRfc3339Millis(*instant) + '"' : "null";
}

std::string Digits(absl::uint128 value) { return DecimalText(value); }
std::string Digits(int64_t value) { return std::to_string(value); }

template <typename Map>
std::string FromDay(const Map& days, base::Day first) {
  std::string json = "{";
  for (auto day = days.lower_bound(first); day != days.end(); ++day) {
    if (json.size() > 1) json += ',';
    json += '"' + base::FormatDay(day->first) + "\":" + Digits(day->second);
  }
  return json + '}';
}

std::string_view StatusName(Risk::Status status) {
  switch (status) {
    case Risk::Status::kFresh:
      return "fresh";
    case Risk::Status::kStale:
      return "stale";
    case Risk::Status::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace

std::string DecimalText(absl::uint128 value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value != 0);
  return digits;
}

std::string DaysJson(const CountsByDay<absl::uint128>& days, base::Day first) {
  return FromDay(days, first);
}

std::string DaysJson(const CountsByDay<int64_t>& days, base::Day first) {
  return FromDay(days, first);
}

std::string ToJson(const Risk& risk) {
  std::string reasons;
  for (const RiskReason& reason : risk.reasons) {
    if (!reasons.empty()) reasons += ',';
    reasons += fmt::format(R"({{"feature":{},"value":{},"effect":{}}})", Text(reason.feature),
                           Text(reason.value), std::isfinite(reason.effect) ? reason.effect : 0.0);
  }
  return fmt::format(
      R"({{"churn":{},"score":{},"status":"{}","asOf":{},"model":{},"reasons":[{}]}})",
      !risk.churn   ? "null"
      : *risk.churn ? "true"
                    : "false",
      risk.score ? fmt::format("{}", *risk.score) : "null", StatusName(risk.status),
      Time(risk.as_of), risk.model.empty() ? "null" : Text(risk.model), reasons);
}

std::string ToJson(const CompanyRecord& record, bool with_live_fields) {
  const std::string id = Text(record.tenant.value());
  std::string json = fmt::format(
      R"({{"tenantID":{},"name":{},"industry":{},"revenue":{},"employees":{},"plan":{},)"
      R"("monthlyFee":{},"totalFee":{},"deleted":{},"registered":{},"users":{},)",
      id, record.name, record.industry, record.revenue, record.employees, record.plan,
      record.monthly_fee, record.total_fee, record.deleted, Time(record.registered), record.users);
  json += fmt::format(
      R"("activeUsers30":{},"tutorials":{},"logins30":{},"dataEvents30":{},"sessions30":{},)"
      R"("sessionsWithData30":{},"sessionsWithJobs30":{},"sessionsDataThenJob30":{},)"
      R"("idleSessions30":{},)",
      record.active_users30, record.tutorials, record.logins30, record.data_events30,
      record.sessions30, record.sessions_with_data30, record.sessions_with_jobs30,
      record.sessions_data_then_job30, record.idle_sessions30);
  json +=
      fmt::format(R"("job30":{},"job90":{},"ran30":{},"failed30":{},"dataSets":{},"dataBytes":{},)"
                  R"("lastActivity":{},"jobsByDay":{},"ranByDay":{})",
                  Digits(record.job30), Digits(record.job90), record.ran30, record.failed30,
                  record.data_sets, Digits(record.data_bytes), Time(record.last_activity),
                  DaysJson(record.jobs_by_day, INT32_MIN), DaysJson(record.ran_by_day, INT32_MIN));
  if (with_live_fields) {
    json += fmt::format(R"(,"companyID":{},"registeredHere":{},"revision":{},"asOf":{},"risk":{})",
                        id, record.registered_here, record.revision, Time(record.as_of),
                        ToJson(record.risk));
  }
  return json + '}';
}

}  // namespace tenantry::events
