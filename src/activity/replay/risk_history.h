#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <vector>

#include "base/ids.h"
#include "base/instant.h"
#include "eventlog/event_log.h"
#include "events/company_record.h"

namespace tenantry::activity {

/// The last risk that a tenant's records of each day told, oldest first, as far back as the log
/// keeps what was put out. Days without a score are absent. DeadlineExceeded when reading takes
/// longer than `deadline` (by base::SteadyNow()); else the log's errors.
absl::StatusOr<std::vector<std::pair<base::Day, events::Risk>>> ReadRiskHistory(
    eventlog::EventLog& log, const base::TenantId& tenant, absl::Duration deadline);

}  // namespace tenantry::activity
