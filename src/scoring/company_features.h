#pragma once

#include "events/company_record.h"
#include "scoring/scorer.h"

namespace tenantry::scoring {

/// The features of a company by their canonical names (feature_names.h), as of the record's
/// instant. The profile's values may be any JSON: what is no number is missing where a number is
/// wanted, what is no text where a category is. daysSinceLastActivity and daysRegistered count
/// whole days (UTC) up to the as-of day; they are missing where there is no such event, and 0 for
/// one that is later.
FeatureRow CompanyFeatures(const events::CompanyRecord& record);

}  // namespace tenantry::scoring
