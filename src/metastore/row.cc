#include <fmt/format.h>

#include "base/check.h"
#include "metastore/metastore.h"

namespace tenantry::metastore {

const Value& Row::At(size_t column) const {
  TENANTRY_CHECK(column < columns_.size());
  return columns_[column];
}

bool Row::IsNull(size_t column) const { return std::holds_alternative<std::monostate>(At(column)); }

std::string Row::Text(size_t column) const {
  const Value& value = At(column);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<int64_t>(&value)) return fmt::format("{}", *integer);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return {};
}

int64_t Row::Integer(size_t column) const {
  if (IsNull(column)) return 0;
  const auto* integer = std::get_if<int64_t>(&At(column));
  TENANTRY_CHECK(integer != nullptr);
  return *integer;
}

double Row::Number(size_t column) const {
  if (IsNull(column)) return 0;
  if (const auto* integer = std::get_if<int64_t>(&At(column))) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&At(column));
  TENANTRY_CHECK(number != nullptr);
  return *number;
}

}  // namespace tenantry::metastore
