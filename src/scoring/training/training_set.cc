#include "scoring/training/training_set.h"

#include <map>
#include <numeric>
#include <set>

#include "base/status.h"
#include "scoring/training/label_column.h"

namespace tenantry::scoring::training {
namespace {

using tables::CsvTable;

// The columns to leave out; each may be named as the table spells it or by its feature's name.
absl::StatusOr<std::set<size_t>> DroppedColumns(const CsvTable& table,
                                                const TrainingSetOptions& options) {
  std::set<size_t> columns;
  for (const std::string& name : options.drop) {
    if (name == options.target) {
      return base::InvalidArgument("column {} can't be both the target and left out", name);
    }
    std::set<size_t> meant;
    for (size_t column = 0; column < table.columns(); ++column) {
      if (CanonicalName(table.header()[column]) == name) meant.insert(column);
    }
    if (const auto exact = table.FindColumn(name)) meant = {*exact};
    if (meant.empty()) {
      TENANTRY_RETURN_IF_ERROR(table.GetColumn(name, "to leave out").status());
    }
    columns.insert(meant.begin(), meant.end());
  }
  return columns;
}

absl::Status TakeColumns(const CsvTable& table, const std::set<size_t>& dropped, size_t target,
                         const TrainingSetOptions& options, TrainingSet& set) {
  std::map<std::string, std::string> column_of;  // by feature
  for (size_t column = 0; column < table.columns(); ++column) {
    const std::string& name = table.header()[column];
    if (column == target) continue;
    if (dropped.contains(column)) {
      set.dropped.push_back({name, "left out as asked"});
      continue;
    }
    if (name == set.id) {
      set.dropped.push_back({name, "names the row"});
      continue;
    }
    TENANTRY_ASSIGN_OR_RETURN(auto inferred, InferColumn(table, column, options.limits));
    if (auto* const drop = std::get_if<DroppedColumn>(&inferred)) {
      set.dropped.push_back(std::move(*drop));
      continue;
    }
    auto& taken = std::get<TrainingColumn>(inferred);
    const auto [place, fresh] = column_of.emplace(taken.name, name);
    if (!fresh) {
      return base::InvalidArgument(
          "{}: columns {} and {} both mean {}: leave one of them out with "
          "--drop",
          table.name(), place->second, name, taken.name);
    }
    set.warnings.insert(set.warnings.end(), taken.warnings.begin(), taken.warnings.end());
    set.columns.push_back(std::move(taken));
  }
  return absl::OkStatus();
}

absl::Status NothingLeft(const CsvTable& table, const TrainingSet& set) {
  std::string reasons;
  for (size_t i = 0; i < set.dropped.size() && i < 5; ++i) {
    reasons += fmt::format("; {}: {}", set.dropped[i].name, set.dropped[i].why);
  }
  return base::InvalidArgument("{}: no column is left to learn from{}", table.name(), reasons);
}

}  // namespace

size_t TrainingSet::positives() const {
  return std::accumulate(outcomes.begin(), outcomes.end(), size_t{0});
}

absl::StatusOr<TrainingSet> ReadTrainingSet(const CsvTable& table,
                                            const TrainingSetOptions& options) {
  TENANTRY_ASSIGN_OR_RETURN(const size_t target, table.GetColumn(options.target, "the target"));
  if (!options.id.empty()) {
    TENANTRY_RETURN_IF_ERROR(table.GetColumn(options.id, "the id").status());
    if (options.id == options.target) {
      return base::InvalidArgument("column {} can't be both the target and the id", options.id);
    }
  }
  TENANTRY_ASSIGN_OR_RETURN(const std::set<size_t> dropped, DroppedColumns(table, options));
  TENANTRY_ASSIGN_OR_RETURN(Labels labels, DetectLabels(table, target, options.positive));
  TrainingSet set;
  set.target = options.target;
  set.id = options.id;
  set.outcomes = std::move(labels.outcomes);
  set.positive = std::move(labels.positive);
  set.negative = std::move(labels.negative);
  set.warnings = std::move(labels.warnings);
  set.fingerprint = table.fingerprint();
  set.table_columns = table.header();
  TENANTRY_RETURN_IF_ERROR(TakeColumns(table, dropped, target, options, set));
  if (set.columns.empty()) return NothingLeft(table, set);
  return set;
}

}  // namespace tenantry::scoring::training
