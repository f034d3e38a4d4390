#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "scoring/tables/csv_table.h"
#include "scoring/training/column_inference.h"

namespace tenantry::scoring::training {

/// What to learn from a table.
struct TrainingSetOptions {
  std::string target;             ///< the column to foretell
  std::string id;                 ///< the column that names the rows; empty for none
  std::vector<std::string> drop;  ///< columns to leave out
  std::string positive;           ///< the target's value to foretell; empty: told by itself
  InferenceLimits limits;
};

/// A table as training takes it: columns with their kinds, and what happened to each row.
struct TrainingSet {
  std::vector<TrainingColumn> columns;  ///< in the table's order
  std::vector<uint8_t> outcomes;        ///< 1 for a positive, one a row
  std::vector<DroppedColumn> dropped;
  std::vector<std::string> warnings;
  std::string target;
  std::string positive;  ///< the target's two values
  std::string negative;
  std::string id;                          ///< empty without such a column
  std::string fingerprint;                 ///< of the table's bytes
  std::vector<std::string> table_columns;  ///< the table's header

  /// How many rows there are.
  size_t rows() const { return outcomes.size(); }

  /// How many rows are positive.
  size_t positives() const;
};

/// Reads a training set. InvalidArgument, with what to do: a column named in the options that is
/// not there, the target among the dropped or the same as the id, a target without two values, two
/// columns that mean the same feature, a text in a column of numbers, no column left to learn from.
absl::StatusOr<TrainingSet> ReadTrainingSet(const tables::CsvTable& table,
                                            const TrainingSetOptions& options);

}  // namespace tenantry::scoring::training
