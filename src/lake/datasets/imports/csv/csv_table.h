#pragma once

#include <absl/status/status.h>

#include <string>

#include "lake/datasets/imports/importer.h"
#include "lake/datasets/parquet_facts.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// Whether a field of two quotes is an absent value, as one of nothing is, or an empty text.
enum class QuotedEmpty { kNull, kText };

/// The table that the CSV `input` is, as SQL, with the engine's types but for those of `request`.
/// Lines that do not fit go into its table reject_errors.
std::string CsvTable(const ImportRequest& request, const std::string& input, char delimiter,
                     QuotedEmpty empty = QuotedEmpty::kNull);

/// The same file with the columns of `facts`, all as text, and a header as a row.
std::string CsvText(const std::string& input, char delimiter, const ParquetFacts& facts);

/// Makes `files.parquet` anew, which is that of this CSV: of `facts`, but with empty texts where
/// columns of text have quoted fields of nothing. Errors as the process.
absl::Status KeepEmptyTexts(sql::SqlProcess& process, const ImportRequest& request,
                            const ImportFiles& files, char delimiter, const ParquetFacts& facts);

}  // namespace tenantry::lake::datasets
