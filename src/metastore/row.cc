#include <cstdlib>

#include "metastore/metastore.h"

namespace tenantry::metastore {

int64_t Row::Integer(size_t column) const {
  return IsNull(column) ? 0 : std::strtoll(columns_[column]->c_str(), nullptr, 10);
}

double Row::Number(size_t column) const {
  return IsNull(column) ? 0 : std::strtod(columns_[column]->c_str(), nullptr);
}

}  // namespace tenantry::metastore
