#pragma once

#include <string>
#include <vector>

#include "base/instant.h"
#include "events/company_record.h"

namespace tenantry::insights {

/// What there is of all companies together as of one instant, as JSON: totals, companies by risk
/// and by industry, and the counts by day that the five questions add up. Deleted companies are
/// left out but of question 1's counts, in 30 days and by day, as the questions have it. Fees,
/// revenue and employees are sums over those companies that give them; how many do not stands
/// beside. `records` are as of `as_of`, in any order.
std::string Summary(const std::vector<events::CompanyRecord>& records, base::Instant as_of);

}  // namespace tenantry::insights
