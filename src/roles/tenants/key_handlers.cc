#include <utility>

#include "net/percent.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"
#include "roles/tenants/tenants_role.h"

namespace tenantry::roles {

using identity::Authorize;
using identity::Key;
using identity::Permission;
using identity::Scope;
using net::HttpResponse;
using net::Problem;

namespace {

// Whose keys: the path's tenant's, else those of the caller's own tenant or of the operator.
absl::StatusOr<Scope> KeyScope(const net::HttpRequest& request, const identity::Caller& caller,
                               Permission permission) {
  if (!request.path_params.contains("tenantID")) {
    const bool operators = caller.is_operator() && permission != Permission::kReadPeople;
    TENANTRY_RETURN_IF_ERROR(
        Authorize(caller, operators ? Permission::kManageOperators : permission));
    return Scope(caller.tenant);
  }
  TENANTRY_ASSIGN_OR_RETURN(auto tenant, PathId<base::TenantId>(request, "tenantID"));
  TENANTRY_RETURN_IF_ERROR(Authorize(caller, permission, tenant));
  return Scope(std::move(tenant));
}

nlohmann::json Show(const Key& key) {
  nlohmann::json json = {{"keyID", key.id.value()},
                         {"kind", key.kind},
                         {"role", identity::RoleName(key.role)},
                         {"created", ShowTime(key.created)},
                         {"lastUsed", nullptr}};
  if (key.last_used) json["lastUsed"] = ShowTime(*key.last_used);
  if (key.scope) json["tenantID"] = key.scope->value();
  return json;
}

}  // namespace

HttpResponse TenantsRole::ListKeys(const Request& request, const Caller& caller) {
  const auto scope = KeyScope(request, caller, Permission::kReadPeople);
  if (!scope.ok()) return Problem(scope.status());
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  const auto keys = keys_.List(*scope, page->after, page->limit + 1);
  if (!keys.ok()) return Problem(keys.status());
  std::vector<std::pair<std::string, std::string>> items;
  for (const Key& key : *keys) items.emplace_back(key.id.value(), Show(key).dump());
  return PageResponse(request, *page, std::move(items));
}

absl::Status TenantsRole::MayCreateKey(const Request& request, const Caller& caller) {
  return KeyScope(request, caller, Permission::kManageKeys).status();
}

HttpResponse TenantsRole::CreateKey(const Request& request, const Caller& caller) {
  const auto made = [&]() -> absl::StatusOr<identity::NewKey> {
    TENANTRY_ASSIGN_OR_RETURN(const Scope scope,
                              KeyScope(request, caller, Permission::kManageKeys));
    TENANTRY_ASSIGN_OR_RETURN(const auto body, ReadObject(request.body));
    TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"kind", "role"}));
    TENANTRY_ASSIGN_OR_RETURN(const std::string kind, RequiredText(body, "kind"));
    TENANTRY_ASSIGN_OR_RETURN(const std::string name, RequiredText(body, "role"));
    TENANTRY_ASSIGN_OR_RETURN(const identity::Role role, identity::ParseRole(name));
    return keys_.Create(scope, kind, role, ActorOf(caller, request));
  }();
  if (!made.ok()) return Problem(made.status());
  nlohmann::json shown = Show(made->key);
  shown["secret"] = made->secret;
  HttpResponse response = HttpResponse::Json(201, shown);
  response.headers.emplace("Location",
                           request.path + "/" + net::PercentEncode(made->key.id.value()));
  return response;
}

HttpResponse TenantsRole::RevokeKey(const Request& request, const Caller& caller) {
  const absl::Status revoked = [&]() -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const Scope scope,
                              KeyScope(request, caller, Permission::kManageKeys));
    TENANTRY_ASSIGN_OR_RETURN(const auto key, PathId<base::KeyId>(request, "keyID"));
    return keys_.Revoke(scope, key, ActorOf(caller, request));
  }();
  return revoked.ok() ? HttpResponse::NoContent() : Problem(revoked);
}

}  // namespace tenantry::roles
