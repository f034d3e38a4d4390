#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"

namespace tenantry::metastore {

/// Whose rows a transaction may touch: one tenant's, or, for the operator and the system itself,
/// everybody's. A backend with row-level security sets it for the whole transaction; what writes
/// rows of a tenant checks it everywhere. Immutable.
class TenantScope {
 public:
  /// All rows.
  static TenantScope Operator() { return TenantScope({}); }
  /// The rows of `tenant` alone; an id that names nothing gives a scope that covers nothing.
  static TenantScope Of(const base::TenantId& tenant) {
    TenantScope scope(tenant.value());
    scope.operator_ = false;
    return scope;
  }

  /// True for the scope of all rows.
  bool is_operator() const { return operator_; }
  /// The tenant's id; empty for the operator.
  const std::string& tenant() const { return tenant_; }

  /// True when rows of `tenant` may be touched; the operator's own rows have an empty tenant.
  bool Covers(std::string_view tenant) const {
    return operator_ || (!tenant.empty() && tenant == tenant_);
  }

  bool operator==(const TenantScope&) const = default;

 private:
  explicit TenantScope(std::string tenant) : tenant_(std::move(tenant)) {}

  std::string tenant_;
  bool operator_ = true;
};

}  // namespace tenantry::metastore
