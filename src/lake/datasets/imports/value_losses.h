#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/datasets/parquet_facts.h"
#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// How a value would become another.
enum class LossKind {
  kOrder,   ///< a day or moment that does not begin with its year: its day may be its month
  kCut,     ///< rounded, or a part of it cut off
  kBeyond,  ///< no DOUBLE holds it: it became infinite, or zero
};

/// A value of a text that its column's type holds only rounded or cut: the engine stores 2 for a
/// BIGINT of `1.5`, the day alone for a DATE of a day with a time, microseconds for a TIMESTAMP
/// with nanoseconds, the 2nd of January for a DATE of `01/02/2026`, a DOUBLE for JSON with a whole
/// number of more than 64 bits inside, and infinity for a DOUBLE of 1e400.
struct ValueLoss {
  int64_t record = 0;  ///< from 1, as the text holds them; a header is one
  int64_t column = 0;  ///< from 1
  std::string value;   ///< as the text has it
  LossKind kind = LossKind::kCut;
};

/// What a Parquet file that was made of a text lost.
struct ValueLosses {
  bool header = false;             ///< the text's first record was taken as names
  std::optional<ValueLoss> first;  ///< of the first column that lost something
  /// Columns that are better texts: DOUBLE of nothing but whole numbers, not all exact, and days
  /// and moments that do not all begin with their year, unless somebody asked for that.
  std::vector<std::string> inexact;
};

/// Compares `facts`, those of the Parquet file, with `text`: the table of the same columns, as SQL,
/// in which all are VARCHAR and a header is a row. `types` are columns whose type somebody asked
/// for: such a DOUBLE is never inexact. Reads the text once for some hundred columns when nothing
/// was lost. Errors as the process.
absl::StatusOr<ValueLosses> FindLosses(sql::SqlProcess& process, const std::string& text,
                                       const ParquetFacts& facts,
                                       const std::map<std::string, std::string>& types);

/// True for a type of lists, structs or maps that holds a DOUBLE.
bool IsNestedDouble(const std::string& type);

/// The line, from 1, where a record of a CSV begins; 0 when the file has fewer. `blank`: an empty
/// line is a record, as in a file of one column. Errors as ReadWholeFile.
absl::StatusOr<int64_t> LineOfRecord(const std::string& file, int64_t record, bool blank);

}  // namespace tenantry::lake::datasets
