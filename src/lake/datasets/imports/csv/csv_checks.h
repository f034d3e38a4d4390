#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "lake/datasets/imports/value_losses.h"
#include "lake/datasets/parquet_facts.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// What a CSV holds that the engine takes for something else; true may be a false alarm, when a
/// quoted field holds what looks like it.
struct CsvMarks {
  bool empty_texts = false;  ///< a field of two quotes: a text that is empty, not an absent value
  bool far_numbers = false;  ///< a number that may be beyond what a DOUBLE holds: 1e400, 1e-400
};

/// Looks through the whole file. Errors as ReadWholeFile.
absl::StatusOr<CsvMarks> FindCsvMarks(const std::string& file, char delimiter);

/// The first value of a DOUBLE column of `facts` that became infinite or zero and is neither.
/// `text` is the CSV as FindLosses takes it. Errors as the process.
absl::StatusOr<std::optional<ValueLoss>> FindBeyondDouble(sql::SqlProcess& process,
                                                          const std::string& text,
                                                          const ParquetFacts& facts);

}  // namespace tenantry::lake::datasets
