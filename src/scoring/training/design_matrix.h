#pragma once

#include <absl/types/span.h>

#include <cstdint>
#include <vector>

#include "scoring/feature_definition.h"
#include "scoring/training/training_set.h"

namespace tenantry::scoring::training {

/// Encoded rows, the same number of entries in each: an entry is a column and its value. All
/// columns that are not among a row's entries are 0 in it; entries may be 0 too.
struct DesignMatrix {
  size_t width = 0;   ///< columns
  size_t stride = 0;  ///< entries a row
  std::vector<uint32_t> columns;
  std::vector<double> values;

  /// How many rows there are.
  size_t rows() const { return stride == 0 ? 0 : columns.size() / stride; }
};

/// What makes a definition from a training set.
struct DefinitionLimits {
  size_t category_values_max = 50;  ///< the most frequent are kept, others are "other"
  /// A value seen in fewer rows is "other"; at most a two-hundredth of the rows, at least 1.
  size_t category_rows_min = 5;
};

/// Measures means, deviations, ranges and categories over some rows of a training set.
FeatureDefinition FitDefinition(const TrainingSet& set, absl::Span<const uint32_t> rows,
                                const DefinitionLimits& limits);

/// Encodes rows of a training set by a definition made from the same set: exactly what the
/// definition's Encode makes of them.
DesignMatrix EncodeRows(const TrainingSet& set, const FeatureDefinition& definition,
                        absl::Span<const uint32_t> rows);

}  // namespace tenantry::scoring::training
