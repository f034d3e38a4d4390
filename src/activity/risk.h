#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "events/company_record.h"
#include "scoring/scorer.h"

namespace tenantry::activity {

/// The risk that a score just given means.
events::Risk FreshRisk(scoring::Score score, std::string model, base::Instant as_of);

/// The risk when the scorer did not answer: the last score, marked stale; unknown stays unknown.
events::Risk StaleRisk(events::Risk last);

/// A risk as the bytes that a checkpoint keeps, and back. DataLoss for bytes that are no risk.
std::string EncodeRisk(const events::Risk& risk);
absl::StatusOr<events::Risk> DecodeRisk(std::string_view bytes);

}  // namespace tenantry::activity
