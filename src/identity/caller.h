#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace tenantry::identity {

/// What a person or a key may do. The first three are the operator's people, the others a tenant's.
enum class Role { kOperatorAdmin, kAnalyst, kSre, kTenantAdmin, kScientist };

/// `operator_admin`, `analyst`, `sre`, `tenant_admin`, `scientist`.
std::string_view RoleName(Role role);

/// The role of that name. InvalidArgument names the five.
absl::StatusOr<Role> ParseRole(std::string_view name);

/// True for the roles of the operator's people.
bool IsOperatorRole(Role role);

/// Who makes a request: the tenant context that everything it does carries.
struct Caller {
  Role role = Role::kScientist;
  std::optional<base::TenantId> tenant;  ///< absent for the operator's people
  base::UserId user;                     ///< empty for a key
  base::SessionId session;               ///< empty for a key
  base::KeyId key;                       ///< empty for a session

  /// True for the operator's people and keys.
  bool is_operator() const { return !tenant.has_value(); }

  /// For the audit trail and idempotency: "user admin", "user ann of acme", "key K of acme".
  std::string name() const;
};

/// What a request wants to do.
enum class Permission {
  kReadTenants,
  kCreateTenants,
  kChangeTenants,
  kDeleteTenants,
  kReadPeople,
  kManagePeople,
  kManageKeys,
  kManageOperators,
  kSendEvents,
  kReadStreams,
  kReadAnalytics,
  kAcknowledge,
  kReadModels,
  kManageModels,
  kAssess,
  kReadDataSets,
  kUseDataSets,  ///< also by SQL: queries, jobs that are submitted
  kReadJobs,
  kManageJobs,  ///< those that were submitted: cancel, resume
};

/// OK when the caller's role has the permission, and, where `tenant` is given, the caller is of the
/// operator or of that tenant. Another tenant's id gives NotFound, worded as for an absent one;
/// PermissionDenied otherwise.
absl::Status Authorize(const Caller& caller, Permission permission,
                       const std::optional<base::TenantId>& tenant = std::nullopt);

/// The error for a tenant that does not exist, or is not the caller's.
absl::Status NoSuchTenant(const base::TenantId& tenant);

}  // namespace tenantry::identity
