#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "metastore/metastore.h"
#include "tenants/tenant.h"
#include "tenants/tenant_registry.h"

namespace tenantry::tenants {

/// A tenant's row. NotFound; a deleted tenant is found.
absl::StatusOr<Tenant> LoadTenant(metastore::Transaction& transaction, const base::TenantId& id);

/// A new row. AlreadyExists.
absl::Status InsertTenant(metastore::Transaction& transaction, const Tenant& tenant);

/// The row of an existing tenant, whole.
absl::Status SaveTenant(metastore::Transaction& transaction, const Tenant& tenant);

/// Rows that a filter lets through, by id.
absl::StatusOr<std::vector<Tenant>> ListTenants(metastore::Transaction& transaction,
                                                const TenantFilter& filter,
                                                const std::string& after, int64_t limit);

/// How many rows a filter lets through.
absl::StatusOr<int64_t> CountTenants(metastore::Transaction& transaction,
                                     const TenantFilter& filter);

/// Aborted when `versions` are given and none is the tenant's.
absl::Status CheckVersion(const Tenant& tenant, const AnyVersion& versions);

}  // namespace tenantry::tenants
