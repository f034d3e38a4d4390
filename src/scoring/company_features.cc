#include "scoring/company_features.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "events/json_text.h"
#include "scoring/feature_definition.h"

namespace tenantry::scoring {
namespace {

FeatureValue Number(const std::string& token) {
  if (!events::IsJsonNumber(token)) return std::monostate();
  const double number = std::strtod(token.c_str(), nullptr);
  if (!std::isfinite(number)) return std::monostate();
  return number;
}

FeatureValue Category(std::string_view token) {
  if (token.size() <= 2 || token.front() != '"') return std::monostate();
  std::string text;
  bool surrogates;
  const bool whole = events::UnescapeJson(token.substr(1, token.size() - 2), text, surrogates);
  if (!whole || surrogates) return std::monostate();
  return text;
}

FeatureValue DaysSince(std::optional<base::Instant> then, base::Instant as_of) {
  if (!then) return std::monostate();
  return static_cast<double>(std::max(0, as_of.day() - then->day()));
}

std::optional<double> Number(const FeatureRow& row, const char* name) {
  const auto found = row.find(name);
  return found == row.end() ? std::nullopt : NumberOf(found->second);
}

FeatureValue Ratio(const FeatureRow& row, const char* part, const char* whole) {
  const std::optional<double> above = Number(row, part);
  const std::optional<double> below = Number(row, whole);
  if (!above || !below || *below <= 0) return std::monostate();
  return *above / *below;
}

}  // namespace

FeatureRow CompanyFeatures(const events::CompanyRecord& record) {
  const auto count = [](auto number) { return static_cast<double>(number); };
  FeatureRow row = {
      {"industry", Category(record.industry)},
      {"plan", Category(record.plan)},
      {"revenue", Number(record.revenue)},
      {"employees", Number(record.employees)},
      {"monthlyFee", Number(record.monthly_fee)},
      {"totalFee", Number(record.total_fee)},
      {"job30", count(record.job30)},
      {"job90", count(record.job90)},
      {"ran30", count(record.ran30)},
      {"failed30", count(record.failed30)},
      {"logins30", count(record.logins30)},
      {"dataEvents30", count(record.data_events30)},
      {"sessions30", count(record.sessions30)},
      {"sessionsWithData30", count(record.sessions_with_data30)},
      {"sessionsWithJobs30", count(record.sessions_with_jobs30)},
      {"idleSessions30", count(record.idle_sessions30)},
      {"users", count(record.users)},
      {"activeUsers30", count(record.active_users30)},
      {"tutorials", count(record.tutorials)},
      {"dataSets", count(record.data_sets)},
      {"dataBytes", count(record.data_bytes)},
      {"daysSinceLastActivity", DaysSince(record.last_activity, record.as_of)},
      {"daysRegistered", DaysSince(record.registered, record.as_of)},
  };
  AddDerivedFeatures(row);
  return row;
}

void AddDerivedFeatures(FeatureRow& row) {
  row["loginsPerUser30"] = Ratio(row, "logins30", "users");
  row["idleShare30"] = Ratio(row, "idleSessions30", "sessions30");
  row["failedShare30"] = Ratio(row, "failed30", "ran30");
  const FeatureValue trend = Ratio(row, "job30", "job90");
  row["jobTrend"] = trend;
  if (const auto* share = std::get_if<double>(&trend)) {
    const double days = std::clamp(Number(row, "daysRegistered").value_or(90) + 1, 30.0, 90.0);
    row["jobTrend"] = *share * days / 30;
  }
}

}  // namespace tenantry::scoring
