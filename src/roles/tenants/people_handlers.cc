#include <optional>
#include <utility>

#include "net/percent.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"
#include "roles/tenants/tenants_role.h"

namespace tenantry::roles {

using identity::Authorize;
using identity::Permission;
using identity::Scope;
using identity::User;
using net::HttpResponse;
using net::Problem;

namespace {

// Whose people the path is about, when the caller may do this with them.
absl::StatusOr<Scope> PeopleScope(const net::HttpRequest& request, const identity::Caller& caller,
                                  Permission permission) {
  if (!request.path_params.contains("tenantID")) {
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kManageOperators));
    return Scope();
  }
  TENANTRY_ASSIGN_OR_RETURN(auto tenant, PathId<base::TenantId>(request, "tenantID"));
  TENANTRY_RETURN_IF_ERROR(Authorize(caller, permission, tenant));
  return Scope(std::move(tenant));
}

nlohmann::json Show(const User& user) {
  nlohmann::json json = {{"userID", user.id.value()},
                         {"role", identity::RoleName(user.role)},
                         {"created", ShowTime(user.created)}};
  json["lastLogin"] = user.last_login ? nlohmann::json(ShowTime(*user.last_login)) : nullptr;
  if (user.scope) json["tenantID"] = user.scope->value();
  return json;
}

}  // namespace

HttpResponse TenantsRole::ListUsers(const Request& request, const Caller& caller) {
  const auto scope = PeopleScope(request, caller, Permission::kReadPeople);
  if (!scope.ok()) return Problem(scope.status());
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  const auto users = people_.List(*scope, page->after, page->limit + 1);
  if (!users.ok()) return Problem(users.status());
  std::vector<std::pair<std::string, std::string>> items;
  for (const User& user : *users) items.emplace_back(user.id.value(), Show(user).dump());
  return PageResponse(request, *page, std::move(items));
}

HttpResponse TenantsRole::AddUser(const Request& request, const Caller& caller) {
  const auto added = [&]() -> absl::StatusOr<User> {
    TENANTRY_ASSIGN_OR_RETURN(const Scope scope,
                              PeopleScope(request, caller, Permission::kManagePeople));
    TENANTRY_ASSIGN_OR_RETURN(const auto body, ReadObject(request.body));
    TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"userID", "role", "password"}));
    identity::NewUser user;
    TENANTRY_ASSIGN_OR_RETURN(const std::string id, RequiredText(body, "userID"));
    TENANTRY_ASSIGN_OR_RETURN(user.id, NewId<base::UserId>(id));
    TENANTRY_ASSIGN_OR_RETURN(const std::string role, RequiredText(body, "role"));
    TENANTRY_ASSIGN_OR_RETURN(user.role, identity::ParseRole(role));
    TENANTRY_ASSIGN_OR_RETURN(user.password, OptionalText(body, "password"));
    return people_.Add(scope, user, ActorOf(caller, request));
  }();
  if (!added.ok()) return Problem(added.status());
  HttpResponse response = HttpResponse::Json(201, Show(*added));
  const std::string id = net::PercentEncode(added->id.value());
  response.headers.emplace("Location",
                           added->scope ? fmt::format("/api/v1/tenants/{}/users/{}",
                                                      net::PercentEncode(added->scope->value()), id)
                                        : "/api/v1/users/" + id);
  return response;
}

HttpResponse TenantsRole::GetUser(const Request& request, const Caller& caller) {
  const auto found = [&]() -> absl::StatusOr<User> {
    TENANTRY_ASSIGN_OR_RETURN(const Scope scope,
                              PeopleScope(request, caller, Permission::kReadPeople));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::UserId>(request, "userID"));
    return people_.Get(scope, id);
  }();
  return found.ok() ? HttpResponse::Json(200, Show(*found)) : Problem(found.status());
}

HttpResponse TenantsRole::ChangeUser(const Request& request, const Caller& caller) {
  const auto changed = [&]() -> absl::StatusOr<User> {
    TENANTRY_ASSIGN_OR_RETURN(const Scope scope,
                              PeopleScope(request, caller, Permission::kManagePeople));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::UserId>(request, "userID"));
    TENANTRY_ASSIGN_OR_RETURN(const auto body, ReadObject(request.body));
    TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"role", "password"}));
    identity::UserChange change;
    TENANTRY_ASSIGN_OR_RETURN(const auto role, OptionalText(body, "role"));
    if (role) {
      TENANTRY_ASSIGN_OR_RETURN(change.role, identity::ParseRole(*role));
    }
    TENANTRY_ASSIGN_OR_RETURN(change.password, OptionalText(body, "password"));
    change.by_themselves = caller.tenant == scope && caller.user == id;
    return people_.Change(scope, id, change, base::SessionId(), ActorOf(caller, request));
  }();
  return changed.ok() ? HttpResponse::Json(200, Show(*changed)) : Problem(changed.status());
}

HttpResponse TenantsRole::RemoveUser(const Request& request, const Caller& caller) {
  const absl::Status removed = [&]() -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const Scope scope,
                              PeopleScope(request, caller, Permission::kManagePeople));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::UserId>(request, "userID"));
    return people_.Remove(scope, id, ActorOf(caller, request));
  }();
  return removed.ok() ? HttpResponse::NoContent() : Problem(removed);
}

}  // namespace tenantry::roles
