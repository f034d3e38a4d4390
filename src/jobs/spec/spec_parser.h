#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "jobs/spec/job_spec.h"
#include "jobs/spec/spec_node.h"

namespace tenantry::jobs {

/// Reads a specification:
///
///     name = "daily revenue"
///     [[steps]]
///     name = "paid"
///     kind = "load"
///     sql = "SELECT * FROM orders WHERE paid"
///     [[steps]]
///     name = "revenue"
///     kind = "persist"
///     dataSet = "daily_revenue"
///     sql = "SELECT day, sum(amount) AS amount FROM paid GROUP BY day"
///
/// `after` lists steps that come before; a step that its SQL reads need not be listed. A persist
/// step without `sql` persists the one step that it comes after. The steps are answered in an order
/// in which they can run: that of the text, as far as they may. InvalidArgument lists up to ten
/// faults, one a line, each with its line, its step and what to do: unknown fields and kinds (with
/// the nearest), missing ones, names given twice, steps that nobody has, cycles, too many, too
/// large.
absl::StatusOr<JobSpec> ParseSpec(std::string_view text, SpecFormat format,
                                  const SpecLimits& limits);

}  // namespace tenantry::jobs
