#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/company_record.h"

namespace tenantry::insights {

/// Whether a record's id, name or industry holds a text, which is in lower case, without regard to
/// the case of A to Z. The empty text is in all of them.
bool Holds(const events::CompanyRecord& record, std::string_view search);

/// How a risk is called: unknown without a score, high when the model says churn, else by the
/// score.
enum class RiskWord { kUnknown, kLow, kWatch, kHigh };

/// Scores from here on are to be watched, though the model says no churn.
inline constexpr double kWatchFrom = 0.3;

/// The word of a risk, and its name: "unknown", "low", "watch", "high".
RiskWord WordOf(const events::Risk& risk);
std::string_view NameOf(RiskWord word);

/// A profile's JSON token as people read it: a text without quotes and escapes, nothing for null.
std::string ForPeople(const std::string& token);

/// A profile's JSON token as a number; nullopt for any other.
std::optional<double> NumberOf(const std::string& token);

/// Which companies a list holds, and in which order. Deleted ones are left out.
struct ListQuery {
  std::string search;                   ///< part of id, name or industry, case of A to Z aside
  std::optional<std::string> industry;  ///< exactly this; "" = those without one
  std::optional<RiskWord> risk;
  std::string sort = "companyID";  ///< of SortFields
  bool descending = false;         ///< what is unknown comes last both ways
};

/// What a list can be sorted by: names of the record's fields, `name` and `score`.
const std::vector<std::string_view>& SortFields();

/// `sort` as an address has it, "job30" or "-job30", into a query. InvalidArgument names the
/// fields.
absl::Status ReadSort(std::string_view sort, ListQuery& query);

/// The word as an address has it. InvalidArgument names the four.
absl::StatusOr<RiskWord> ReadRiskWord(std::string_view name);

/// The records that a query asks for, in its order; equal ones by id. They point into `records`.
std::vector<const events::CompanyRecord*> ListCompanies(
    const std::vector<events::CompanyRecord>& records, const ListQuery& query);

/// A record as a table's row needs it: without its counts by day and the reasons of its risk.
std::string BriefJson(const events::CompanyRecord& record);

}  // namespace tenantry::insights
