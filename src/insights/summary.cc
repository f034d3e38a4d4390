#include "insights/summary.h"

#include <absl/numeric/int128.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "insights/company_list.h"

namespace tenantry::insights {
namespace {

using events::CompanyRecord;
using events::DecimalText;

constexpr base::Day kDays = 90;
constexpr int64_t kSessionsLeast = 3;  // as question 2 and the rule idle_after_login have it

// A sum of what some companies give and others do not.
struct Sum {
  double value = 0;
  int64_t unknown = 0;

  void Add(const std::string& token) {
    const auto number = NumberOf(token);
    value += number.value_or(0);
    unknown += number ? 0 : 1;
  }
  // To the millionth, in which money is counted.
  std::string Json() const { return fmt::format("{}", std::round(value * 1e6) / 1e6); }
};

// Companies together: all of them, or those of one industry.
struct Group {
  int64_t tenants = 0, users = 0, active_users = 0, ran = 0, failed = 0, data_sets = 0;
  int64_t quiet = 0;  // without a job in 30 days
  int64_t idle = 0;   // that do little after logging in
  int64_t sessions = 0, idle_sessions = 0;
  absl::uint128 job30 = 0, job90 = 0, data_bytes = 0;
  Sum monthly_fee, total_fee, revenue, employees;
  std::array<int64_t, 4> by_risk{};
  Sum fee_at_risk;

  void Add(const CompanyRecord& record);
  std::string Json() const;
};

void Group::Add(const CompanyRecord& record) {
  ++tenants;
  users += record.users;
  active_users += record.active_users30;
  ran += record.ran30;
  failed += record.failed30;
  data_sets += record.data_sets;
  quiet += record.job30 == 0 ? 1 : 0;
  idle += record.sessions30 >= kSessionsLeast && 2 * record.idle_sessions30 >= record.sessions30
              ? 1
              : 0;
  sessions += record.sessions30;
  idle_sessions += record.idle_sessions30;
  job30 += record.job30;
  job90 += record.job90;
  data_bytes += record.data_bytes;
  monthly_fee.Add(record.monthly_fee);
  total_fee.Add(record.total_fee);
  revenue.Add(record.revenue);
  employees.Add(record.employees);
  const RiskWord word = WordOf(record.risk);
  ++by_risk[static_cast<size_t>(word)];
  if (word == RiskWord::kHigh) fee_at_risk.Add(record.monthly_fee);
}

std::string Group::Json() const {
  const auto risk = [this](RiskWord word) { return by_risk[static_cast<size_t>(word)]; };
  std::string json = fmt::format(
      R"("tenants":{},"users":{},"activeUsers30":{},"job30":{},"job90":{},"ran30":{},)"
      R"("failed30":{},"dataSets":{},"dataBytes":{},"quietTenants":{},"idleTenants":{},)"
      R"("sessions30":{},"idleSessions30":{},)",
      tenants, users, active_users, DecimalText(job30), DecimalText(job90), ran, failed, data_sets,
      DecimalText(data_bytes), quiet, idle, sessions, idle_sessions);
  json += fmt::format(R"("monthlyFee":{},"totalFee":{},"revenue":{},"employees":{},)"
                      R"("unknown":{{"monthlyFee":{},"totalFee":{},"revenue":{},"employees":{}}},)",
                      monthly_fee.Json(), total_fee.Json(), revenue.Json(), employees.Json(),
                      monthly_fee.unknown, total_fee.unknown, revenue.unknown, employees.unknown);
  return json +
         fmt::format(
             R"("risk":{{"high":{},"watch":{},"low":{},"unknown":{},"monthlyFeeAtRisk":{}}})",
             risk(RiskWord::kHigh), risk(RiskWord::kWatch), risk(RiskWord::kLow),
             risk(RiskWord::kUnknown), fee_at_risk.Json());
}

struct DayLine {
  absl::uint128 jobs = 0;
  int64_t ran = 0, tenants_with_jobs = 0, registrations = 0, logins = 0, data_events = 0;
};

// The last days. Question 1's counts are those of all companies, also of the deleted; `ran` and
// `tenants_with_jobs` add up to what the other questions say, which leave those out.
class Days {
 public:
  explicit Days(base::Day last) : last_(last), lines_(kDays) {}

  void Add(const CompanyRecord& record) {
    for (const auto& [day, jobs] : record.jobs_by_day) {
      if (DayLine* const line = At(day)) {
        line->jobs += jobs;
        line->tenants_with_jobs += record.deleted ? 0 : 1;
      }
    }
    if (!record.deleted) AddAll(record.ran_by_day, &DayLine::ran);
    AddAll(record.registrations_by_day, &DayLine::registrations);
    AddAll(record.logins_by_day, &DayLine::logins);
    AddAll(record.data_events_by_day, &DayLine::data_events);
  }

  // Registrations, logins and data events are known of the last 30 days, the rest of all 90.
  std::string Json() const {
    std::string json;
    for (base::Day i = 0; i < kDays; ++i) {
      const DayLine& line = lines_[static_cast<size_t>(i)];
      json += fmt::format(R"({}{{"day":"{}","jobs":{},"ran":{},"tenantsWithJobs":{})",
                          i == 0 ? "" : ",", base::FormatDay(last_ - kDays + 1 + i),
                          DecimalText(line.jobs), line.ran, line.tenants_with_jobs);
      if (i >= kDays - 30) {
        json += fmt::format(R"(,"registrations":{},"logins":{},"dataEvents":{})",
                            line.registrations, line.logins, line.data_events);
      }
      json += '}';
    }
    return '[' + json + ']';
  }

 private:
  DayLine* At(base::Day day) {
    const base::Day place = day - (last_ - kDays + 1);
    return place < 0 || place >= kDays ? nullptr : &lines_[static_cast<size_t>(place)];
  }

  void AddAll(const events::CountsByDay<int64_t>& counts, int64_t DayLine::* field) {
    for (const auto& [day, count] : counts) {
      if (DayLine* const line = At(day)) line->*field += count;
    }
  }

  const base::Day last_;
  std::vector<DayLine> lines_;
};

// The sessions of question 1.
struct Sessions {
  int64_t all = 0, idle = 0, with_data = 0, with_jobs = 0, data_then_job = 0, logins = 0,
          data_events = 0, registrations = 0;

  void Add(const CompanyRecord& record) {
    all += record.sessions30;
    idle += record.idle_sessions30;
    with_data += record.sessions_with_data30;
    with_jobs += record.sessions_with_jobs30;
    data_then_job += record.sessions_data_then_job30;
    logins += record.logins30;
    data_events += record.data_events30;
    for (const auto& [day, count] : record.registrations_by_day) registrations += count;
  }
  std::string Json() const {
    return fmt::format(
        R"({{"registrations":{},"logins":{},"dataEvents":{},"sessions":{},"idle":{},)"
        R"("withData":{},"withJobs":{},"dataThenJob":{}}})",
        registrations, logins, data_events, all, idle, with_data, with_jobs, data_then_job);
  }
};

}  // namespace

std::string Summary(const std::vector<CompanyRecord>& records, base::Instant as_of) {
  Group all;
  Sessions sessions;
  Days days(as_of.day());
  std::map<std::string, Group> industries;
  for (const CompanyRecord& record : records) {
    days.Add(record);
    sessions.Add(record);
    if (record.deleted) continue;
    all.Add(record);
    industries[ForPeople(record.industry)].Add(record);
  }
  std::string groups;
  for (const auto& [industry, group] : industries) {
    groups += fmt::format(
        R"({}{{"industry":{},{}}})", groups.empty() ? "" : ",",
        nlohmann::json(industry).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
        group.Json());
  }
  return fmt::format(R"({{"asOf":"{}",{},"activity":{},"industries":[{}],"days":{}}})",
                     base::FormatRfc3339Millis(as_of), all.Json(), sessions.Json(), groups,
                     days.Json());
}

}  // namespace tenantry::insights
