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

/// Adds the features that follow from others: `jobTrend` (jobs of 30 days against the average 30 of
/// the last 90, or of the days since the registration when they are fewer: 1 when nothing changes),
/// `loginsPerUser30`, `idleShare30` (of the sessions), `failedShare30` (of the jobs that ran). Each
/// is missing where it would divide by nothing.
void AddDerivedFeatures(FeatureRow& row);

}  // namespace tenantry::scoring
