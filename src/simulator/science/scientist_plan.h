#pragma once

#include <absl/time/time.h>
#include <absl/types/span.h>

#include <string>
#include <vector>

#include "base/ids.h"
#include "simulator/science/assignment.h"
#include "simulator/tenant_story.h"

namespace tenantry::simulator::science {

/// When a data scientist does what for a tenant.
struct ScientistPlan {
  base::TenantId tenant;
  const Assignment* assignment = nullptr;  ///< of Assignments()
  std::vector<absl::Time> visits;          ///< when new data comes and the job runs, in order
  bool slips = false;                      ///< at the last visit the job is misspelt at first
};

/// Which tenants of a story of `days` days from `start` get a data scientist, and when these work:
/// one an assignment, as far as there are tenants that stay to the end; of the assignment's
/// industry and in good shape where there are such; no tenant gets two. They come once a week, four
/// times at most, the last on the story's last day. The last of them slips.
std::vector<ScientistPlan> PlanScientists(absl::Span<const TenantStory> stories, absl::Time start,
                                          int days);

}  // namespace tenantry::simulator::science
