#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace tenantry::app::client {

/// What a file is called as a data set: its name without the ending of a format that is known, with
/// `_` for each run of what no name of SQL has, at most 63 bytes: `Sales.2026-10.csv` is
/// Sales_2026_10, and `2024 sales.csv` data_2024_sales. The page has the same rule; the cases that
/// both are tested with stand in tests/contract/data_set_names.json.
std::string DataSetNameOf(const std::string& file);

/// The format that a file's name ends in: csv (.csv .tsv .txt), ndjson (.ndjson .jsonl .json) or
/// parquet (.parquet .pq), whatever the case. InvalidArgument: another ending, or none.
absl::StatusOr<std::string> FormatOf(const std::string& file);

}  // namespace tenantry::app::client
