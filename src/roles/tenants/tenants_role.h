#pragma once

#include <string_view>
#include <vector>

#include "identity/keys.h"
#include "identity/people.h"
#include "identity/sessions.h"
#include "roles/http/doorkeeper.h"
#include "roles/role.h"
#include "tenants/tenant_registry.h"

namespace tenantry::roles {

/// The Tenant Manager over HTTP: tenants, their people and keys, the operator's own, and login
/// sessions.
class TenantsRole final : public Role {
 public:
  /// The references outlive the role. `tls`: this server speaks TLS, so that its cookies are for
  /// that alone.
  TenantsRole(tenants::TenantRegistry& registry, identity::People& people, identity::Keys& keys,
              identity::Sessions& sessions, const Doorkeeper& door, bool tls = false)
      : registry_(registry),
        people_(people),
        keys_(keys),
        sessions_(sessions),
        door_(door),
        tls_(tls) {}

  std::string_view name() const override { return "tenants"; }
  std::vector<net::Route> Routes() override;

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Caller = identity::Caller;

  void AddTenantRoutes(std::vector<net::Route>& routes);
  void AddPeopleRoutes(std::vector<net::Route>& routes);
  void AddKeyRoutes(std::vector<net::Route>& routes);
  void AddSessionRoutes(std::vector<net::Route>& routes);

  // tenant_handlers.cc
  Response ListTenants(const Request& request, const Caller& caller);
  Response CountTenants(const Request& request, const Caller& caller);
  Response CreateTenant(const Request& request, const Caller& caller);
  Response GetTenant(const Request& request, const Caller& caller);
  Response ReplaceTenant(const Request& request, const Caller& caller);
  Response UpdateTenant(const Request& request, const Caller& caller);
  Response DeleteTenant(const Request& request, const Caller& caller);

  // people_handlers.cc; the scope is the path's tenant, or the operator where the path has none
  Response ListUsers(const Request& request, const Caller& caller);
  Response AddUser(const Request& request, const Caller& caller);
  Response GetUser(const Request& request, const Caller& caller);
  Response ChangeUser(const Request& request, const Caller& caller);
  Response RemoveUser(const Request& request, const Caller& caller);

  // key_handlers.cc; the scope is the path's tenant, or the caller's own where the path has none
  Response ListKeys(const Request& request, const Caller& caller);
  Response CreateKey(const Request& request, const Caller& caller);
  static absl::Status MayCreateKey(const Request& request, const Caller& caller);
  Response RevokeKey(const Request& request, const Caller& caller);

  // session_handlers.cc
  Response LogIn(const Request& request);
  Response GiveSession(const Request& request, const identity::NewSession& session, bool cookie);
  Response GetSession(const Request& request, const Caller& caller);
  Response LogOff(const Request& request, const Caller& caller);
  Response ChangePassword(const Request& request, const Caller& caller);

  tenants::TenantRegistry& registry_;
  identity::People& people_;
  identity::Keys& keys_;
  identity::Sessions& sessions_;
  const Doorkeeper& door_;
  const bool tls_;
};

}  // namespace tenantry::roles
