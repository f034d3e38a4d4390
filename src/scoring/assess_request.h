#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string_view>

#include "base/ids.h"
#include "scoring/scorer.h"

namespace tenantry::scoring {

/// What a client of the scoring facade asks about: a company's numbers, not what we know of it.
struct AssessRequest {
  std::optional<base::TenantId> company;
  FeatureRow row;  ///< by canonical name, derived ones too; what is not known is absent
};

/// Reads the facade's request: `companyID`, `industry`, `revenue` (or `revenu`), `employees` (or
/// `employee`), `job30`, `job90`, `monthlyFee`, `totalFee`, and `riskOfChurn`, which clients send
/// and nobody reads. Every field may be absent or null, but not all that are scored.
/// InvalidArgument, with the field, its value and what to do: no JSON object, a field given twice
/// or unknown (with the nearest known one), both spellings with different values, a number that is
/// none, below 0 or above 1e15.
absl::StatusOr<AssessRequest> ParseAssessRequest(std::string_view text);

}  // namespace tenantry::scoring
