#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string_view>
#include <vector>

#include "jobs/spec/job_spec.h"

namespace tenantry::jobs {

/// Where the step of that name stands, the case of A to Z ignored as SQL does; nullopt for none.
std::optional<size_t> FindStep(const std::vector<StepSpec>& steps, std::string_view name);

/// Indices of the steps in an order in which each comes behind those in its `after`, all of which
/// exist: the given order as far as it may be kept. InvalidArgument names the steps of a cycle.
absl::StatusOr<std::vector<size_t>> StepOrder(const std::vector<StepSpec>& steps);

}  // namespace tenantry::jobs
