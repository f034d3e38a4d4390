#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/feature_definition.h"
#include "scoring/tables/csv_table.h"

namespace tenantry::scoring {

/// A table's rows as a model's definition reads them. Refers to the table and the definition, which
/// outlive it.
class FeatureTable {
 public:
  /// Finds the column of each feature by its spellings. InvalidArgument: two columns hold the same
  /// feature, or none holds any.
  static absl::StatusOr<FeatureTable> Match(const tables::CsvTable& table,
                                            const FeatureDefinition& definition);

  /// Features that the table has no column for: they are missing in every row.
  const std::vector<std::string>& absent() const { return absent_; }

  /// One row. InvalidArgument, with line, column and value: a text where the feature is a number.
  absl::StatusOr<FeatureRow> Row(size_t row) const;

 private:
  FeatureTable(const tables::CsvTable& table, const FeatureDefinition& definition)
      : table_(&table), definition_(&definition) {}

  const tables::CsvTable* table_;
  const FeatureDefinition* definition_;
  std::vector<std::optional<size_t>> columns_;  // one a feature
  std::vector<std::string> absent_;
};

/// True for a text that means a missing number in any table: blank, NA, N/A, NaN, null.
bool MeansMissing(std::string_view text);

}  // namespace tenantry::scoring
