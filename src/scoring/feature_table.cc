#include "scoring/feature_table.h"

#include <algorithm>
#include <array>

#include "base/status.h"

namespace tenantry::scoring {
namespace {

using tables::CsvTable;
using tables::Trimmed;

bool IsColumnOf(const Feature& feature, const std::string& column) {
  const bool spelt =
      std::find(feature.columns.begin(), feature.columns.end(), column) != feature.columns.end();
  return spelt || (FindKnownFeature(column) != nullptr && CanonicalName(column) == feature.name);
}

absl::StatusOr<std::optional<size_t>> FindColumnOf(const Feature& feature, const CsvTable& table) {
  std::optional<size_t> found;
  for (size_t column = 0; column < table.columns(); ++column) {
    if (!IsColumnOf(feature, table.header()[column])) continue;
    if (found) {
      return base::InvalidArgument("{}: columns {} and {} both mean {}: leave one of them out",
                                   table.name(), table.header()[*found], table.header()[column],
                                   feature.name);
    }
    found = column;
  }
  return found;
}

}  // namespace

bool MeansMissing(std::string_view text) {
  text = Trimmed(text);
  if (text.empty()) return true;
  if (text.size() > 4) return false;
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  constexpr std::array<std::string_view, 4> kWords = {"na", "n/a", "nan", "null"};
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

absl::StatusOr<FeatureTable> FeatureTable::Match(const CsvTable& table,
                                                 const FeatureDefinition& definition) {
  FeatureTable matched(table, definition);
  for (const Feature& feature : definition.features()) {
    TENANTRY_ASSIGN_OR_RETURN(const std::optional<size_t> column, FindColumnOf(feature, table));
    if (!column) matched.absent_.push_back(feature.name);
    matched.columns_.push_back(column);
  }
  if (matched.absent_.size() == definition.features().size()) {
    return base::InvalidArgument(
        "{}: no column is one that the model knows (it wants {}, ...): is "
        "this the right table, and is its first line the header?",
        table.name(), definition.features().front().columns.front());
  }
  return matched;
}

absl::StatusOr<FeatureRow> FeatureTable::Row(size_t row) const {
  FeatureRow values;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i]) continue;
    const Feature& feature = definition_->features()[i];
    const std::string_view text = Trimmed(table_->cell(row, *columns_[i]));
    if (text.empty()) continue;
    if (feature.kind == FeatureKind::kCategory) {
      values.emplace(feature.name, std::string(text));
      continue;
    }
    if (const std::optional<double> number = tables::ToNumber(text)) {
      values.emplace(feature.name, *number);
      continue;
    }
    const auto& missing = feature.missing_values;
    if (MeansMissing(text) || std::find(missing.begin(), missing.end(), text) != missing.end()) {
      continue;
    }
    return base::InvalidArgument(
        "{}: line {}, column {}: \"{}\" is no number: correct it, or leave "
        "it blank if it is missing",
        table_->name(), table_->line(row), table_->header()[*columns_[i]], text.substr(0, 40));
  }
  return values;
}

}  // namespace tenantry::scoring
