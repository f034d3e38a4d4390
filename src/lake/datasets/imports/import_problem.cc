#include <string>
#include <utility>

#include "lake/datasets/imports/importer.h"

namespace tenantry::lake::datasets {

using nlohmann::json;

namespace {

constexpr size_t kValueBytesMax = 200;

}  // namespace

std::string Cut(std::string_view text) {
  if (text.size() <= kValueBytesMax) return std::string(text);
  size_t end = kValueBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

json ToJson(const ImportProblem& problem) {
  json object = {{"detail", problem.detail}};
  if (problem.line > 0) object["line"] = problem.line;
  if (problem.column > 0) object["column"] = problem.column;
  if (!problem.column_name.empty()) object["name"] = problem.column_name;
  if (!problem.value.empty()) object["value"] = problem.value;
  return object;
}

std::string Describe(const ImportProblem& problem) {
  std::string where;
  if (problem.line > 0) where = fmt::format("line {}", problem.line);
  if (problem.column > 0)
    where += fmt::format("{}column {}", where.empty() ? "" : ", ", problem.column);
  if (!problem.column_name.empty()) {
    where +=
        where.empty() ? "column " + problem.column_name : fmt::format(" ({})", problem.column_name);
  }
  if (!where.empty()) where += ": ";
  if (!problem.value.empty()) where += fmt::format("'{}' ", problem.value);
  return where + problem.detail;
}

}  // namespace tenantry::lake::datasets
