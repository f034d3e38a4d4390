#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/tables/csv_table.h"

namespace tenantry::scoring::training {

/// What happened to each row, and how the table writes it.
struct Labels {
  std::vector<uint8_t> outcomes;      ///< 1 for a positive, one a row
  std::string positive;               ///< the text of a positive
  std::string negative;               ///< the text of a negative
  std::vector<std::string> warnings;  ///< when the choice between the two was a guess
};

/// Reads a target column, which must have exactly two values. 1, true, yes, y and t are positive
/// against 0, false, no, n and f, in upper or lower case; of other pairs the rarer value is taken
/// as the positive, with a warning. `positive` overrides the choice; empty for none.
/// InvalidArgument: a blank, one value alone, more than two, or a `positive` that is neither.
absl::StatusOr<Labels> DetectLabels(const tables::CsvTable& table, size_t column,
                                    std::string_view positive);

/// Reads a target column whose two values are known, as for a model that was trained before; the
/// usual spellings of true and false are taken as well. InvalidArgument for other texts.
absl::StatusOr<std::vector<uint8_t>> ReadLabels(const tables::CsvTable& table, size_t column,
                                                std::string_view positive,
                                                std::string_view negative);

}  // namespace tenantry::scoring::training
