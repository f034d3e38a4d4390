#include "identity/caller.h"

#include <array>

#include "base/status.h"

namespace tenantry::identity {
namespace {

constexpr std::array<std::string_view, 5> kRoleNames = {"operator_admin", "analyst", "sre",
                                                        "tenant_admin", "scientist"};

// Who may do what: one line a permission, one column a role in the order of Role.
struct Grant {
  Permission permission;
  std::string_view what;
  std::array<bool, 5> roles;
};

constexpr bool Y = true, N = false;  // NOLINT(readability-identifier-naming): a table
constexpr Grant kGrants[] = {
    {Permission::kReadTenants, "read tenants", {Y, Y, Y, Y, Y}},
    {Permission::kCreateTenants, "register tenants", {Y, N, N, N, N}},
    {Permission::kChangeTenants, "change tenants", {Y, N, N, N, N}},
    {Permission::kDeleteTenants, "delete tenants", {Y, N, N, N, N}},
    {Permission::kReadPeople, "read users and keys", {Y, N, Y, Y, N}},
    {Permission::kManagePeople, "manage users", {Y, N, N, Y, N}},
    {Permission::kManageKeys, "manage keys", {Y, N, N, Y, N}},
    {Permission::kManageOperators, "manage the operator's people", {Y, N, N, N, N}},
    {Permission::kSendEvents, "send events", {Y, N, Y, Y, Y}},
    {Permission::kReadStreams, "follow streams", {Y, Y, Y, Y, Y}},
    {Permission::kReadAnalytics, "read the analytics", {Y, Y, Y, Y, Y}},
    {Permission::kAcknowledge, "acknowledge notifications", {Y, Y, Y, N, N}},
    {Permission::kReadModels, "read models", {Y, Y, Y, N, N}},
    {Permission::kManageModels, "manage models", {Y, Y, N, N, N}},
    {Permission::kAssess, "assess churn", {Y, Y, N, N, N}},
    {Permission::kReadDataSets, "read the list of data sets", {Y, Y, Y, Y, Y}},
    {Permission::kUseDataSets, "see or change the data of a tenant", {N, N, N, Y, Y}},
    {Permission::kReadJobs, "read jobs", {Y, Y, Y, Y, Y}},
    {Permission::kManageJobs, "cancel or resume jobs", {Y, N, Y, Y, Y}},
};

}  // namespace

std::string_view RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

absl::StatusOr<Role> ParseRole(std::string_view name) {
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == name) return static_cast<Role>(i);
  }
  return base::InvalidArgument(
      "role '{}' is none of operator_admin, analyst, sre, tenant_admin, scientist",
      name.substr(0, 64));
}

bool IsOperatorRole(Role role) {
  return role == Role::kOperatorAdmin || role == Role::kAnalyst || role == Role::kSre;
}

std::string Caller::name() const {
  const std::string who = key.empty() ? "user " + user.value() : "key " + key.value();
  return tenant ? who + " of " + tenant->value() : who;
}

absl::Status NoSuchTenant(const base::TenantId& tenant) {
  return base::NotFound("there is no tenant '{}'", tenant);
}

absl::Status Authorize(const Caller& caller, Permission permission,
                       const std::optional<base::TenantId>& tenant) {
  if (tenant && caller.tenant && *caller.tenant != *tenant) return NoSuchTenant(*tenant);
  for (const Grant& grant : kGrants) {
    if (grant.permission != permission) continue;
    if (grant.roles[static_cast<size_t>(caller.role)]) return absl::OkStatus();
    return base::Error(absl::StatusCode::kPermissionDenied, "the role {} may not {}",
                       RoleName(caller.role), grant.what);
  }
  return base::Internal("a permission has no grant");
}

}  // namespace tenantry::identity
