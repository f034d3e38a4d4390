#pragma once

#include <string>
#include <string_view>

namespace tenantry::insights {

/// What people call a model's feature, as the page does: "Jobs submitted, 30 days"; its own name
/// where it is none of the known ones.
std::string FeatureLabel(std::string_view feature);

/// A value of a feature as a model tells it, for people: 1,284; 0.161; texts as they are.
std::string FeatureValueText(std::string_view value);

/// A reason of a score as a clause about the company, to follow "because": "it submitted 3 jobs in
/// 30 days"; "contract is Month-to-month" where the feature is not known, "users is nan" where the
/// value is no number but should be one, "plan is not known" where it is missing.
std::string ReasonClause(std::string_view feature, std::string_view value);

}  // namespace tenantry::insights
