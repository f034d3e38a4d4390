#include "scoring/training/design_matrix.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/check.h"

namespace tenantry::scoring::training {
namespace {

std::vector<std::string> SpellingsOf(const TrainingColumn& column) {
  std::vector<std::string> spellings = {column.column};
  const KnownFeature* known = FindKnownFeature(column.column);
  if (known == nullptr) return spellings;
  for (const std::string_view spelling : known->spellings) {
    if (spelling != column.column) spellings.emplace_back(spelling);
  }
  return spellings;
}

void FitNumber(const TrainingColumn& column, absl::Span<const uint32_t> rows, Feature& feature) {
  double count = 0;
  double sum = 0;
  feature.lowest = HUGE_VAL;
  feature.highest = -HUGE_VAL;
  for (const uint32_t row : rows) {
    const double value = column.numbers[row];
    if (std::isnan(value)) continue;
    count += 1;
    sum += value;
    feature.lowest = std::min(feature.lowest, value);
    feature.highest = std::max(feature.highest, value);
  }
  feature.missing_share = 1 - count / static_cast<double>(rows.size());
  if (count == 0) {
    feature.lowest = feature.highest = 0;
    return;
  }
  feature.mean = sum / count;
  double squares = 0;
  for (const uint32_t row : rows) {
    const double value = column.numbers[row];
    if (!std::isnan(value)) squares += (value - feature.mean) * (value - feature.mean);
  }
  const double sd = std::sqrt(squares / count);
  feature.sd = std::isfinite(sd) && sd > 0 ? sd : 1;
}

void FitCategory(const TrainingColumn& column, absl::Span<const uint32_t> rows,
                 const DefinitionLimits& limits, Feature& feature) {
  std::vector<size_t> counts(column.values.size());
  for (const uint32_t row : rows) {
    if (column.codes[row] != kMissingCode) ++counts[column.codes[row]];
  }
  const size_t rows_min = std::clamp<size_t>(rows.size() / 200, 1, limits.category_rows_min);
  std::vector<uint32_t> kept;
  for (uint32_t code = 0; code < counts.size(); ++code) {
    if (counts[code] >= rows_min) kept.push_back(code);
  }
  if (kept.size() > limits.category_values_max) {
    std::stable_sort(kept.begin(), kept.end(),
                     [&counts](uint32_t a, uint32_t b) { return counts[a] > counts[b]; });
    kept.resize(limits.category_values_max);
    std::sort(kept.begin(), kept.end());
  }
  size_t known = 0;
  for (const uint32_t code : kept) {
    feature.categories.push_back(column.values[code]);
    feature.shares.push_back(static_cast<double>(counts[code]) / static_cast<double>(rows.size()));
    known += counts[code];
  }
  feature.other_share = static_cast<double>(rows.size() - known) / static_cast<double>(rows.size());
}

// Writes one column's entries, `stride` apart.
void EncodeNumbers(const TrainingColumn& column, const Feature& feature, uint32_t first,
                   absl::Span<const uint32_t> rows, size_t entry, DesignMatrix& matrix) {
  const bool flagged = feature.missing_share > 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const double value = column.numbers[rows[i]];
    const bool missing = std::isnan(value);
    const size_t place = i * matrix.stride + entry;
    matrix.columns[place] = first;
    matrix.values[place] = NormaliseNumber(feature, missing ? std::nullopt : std::optional(value));
    if (!flagged) continue;
    matrix.columns[place + 1] = first + 1;
    matrix.values[place + 1] = missing ? 1 : 0;
  }
}

void EncodeCategories(const TrainingColumn& column, const Feature& feature, uint32_t first,
                      absl::Span<const uint32_t> rows, size_t entry, DesignMatrix& matrix) {
  std::vector<uint32_t> column_of(column.values.size());
  for (size_t code = 0; code < column.values.size(); ++code) {
    column_of[code] = first + static_cast<uint32_t>(CategoryColumn(feature, column.values[code]));
  }
  const uint32_t other = first + static_cast<uint32_t>(feature.categories.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t code = column.codes[rows[i]];
    matrix.columns[i * matrix.stride + entry] = code == kMissingCode ? other : column_of[code];
    matrix.values[i * matrix.stride + entry] = 1;
  }
}

// How many entries of a row a feature fills.
size_t Entries(const Feature& feature) {
  return feature.kind == FeatureKind::kNumber ? feature.width() : 1;
}

}  // namespace

FeatureDefinition FitDefinition(const TrainingSet& set, absl::Span<const uint32_t> rows,
                                const DefinitionLimits& limits) {
  TENANTRY_CHECK(!rows.empty());
  std::vector<Feature> features;
  for (const TrainingColumn& column : set.columns) {
    Feature feature;
    feature.name = column.name;
    feature.kind = column.kind;
    feature.columns = SpellingsOf(column);
    feature.missing_values = column.missing_values;
    if (column.kind == FeatureKind::kNumber) {
      FitNumber(column, rows, feature);
    } else {
      FitCategory(column, rows, limits, feature);
    }
    features.push_back(std::move(feature));
  }
  return FeatureDefinition(std::move(features));
}

DesignMatrix EncodeRows(const TrainingSet& set, const FeatureDefinition& definition,
                        absl::Span<const uint32_t> rows) {
  TENANTRY_CHECK(definition.features().size() == set.columns.size());
  DesignMatrix matrix;
  matrix.width = definition.width();
  for (const Feature& feature : definition.features()) matrix.stride += Entries(feature);
  matrix.columns.resize(rows.size() * matrix.stride);
  matrix.values.resize(rows.size() * matrix.stride);
  size_t entry = 0;
  for (size_t i = 0; i < set.columns.size(); ++i) {
    const Feature& feature = definition.features()[i];
    const uint32_t first = static_cast<uint32_t>(definition.offset(i));
    if (feature.kind == FeatureKind::kNumber) {
      EncodeNumbers(set.columns[i], feature, first, rows, entry, matrix);
    } else {
      EncodeCategories(set.columns[i], feature, first, rows, entry, matrix);
    }
    entry += Entries(feature);
  }
  return matrix;
}

}  // namespace tenantry::scoring::training
