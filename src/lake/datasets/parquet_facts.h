#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "lake/datasets/data_set.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// What a Parquet file holds.
struct ParquetFacts {
  std::vector<DataSetColumn> schema;
  int64_t rows = 0;
  int64_t bytes = 0;  ///< of the file
};

/// Reads them with `process`, which may read the file. InvalidArgument: it is no Parquet or
/// damaged; else as the process.
absl::StatusOr<ParquetFacts> InspectParquet(sql::SqlProcess& process, const std::string& file);

/// The table that a Parquet file is, as SQL.
std::string ParquetTable(const std::string& file);

/// An error of the engine in fewer words: without its hints and without `folder`, the path of what
/// nobody outside is to know.
absl::Status ShortError(const absl::Status& status, const std::string& folder);

}  // namespace tenantry::lake::datasets
