#include "insights/questions.h"

#include <absl/container/btree_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/check.h"

namespace tenantry::insights {
namespace {

using events::CompanyRecord;
using events::DecimalText;

constexpr int64_t kSessionsLeast = 3;  // of a tenant that question 2 tells of

std::string Text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Question 1's line of one day.
struct DayLine {
  int64_t registrations = 0;
  int64_t logins = 0;
  int64_t data_events = 0;
  absl::uint128 jobs = 0;
};

template <typename Map>
auto CountAt(const Map& map, base::Day day) -> typename Map::mapped_type {
  const auto found = map.find(day);
  return found == map.end() ? typename Map::mapped_type{0} : found->second;
}

std::string Activity(const std::vector<CompanyRecord>& records, const AskOptions& options) {
  absl::btree_map<base::Day, DayLine> days;
  int64_t sessions = 0, with_data = 0, with_jobs = 0, data_then_job = 0;
  for (const CompanyRecord& record : records) {
    sessions += record.sessions30;
    with_data += record.sessions_with_data30;
    with_jobs += record.sessions_with_jobs30;
    data_then_job += record.sessions_data_then_job30;
    for (const base::Day day : record.active_days30) {
      if (options.from && day < *options.from) continue;
      DayLine& line = days[day];
      line.registrations += CountAt(record.registrations_by_day, day);
      line.logins += CountAt(record.logins_by_day, day);
      line.data_events += CountAt(record.data_events_by_day, day);
      line.jobs += CountAt(record.jobs_by_day, day);
    }
  }
  std::string lines;
  for (const auto& [day, line] : days) {
    if (!lines.empty()) lines += ',';
    lines +=
        fmt::format(R"({{"day":"{}","registrations":{},"logins":{},"dataEvents":{},"jobs":{}}})",
                    base::FormatDay(day), line.registrations, line.logins, line.data_events,
                    DecimalText(line.jobs));
  }
  return fmt::format(
      R"({{"days":[{}],"sessions":{},"withData":{},"withJobs":{},"dataThenJob":{}}})", lines,
      sessions, with_data, with_jobs, data_then_job);
}

// The first rows of the living tenants in an order, each as JSON without its braces.
std::string List(const std::vector<CompanyRecord>& records, const AskOptions& options,
                 const std::function<bool(const CompanyRecord&)>& keep,
                 const std::function<bool(const CompanyRecord&, const CompanyRecord&)>& before,
                 const std::function<std::string(const CompanyRecord&)>& row) {
  std::vector<const CompanyRecord*> rows;
  for (const CompanyRecord& record : records) {
    if (!record.deleted && keep(record)) rows.push_back(&record);
  }
  const size_t count = std::min(options.limit, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                    [&](const auto* a, const auto* b) { return before(*a, *b); });
  std::string json = "[";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json += ',';
    json += fmt::format(R"({{"tenantID":{},{})", Text(rows[i]->tenant.value()), row(*rows[i]));
    if (options.with_risk) json += ",\"risk\":" + events::ToJson(rows[i]->risk);
    json += '}';
  }
  return json + ']';
}

bool Everybody(const CompanyRecord&) { return true; }

std::string Idle(const std::vector<CompanyRecord>& records, const AskOptions& options) {
  const auto key = [](const CompanyRecord& r) {
    const double share =
        -static_cast<double>(r.idle_sessions30) / static_cast<double>(r.sessions30);
    return std::make_tuple(share, -r.sessions30, std::string_view(r.tenant.value()));
  };
  return List(
      records, options, [](const auto& r) { return r.sessions30 >= kSessionsLeast; },
      [&](const auto& a, const auto& b) { return key(a) < key(b); },
      [](const auto& r) {
        return fmt::format(R"("sessions":{},"idle":{})", r.sessions30, r.idle_sessions30);
      });
}

std::string DataSizes(const std::vector<CompanyRecord>& records, const AskOptions& options) {
  return List(
      records, options, Everybody,
      [](const auto& a, const auto& b) {
        return std::tie(b.data_bytes, a.tenant) < std::tie(a.data_bytes, b.tenant);
      },
      [](const auto& r) {
        return fmt::format(R"("dataBytes":{},"dataSets":{})", DecimalText(r.data_bytes),
                           r.data_sets);
      });
}

std::string Batches(const std::vector<CompanyRecord>& records, const AskOptions& options) {
  const base::Day first = options.from.value_or(INT32_MIN);
  return List(
      records, options, Everybody,
      [](const auto& a, const auto& b) {
        return std::tie(b.job90, a.tenant) < std::tie(a.job90, b.tenant);
      },
      [first](const auto& r) {
        return fmt::format(R"("jobs":{},"jobsByDay":{},"ranByDay":{})", DecimalText(r.job90),
                           events::DaysJson(r.jobs_by_day, first),
                           events::DaysJson(r.ran_by_day, first));
      });
}

std::string Minimum(const std::vector<CompanyRecord>& records, const AskOptions& options) {
  const auto key = [](const CompanyRecord& r) {
    return std::tie(r.job90, r.job30, r.logins30, r.data_bytes, r.tenant);
  };
  return List(
      records, options, Everybody, [&](const auto& a, const auto& b) { return key(a) < key(b); },
      [](const auto& r) {
        return fmt::format(R"("job90":{},"job30":{},"logins30":{},"dataBytes":{})",
                           DecimalText(r.job90), DecimalText(r.job30), r.logins30,
                           DecimalText(r.data_bytes));
      });
}

}  // namespace

std::string_view QuestionTitle(int number) {
  static constexpr std::array<std::string_view, kQuestions> kTitles = {
      "How often do tenants register, and users log in, work on the data lake and then submit "
      "jobs?",
      "Which customers do little after logging in?",
      "How large is each customer's data set?",
      "How many batches run, per customer and per day?",
      "Which customers do the very minimum?",
  };
  TENANTRY_CHECK(number >= 1 && number <= kQuestions);
  return kTitles[static_cast<size_t>(number - 1)];
}

std::string Answer(int number, const std::vector<CompanyRecord>& records,
                   const AskOptions& options) {
  switch (number) {
    case 1:
      return Activity(records, options);
    case 2:
      return Idle(records, options);
    case 3:
      return DataSizes(records, options);
    case 4:
      return Batches(records, options);
    default:
      break;
  }
  TENANTRY_CHECK(number == kQuestions);
  return Minimum(records, options);
}

std::string AnswerAll(const std::vector<CompanyRecord>& records, const AskOptions& options) {
  std::string json = "{";
  for (int number = 1; number <= kQuestions; ++number) {
    json += fmt::format("{}\"{}\":{}", number == 1 ? "" : ",", number,
                        Answer(number, records, options));
  }
  return json + '}';
}

}  // namespace tenantry::insights
