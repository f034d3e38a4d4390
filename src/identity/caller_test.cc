#include "identity/caller.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/status.h"

namespace tenantry::identity {
namespace {

using base::Message;

constexpr Role kRoles[] = {Role::kOperatorAdmin, Role::kAnalyst, Role::kSre, Role::kTenantAdmin,
                           Role::kScientist};

// The roles, in the order above, that may do a thing, as the letters of their names: O, A, S, T, C.
// The operator's admin does everything; its analysts read, judge the churn models and acknowledge;
// its SREs watch, import events, cancel and resume jobs. What is in data sets, and what SQL does
// with it, is the tenant's alone. A tenant's admin manages its people and
// keys; its scientists work with data and jobs. Tenants, models and scoring are the operator's
// business.
struct Line {
  Permission permission;
  const char* roles;
};
constexpr Line kTable[] = {
    {Permission::kReadTenants, "OASTC"},   {Permission::kCreateTenants, "O"},
    {Permission::kChangeTenants, "O"},     {Permission::kDeleteTenants, "O"},
    {Permission::kReadPeople, "OST"},      {Permission::kManagePeople, "OT"},
    {Permission::kManageKeys, "OT"},       {Permission::kManageOperators, "O"},
    {Permission::kSendEvents, "OSTC"},     {Permission::kReadStreams, "OASTC"},
    {Permission::kReadAnalytics, "OASTC"}, {Permission::kAcknowledge, "OAS"},
    {Permission::kReadModels, "OAS"},      {Permission::kManageModels, "OA"},
    {Permission::kAssess, "OA"},           {Permission::kReadDataSets, "OASTC"},
    {Permission::kUseDataSets, "TC"},      {Permission::kReadJobs, "OASTC"},
    {Permission::kManageJobs, "OSTC"},
};

char Letter(Role role) { return "OASTC"[static_cast<size_t>(role)]; }

Caller Of(Role role) {
  Caller caller;
  caller.role = role;
  caller.user = base::UserId("ann");
  caller.session = base::SessionId("s");
  if (role == Role::kTenantAdmin || role == Role::kScientist) {
    caller.tenant = base::TenantId("acme");
  }
  return caller;
}

TEST(Caller, HasALineOfTheTableForEachPermission) {
  for (size_t i = 0; i < std::size(kTable); ++i) {
    EXPECT_EQ(static_cast<size_t>(kTable[i].permission), i);
  }
  EXPECT_EQ(static_cast<size_t>(Permission::kManageJobs) + 1, std::size(kTable));
}

TEST(Caller, MayDoExactlyWhatItsRoleSays) {
  for (const Line& line : kTable) {
    for (const Role role : kRoles) {
      SCOPED_TRACE(std::string(RoleName(role)) + ", permission " +
                   std::to_string(static_cast<int>(line.permission)));
      const bool may = std::string_view(line.roles).find(Letter(role)) != std::string_view::npos;
      for (const auto& tenant :
           {std::optional<base::TenantId>(), std::optional(base::TenantId("acme"))}) {
        const absl::Status status = Authorize(Of(role), line.permission, tenant);
        EXPECT_EQ(status.ok(), may) << status;
        EXPECT_EQ(absl::IsPermissionDenied(status), !may) << status;
        if (may) continue;
        EXPECT_NE(Message(status).find(RoleName(role)), std::string_view::npos)
            << "the refusal names the role: " << status;
      }
    }
  }
}

TEST(Caller, OfTheOperatorReachesEveryTenantAndOneOfATenantOnlyItsOwn) {
  const base::TenantId foreign("globex");
  for (const Line& line : kTable) {
    for (const Role role : kRoles) {
      SCOPED_TRACE(std::string(RoleName(role)) + ", permission " +
                   std::to_string(static_cast<int>(line.permission)));
      const absl::Status status = Authorize(Of(role), line.permission, foreign);
      if (IsOperatorRole(role)) {
        EXPECT_EQ(status, Authorize(Of(role), line.permission));
      } else {
        EXPECT_EQ(status, NoSuchTenant(foreign)) << "a foreign tenant looks like an absent one";
      }
    }
  }
  EXPECT_TRUE(absl::IsNotFound(NoSuchTenant(foreign)));
  EXPECT_EQ(Message(NoSuchTenant(foreign)), "there is no tenant 'globex'");
}

TEST(Caller, TakesTenantsForTheSameOnlyWhenTheirIdsAreTheSameBytes) {
  for (const char* other : {"Acme", "acme ", "acm", "acme2", "", "%", "a%"}) {
    EXPECT_TRUE(absl::IsNotFound(
        Authorize(Of(Role::kTenantAdmin), Permission::kReadTenants, base::TenantId(other))))
        << "'" << other << "'";
  }
}

TEST(Caller, NamesItselfForTheAuditTrail) {
  Caller caller;
  caller.user = base::UserId("admin");
  EXPECT_EQ(caller.name(), "user admin");
  EXPECT_TRUE(caller.is_operator());
  caller.tenant = base::TenantId("acme");
  EXPECT_EQ(caller.name(), "user admin of acme");
  EXPECT_FALSE(caller.is_operator());
  caller.user = base::UserId();
  caller.key = base::KeyId("k_1");
  EXPECT_EQ(caller.name(), "key k_1 of acme");
  caller.tenant.reset();
  EXPECT_EQ(caller.name(), "key k_1");
}

TEST(Role, HasTheNamesOfTheContract) {
  const std::vector<std::string> names = {"operator_admin", "analyst", "sre", "tenant_admin",
                                          "scientist"};
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(RoleName(kRoles[i]), names[i]);
    const auto parsed = ParseRole(names[i]);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, kRoles[i]);
    EXPECT_EQ(IsOperatorRole(kRoles[i]), i < 3) << names[i];
  }
}

TEST(Role, IsRefusedByAnyOtherNameAndTheRefusalNamesTheFive) {
  const std::vector<std::string> wrong = {"",         "Analyst",
                                          "sre ",     "root",
                                          "SRE",      std::string("sre\0", 4),
                                          "scientis", std::string(10'000, 'x')};
  for (const std::string& name : wrong) {
    const absl::Status status = ParseRole(name).status();
    ASSERT_TRUE(absl::IsInvalidArgument(status)) << name.substr(0, 64);
    EXPECT_LT(Message(status).size(), 300);
    for (const Role role : kRoles) {
      EXPECT_NE(Message(status).find(RoleName(role)), std::string_view::npos) << status;
    }
  }
}

}  // namespace
}  // namespace tenantry::identity
