#include "roles/tenants/tenants_role.h"

#include <utility>

#include "roles/http/request_body.h"

namespace tenantry::roles {

std::vector<net::Route> TenantsRole::Routes() {
  std::vector<net::Route> routes;
  AddTenantRoutes(routes);
  AddPeopleRoutes(routes);
  AddKeyRoutes(routes);
  AddSessionRoutes(routes);
  for (net::Route& route : routes) route.handler = TakingJson(std::move(route.handler));
  return routes;
}

// A member function as a handler.
#define TENANTRY_HANDLER(Method) \
  [this](const Request& request, const Caller& caller) { return Method(request, caller); }

void TenantsRole::AddTenantRoutes(std::vector<net::Route>& routes) {
  const std::string all = "/api/v1/tenants", one = all + "/{tenantID}";
  const auto add = [&](const char* method, const std::string& pattern, const char* operation,
                       AuthenticatedHandler handler, std::vector<std::string> query = {}) {
    routes.push_back(
        {method, pattern, operation, door_.Authenticated(std::move(handler)), std::move(query)});
  };
  add("GET", all, "listTenants", TENANTRY_HANDLER(ListTenants),
      {"limit", "cursor", "q", "industry", "plan", "pattern", "status"});
  add("GET", all + "/count", "countTenants", TENANTRY_HANDLER(CountTenants),
      {"q", "industry", "plan", "pattern", "status"});
  add("GET", one, "getTenant", TENANTRY_HANDLER(GetTenant));
  add("PUT", one, "replaceTenant", TENANTRY_HANDLER(ReplaceTenant));
  add("PATCH", one, "updateTenant", TENANTRY_HANDLER(UpdateTenant));
  add("DELETE", one, "deleteTenant", TENANTRY_HANDLER(DeleteTenant));
  routes.push_back(
      {"POST", all, "createTenant",
       door_.Creating(identity::Permission::kCreateTenants, TENANTRY_HANDLER(CreateTenant))});
}

void TenantsRole::AddPeopleRoutes(std::vector<net::Route>& routes) {
  const struct {
    std::string path;
    std::string whose;
    identity::Permission permission;  // to add one
  } scopes[] = {{"/api/v1/tenants/{tenantID}/users", "Tenant", identity::Permission::kManagePeople},
                {"/api/v1/users", "Operator", identity::Permission::kManageOperators}};
  for (const auto& [all, whose, permission] : scopes) {
    const std::string one = all + "/{userID}";
    const auto add = [&](const char* method, const std::string& pattern,
                         const std::string& operation, AuthenticatedHandler handler,
                         std::vector<std::string> query = {}) {
      routes.push_back(
          {method, pattern, operation, door_.Authenticated(std::move(handler)), std::move(query)});
    };
    add("GET", all, "list" + whose + "Users", TENANTRY_HANDLER(ListUsers), {"limit", "cursor"});
    add("GET", one, "get" + whose + "User", TENANTRY_HANDLER(GetUser));
    add("PATCH", one, "update" + whose + "User", TENANTRY_HANDLER(ChangeUser));
    add("DELETE", one, "remove" + whose + "User", TENANTRY_HANDLER(RemoveUser));
    routes.push_back({"POST", all, "add" + whose + "User",
                      door_.Creating(permission, TENANTRY_HANDLER(AddUser))});
  }
}

void TenantsRole::AddKeyRoutes(std::vector<net::Route>& routes) {
  const struct {
    std::string path;
    std::string whose;
  } scopes[] = {{"/api/v1/tenants/{tenantID}/keys", "Tenant"}, {"/api/v1/keys", ""}};
  for (const auto& [all, whose] : scopes) {
    routes.push_back({"GET",
                      all,
                      "list" + whose + "Keys",
                      door_.Authenticated(TENANTRY_HANDLER(ListKeys)),
                      {"limit", "cursor"}});
    routes.push_back({"POST", all, "create" + whose + "Key",
                      door_.Creating(MayCreateKey, TENANTRY_HANDLER(CreateKey))});
    routes.push_back({"DELETE", all + "/{keyID}", "revoke" + whose + "Key",
                      door_.Authenticated(TENANTRY_HANDLER(RevokeKey))});
  }
}

void TenantsRole::AddSessionRoutes(std::vector<net::Route>& routes) {
  const std::string current = "/api/v1/sessions/current";
  routes.push_back({"POST", "/api/v1/sessions", "logIn",
                    [this](const Request& request) { return LogIn(request); }});
  routes.push_back(
      {"GET", current, "getSession", door_.Authenticated(TENANTRY_HANDLER(GetSession))});
  routes.push_back({"DELETE", current, "logOff", door_.Authenticated(TENANTRY_HANDLER(LogOff))});
  routes.push_back({"POST", current + "/password", "changePassword",
                    door_.Authenticated(TENANTRY_HANDLER(ChangePassword))});
}

#undef TENANTRY_HANDLER

}  // namespace tenantry::roles
