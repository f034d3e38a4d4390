#include "lake/datasets/query/exact_integers.h"

#include <algorithm>
#include <string_view>

#include "base/status.h"
#include "lake/datasets/query/sql_text.h"

namespace tenantry::lake::datasets {
namespace {

bool IsOfWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

// Names of fields that have capitals, and the words of enumerations, stand in quotes: a bare word
// in capitals is a type.
std::string WithOtherTypes(const std::string& type,
                           absl::FunctionRef<std::string(std::string_view)> other) {
  std::string changed;
  for (size_t at = 0; at < type.size();) {
    const char c = type[at];
    size_t end = at + 1;
    if (c == '"' || c == '\'') {
      end = std::min(type.find(c, at + 1), type.size() - 1) + 1;
    } else {
      while (IsOfWord(c) && end < type.size() && IsOfWord(type[end])) ++end;
    }
    const std::string_view part = std::string_view(type).substr(at, end - at);
    const bool name = end < type.size() && type[end] == ' ';
    changed += IsOfWord(c) && !name ? other(part) : std::string(part);
    at = end;
  }
  return changed;
}

std::string ExactType(const std::string& type) {
  return WithOtherTypes(type, [](std::string_view word) {
    return word == "HUGEINT" || word == "UHUGEINT" ? std::string("DECIMAL(38,0)")
                                                   : std::string(word);
  });
}

absl::StatusOr<std::string> WithExactIntegers(sql::SqlProcess& process, const std::string& select) {
  std::string casts;
  TENANTRY_RETURN_IF_ERROR(process.Query(
      fmt::format("SELECT column_name, column_type FROM (DESCRIBE ({}\n)) WHERE column_type LIKE "
                  "'%HUGEINT%'",
                  select),
      [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
        for (size_t row = 0; row < rows.rows(); ++row) {
          const std::string name = SqlIdentifier(rows.column(0).Bytes(row));
          const std::string type(rows.column(1).Bytes(row));
          const std::string exact = ExactType(type);
          if (exact == type) continue;
          casts +=
              fmt::format("{}CAST({} AS {}) AS {}", casts.empty() ? "" : ", ", name, exact, name);
        }
        return absl::OkStatus();
      }));
  if (casts.empty()) return select;
  return fmt::format("SELECT * REPLACE ({}) FROM ({}\n)", casts, select);
}

}  // namespace tenantry::lake::datasets
