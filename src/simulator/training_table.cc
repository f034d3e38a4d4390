#include "simulator/training_table.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <vector>

#include "activity/state/tenant_state.h"
#include "base/instant.h"
#include "base/status.h"
#include "scoring/company_features.h"
#include "scoring/feature_names.h"
#include "scoring/tables/csv_table.h"
#include "simulator/life_events.h"

namespace tenantry::simulator {
namespace {

absl::Status CheckOptions(const TrainingTableOptions& options) {
  const int earliest = options.life.days - 1 - (options.snapshots - 1) * options.snapshot_step;
  if (options.snapshots < 1 || options.snapshot_step < 0 || options.days_registered_min < 0 ||
      options.outlook_days < 1 || earliest < options.days_registered_min) {
    return base::InvalidArgument(
        "{} snapshots every {} days do not fit into {} days with companies "
        "that are {} days old",
        options.snapshots, options.snapshot_step, options.life.days, options.days_registered_min);
  }
  return absl::OkStatus();
}

// The day of the simulation on which the `index`th company is looked at.
int SnapshotDay(const TrainingTableOptions& options, size_t index) {
  const int snapshot = static_cast<int>(index % static_cast<size_t>(options.snapshots));
  return options.life.days - 1 - snapshot * options.snapshot_step;
}

// Whether the company is on the books at the end of that day, and long enough: one that fell silent
// is, one that was deleted is not.
bool IsLookedAt(const TrainingTableOptions& options, const TenantStory& story, int day) {
  return story.born_day + options.days_registered_min <= day &&
         (!story.gone_day || *story.gone_day > day || !story.deletes);
}

std::string Field(const scoring::FeatureValue& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    return scoring::tables::ToCsvField(*text);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return "";
}

std::string Header() {
  std::string line(kTrainingId);
  for (const auto& feature : scoring::KnownFeatures()) line += fmt::format(",{}", feature.name);
  return line + fmt::format(",{}\n", kTrainingTarget);
}

std::string Line(const TenantStory& story, const activity::TenantState& state, base::Day day,
                 bool churn) {
  events::CompanyRecord record;
  record.tenant = story.tenant;
  record.as_of = {(int64_t{day} + 1) * base::kSecondsPerDay - 1, 999'999'999};
  state.Fill(day, record);
  const scoring::FeatureRow row = scoring::CompanyFeatures(record);
  std::string line = scoring::tables::ToCsvField(story.tenant.value());
  for (const auto& feature : scoring::KnownFeatures()) {
    line += "," + Field(row.find(feature.name)->second);
  }
  return line + (churn ? ",1\n" : ",0\n");
}

}  // namespace

absl::StatusOr<std::string> SimulateTrainingTable(const TrainingTableOptions& options,
                                                  absl::FunctionRef<void(double)> progress) {
  TENANTRY_RETURN_IF_ERROR(CheckOptions(options));
  TENANTRY_ASSIGN_OR_RETURN(const auto life, TenantLife::Make(options.life));
  const std::vector<TenantStory>& stories = life->stories();
  const base::Day first_day = base::ToInstant(options.life.start).day();
  absl::flat_hash_map<base::TenantId, size_t> index_of;
  for (size_t i = 0; i < stories.size(); ++i) index_of[stories[i].tenant] = i;
  std::vector<activity::TenantState> states(stories.size());
  base::Day shown = first_day;
  while (const std::optional<Action> action = life->Next()) {
    const size_t index = index_of.at(action->tenant);
    const ActionView event(*action);
    const base::Day day = event.view().time.day();
    if (day - first_day > SnapshotDay(options, index)) continue;
    states[index].Apply(event.view());
    if (day > shown) {
      progress(life->share_done());
      if (options.stopped && options.stopped()) {
        return absl::CancelledError("the simulation was stopped");
      }
    }
    shown = day;
  }
  std::string table = Header();
  for (size_t i = 0; i < stories.size(); ++i) {
    const int day = SnapshotDay(options, i);
    if (!IsLookedAt(options, stories[i], day)) continue;
    const bool churn = stories[i].gone_day && *stories[i].gone_day <= day + options.outlook_days;
    table += Line(stories[i], states[i], first_day + day, churn);
  }
  return table;
}

}  // namespace tenantry::simulator
