#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "lake/sql/sql_process.h"

namespace tenantry::lake::datasets {

/// The longest SQL that is taken, in bytes.
inline constexpr size_t kSqlBytesMax = 1 << 20;

/// What the engine's parser says of a statement.
struct SelectStatement {
  /// The tables it names, without schema, each once, as written; not what its WITH clauses define,
  /// where that is meant.
  std::vector<std::string> tables;
  /// The names that its WITH clauses define.
  std::vector<std::string> own_names;
};

/// Has `process` parse `sql`, which is not run. InvalidArgument: it is no statement, more than one,
/// or does not only read; PermissionDenied: it names a table of another schema, or a function that
/// reaches for files, settings or SQL in a text; else errors of the process.
absl::StatusOr<SelectStatement> ParseSelect(sql::SqlProcess& process, std::string_view sql);

}  // namespace tenantry::lake::datasets
