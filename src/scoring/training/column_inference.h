#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scoring/feature_names.h"
#include "scoring/tables/csv_table.h"

namespace tenantry::scoring::training {

/// The code of a category that is missing.
inline constexpr uint32_t kMissingCode = std::numeric_limits<uint32_t>::max();

/// A column that training learns from.
struct TrainingColumn {
  std::string name;    ///< of the feature
  std::string column;  ///< as the table spells it
  FeatureKind kind = FeatureKind::kNumber;
  std::vector<double> numbers;              ///< kNumber: one a row, NaN where missing
  std::vector<uint32_t> codes;              ///< kCategory: one a row, an index into `values`
  std::vector<std::string> values;          ///< kCategory: the different texts, sorted by bytes
  std::vector<std::string> missing_values;  ///< kNumber: texts that mean "missing"
  std::vector<std::string> warnings;
};

/// A column that training leaves out, and why.
struct DroppedColumn {
  std::string name;
  std::string why;
};

/// What tells columns apart.
struct InferenceLimits {
  size_t category_values_max = 50;  ///< different texts that still make a category
  double number_share_min = 0.95;   ///< with this share of numbers, another text is a mistake
  size_t missing_values_max = 3;    ///< different texts in a number column that mean "missing"
};

/// What a column of texts holds. Blanks are missing. A column of numbers (and NA, N/A, NaN, null
/// for missing ones) is a number, however few values it has; one of few different texts is a
/// category. Dropped: no values, the same value everywhere, texts with too many different values,
/// numbers that name or count the rows. A few repeated texts among many numbers mean "missing",
/// with a warning; otherwise a text in a column of numbers is InvalidArgument, with line, column
/// and value; so is a number whose square is beyond a double's range. Known features
/// (feature_names.h) have the kind that is known of them.
absl::StatusOr<std::variant<TrainingColumn, DroppedColumn>> InferColumn(
    const tables::CsvTable& table, size_t column, const InferenceLimits& limits);

}  // namespace tenantry::scoring::training
