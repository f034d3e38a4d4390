#include "lake/datasets/query/reserved_names.h"

#include <algorithm>
#include <array>

#include "base/status.h"
#include "lake/datasets/data_set.h"

namespace tenantry::lake::datasets {
namespace {

constexpr std::array<std::string_view, 105> kWords = {
    "all",           "analyse",     "analyze",   "and",        "anti",         "any",
    "array",         "as",          "asc",       "asof",       "asymmetric",   "at",
    "authorization", "binary",      "both",      "by",         "case",         "cast",
    "check",         "collate",     "collation", "column",     "concurrently", "constraint",
    "create",        "cross",       "default",   "deferrable", "desc",         "describe",
    "distinct",      "do",          "else",      "end",        "except",       "false",
    "fetch",         "for",         "foreign",   "freeze",     "from",         "full",
    "glob",          "group",       "having",    "ilike",      "in",           "initially",
    "inner",         "intersect",   "into",      "is",         "isnull",       "join",
    "lambda",        "lateral",     "leading",   "left",       "like",         "limit",
    "natural",       "not",         "notnull",   "null",       "offset",       "on",
    "only",          "or",          "order",     "outer",      "overlaps",     "pivot",
    "pivot_longer",  "pivot_wider", "placing",   "positional", "primary",      "qualify",
    "references",    "returning",   "right",     "select",     "semi",         "show",
    "similar",       "some",        "summarize", "symmetric",  "table",        "tablesample",
    "then",          "to",          "trailing",  "true",       "union",        "unique",
    "unpack",        "unpivot",     "using",     "variadic",   "verbose",      "when",
    "where",         "window",      "with"};
static_assert(std::ranges::is_sorted(kWords));

}  // namespace

absl::Status CheckNotReserved(std::string_view name) {
  if (!std::ranges::binary_search(kWords, DataSetNameKey(name))) return absl::OkStatus();
  return base::InvalidArgument(
      "a data set can't be named '{0}', which is a word of SQL: FROM {0} would fail; take another "
      "name, like {0}_data",
      name);
}

std::span<const std::string_view> ReservedNames() { return kWords; }

}  // namespace tenantry::lake::datasets
