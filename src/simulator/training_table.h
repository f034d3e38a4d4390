#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <functional>
#include <string>

#include "simulator/tenant_life.h"

namespace tenantry::simulator {

/// The columns of the table below that training is told about.
inline constexpr std::string_view kTrainingId = "company";
inline constexpr std::string_view kTrainingTarget = "churn";

/// What a table of simulated companies is made of.
struct TrainingTableOptions {
  LifeOptions life;
  int snapshots = 4;       ///< days that companies are looked at, the last the simulation's last
  int snapshot_step = 15;  ///< days between them
  int days_registered_min = 10;   ///< younger companies are left out: there is nothing to tell by
  int outlook_days = 30;          ///< the label: whether it is gone after so many more days
  std::function<bool()> stopped;  ///< asked for every simulated day: true ends it with Cancelled
};

/// A training table (CSV, canonical names: scoring/feature_names.h) of simulated companies: what
/// the analytics counted of each at the end of one past day, and whether it is gone some days after
/// it: was deleted, or fell silent for good, then or before; a model that never saw silence would
/// take it for contentment. Each company is looked at once, on one of the snapshot days in turn, so
/// that rows are independent; those that are not registered yet, or deleted already, are left out.
/// The counts are made by the analytics' own code from nothing later than that day; the label comes
/// from the story. The same options give the same table. `progress` hears the share that is done.
/// InvalidArgument when an option is out of its bounds; Cancelled when it was stopped.
absl::StatusOr<std::string> SimulateTrainingTable(const TrainingTableOptions& options,
                                                  absl::FunctionRef<void(double)> progress);

}  // namespace tenantry::simulator
