#include "scoring/company_features.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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
  FeatureRow row;
  row.reserve(KnownFeatures().size());
  // In the order of the names: each goes to the end without a search.
  const auto add = [&row](const char* name, FeatureValue value) {
    row.emplace_hint(row.end(), name, std::move(value));
  };
  const auto count = [&add](const char* name, auto number) {
    add(name, static_cast<double>(number));
  };
  count("activeUsers30", record.active_users30);
  count("dataBytes", record.data_bytes);
  count("dataEvents30", record.data_events30);
  count("dataSets", record.data_sets);
  add("daysRegistered", DaysSince(record.registered, record.as_of));
  add("daysSinceLastActivity", DaysSince(record.last_activity, record.as_of));
  add("employees", Number(record.employees));
  count("failed30", record.failed30);
  count("idleSessions30", record.idle_sessions30);
  add("industry", Category(record.industry));
  count("job30", record.job30);
  count("job90", record.job90);
  count("logins30", record.logins30);
  add("monthlyFee", Number(record.monthly_fee));
  add("plan", Category(record.plan));
  count("ran30", record.ran30);
  add("revenue", Number(record.revenue));
  count("sessions30", record.sessions30);
  count("sessionsWithData30", record.sessions_with_data30);
  count("sessionsWithJobs30", record.sessions_with_jobs30);
  add("totalFee", Number(record.total_fee));
  count("tutorials", record.tutorials);
  count("users", record.users);
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
