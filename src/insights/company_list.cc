#include "insights/company_list.h"

#include <absl/strings/match.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"

namespace tenantry::insights {
namespace {

using events::CompanyRecord;

// What a record is sorted by: a number or a text; neither when it is unknown.
struct SortKey {
  std::optional<double> number;
  std::optional<std::string> text;
};

SortKey Number(double value) { return {value, std::nullopt}; }
SortKey Count(absl::uint128 value) { return Number(static_cast<double>(value)); }
SortKey Profile(const std::string& token) { return {NumberOf(token), std::nullopt}; }
SortKey Text(const std::string& token) {
  std::string text = ForPeople(token);
  if (text.empty()) return {};
  return {std::nullopt, std::move(text)};
}

struct SortField {
  std::string_view name;
  SortKey (*key)(const CompanyRecord&);
};

constexpr SortField kFields[] = {
    {"companyID", [](const CompanyRecord& r) { return SortKey{{}, r.tenant.value()}; }},
    {"name", [](const CompanyRecord& r) { return Text(r.name); }},
    {"industry", [](const CompanyRecord& r) { return Text(r.industry); }},
    {"plan", [](const CompanyRecord& r) { return Text(r.plan); }},
    {"revenue", [](const CompanyRecord& r) { return Profile(r.revenue); }},
    {"employees", [](const CompanyRecord& r) { return Profile(r.employees); }},
    {"monthlyFee", [](const CompanyRecord& r) { return Profile(r.monthly_fee); }},
    {"totalFee", [](const CompanyRecord& r) { return Profile(r.total_fee); }},
    {"users", [](const CompanyRecord& r) { return Number(static_cast<double>(r.users)); }},
    {"activeUsers30",
     [](const CompanyRecord& r) { return Number(static_cast<double>(r.active_users30)); }},
    {"logins30", [](const CompanyRecord& r) { return Number(static_cast<double>(r.logins30)); }},
    {"idleSessions30",
     [](const CompanyRecord& r) { return Number(static_cast<double>(r.idle_sessions30)); }},
    {"job30", [](const CompanyRecord& r) { return Count(r.job30); }},
    {"job90", [](const CompanyRecord& r) { return Count(r.job90); }},
    {"ran30", [](const CompanyRecord& r) { return Number(static_cast<double>(r.ran30)); }},
    {"failed30", [](const CompanyRecord& r) { return Number(static_cast<double>(r.failed30)); }},
    {"dataSets", [](const CompanyRecord& r) { return Number(static_cast<double>(r.data_sets)); }},
    {"dataBytes", [](const CompanyRecord& r) { return Count(r.data_bytes); }},
    {"lastActivity",
     [](const CompanyRecord& r) {
       if (!r.last_activity) return SortKey();
       return Number(static_cast<double>(r.last_activity->milliseconds()));
     }},
    {"score", [](const CompanyRecord& r) { return SortKey{r.risk.score, {}}; }},
};

// Lower case of A to Z, and where a text begins in another.
char Lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool TextHolds(std::string_view text, std::string_view search) {
  return std::ranges::search(text, search, {}, Lowered, Lowered).begin() != text.end();
}

}  // namespace

bool Holds(const CompanyRecord& record, std::string_view search) {
  return search.empty() || TextHolds(record.tenant.value(), search) ||
         TextHolds(ForPeople(record.name), search) || TextHolds(ForPeople(record.industry), search);
}

namespace {

bool Matches(const CompanyRecord& record, const ListQuery& query) {
  if (record.deleted) return false;
  if (query.risk && WordOf(record.risk) != *query.risk) return false;
  if (query.industry && ForPeople(record.industry) != *query.industry) return false;
  return Holds(record, query.search);
}

struct Row {
  SortKey key;
  const CompanyRecord* record;
};

// The unknown last whatever the direction, equal ones by id.
bool Before(const Row& a, const Row& b, bool descending) {
  const bool a_known = a.key.number || a.key.text, b_known = b.key.number || b.key.text;
  if (a_known != b_known) return a_known;
  if (a.key.number != b.key.number) return (a.key.number < b.key.number) != descending;
  if (a.key.text != b.key.text) return (a.key.text < b.key.text) != descending;
  return a.record->tenant < b.record->tenant;
}

}  // namespace

RiskWord WordOf(const events::Risk& risk) {
  if (!risk.score) return RiskWord::kUnknown;
  if (risk.churn.value_or(false)) return RiskWord::kHigh;
  return *risk.score >= kWatchFrom ? RiskWord::kWatch : RiskWord::kLow;
}

std::string_view NameOf(RiskWord word) {
  constexpr std::array<std::string_view, 4> kNames = {"unknown", "low", "watch", "high"};
  return kNames[static_cast<size_t>(word)];
}

absl::StatusOr<RiskWord> ReadRiskWord(std::string_view name) {
  for (const RiskWord word :
       {RiskWord::kUnknown, RiskWord::kLow, RiskWord::kWatch, RiskWord::kHigh}) {
    if (NameOf(word) == name) return word;
  }
  return base::InvalidArgument("risk '{}' is none of unknown, low, watch, high",
                               name.substr(0, 64));
}

std::string ForPeople(const std::string& token) {
  if (token == "null") return "";
  if (token.empty() || token.front() != '"') return token;
  if (token.find('\\') == std::string::npos) return token.substr(1, token.size() - 2);
  const auto value = nlohmann::json::parse(token, nullptr, false);
  return value.is_string() ? value.get<std::string>() : token;
}

std::optional<double> NumberOf(const std::string& token) {
  const auto value = nlohmann::json::parse(token, nullptr, false);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

const std::vector<std::string_view>& SortFields() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const SortField& field : kFields) all.push_back(field.name);
    return all;
  }();
  return names;
}

absl::Status ReadSort(std::string_view sort, ListQuery& query) {
  query.descending = sort.starts_with('-');
  if (query.descending) sort.remove_prefix(1);
  const auto& names = SortFields();
  if (std::ranges::find(names, sort) == names.end()) {
    return base::InvalidArgument("sort '{}' is none of {}, or one of them after a -",
                                 sort.substr(0, 64), fmt::join(names, ", "));
  }
  query.sort = sort;
  return absl::OkStatus();
}

std::vector<const CompanyRecord*> ListCompanies(const std::vector<CompanyRecord>& records,
                                                const ListQuery& query) {
  const auto* const field = std::ranges::find(kFields, query.sort, &SortField::name);
  std::vector<Row> rows;
  for (const CompanyRecord& record : records) {
    if (Matches(record, query)) rows.push_back({field->key(record), &record});
  }
  std::ranges::sort(rows,
                    [&](const Row& a, const Row& b) { return Before(a, b, query.descending); });
  std::vector<const CompanyRecord*> found;
  found.reserve(rows.size());
  for (const Row& row : rows) found.push_back(row.record);
  return found;
}

std::string BriefJson(const CompanyRecord& record) {
  CompanyRecord brief = record;
  brief.jobs_by_day = {};
  brief.ran_by_day = {};
  brief.risk.reasons.clear();
  return events::ToJson(brief, true);
}

}  // namespace tenantry::insights
