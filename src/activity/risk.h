#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "events/company_record.h"
#include "scoring/scorer.h"

namespace tenantry::activity {

/// The risk that a score just given means.
events::Risk FreshRisk(scoring::Score score, std::string model, base::Instant as_of);

/// Gives every record the risk that the model of now sees in it, `batch` records at a time; unknown
/// without a model. What the scorer did not answer is unknown, too, and its error is returned.
absl::Status ScoreAnew(scoring::Scorer& scorer, size_t batch,
                       std::vector<events::CompanyRecord>& records);

/// The risk when the scorer did not answer: the last score, marked stale; unknown stays unknown.
events::Risk StaleRisk(events::Risk last);

/// A risk as the bytes that a checkpoint keeps, and back. DataLoss for bytes that are no risk.
std::string EncodeRisk(const events::Risk& risk);
absl::StatusOr<events::Risk> DecodeRisk(std::string_view bytes);

}  // namespace tenantry::activity
