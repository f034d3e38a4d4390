#include <utility>

#include "roles/http/request_body.h"
#include "roles/tenants/tenants_role.h"

namespace tenantry::roles {

using identity::Scope;
using net::HttpResponse;
using net::Problem;

HttpResponse TenantsRole::LogIn(const Request& request) {
  const auto session = [&]() -> absl::StatusOr<identity::NewSession> {
    TENANTRY_ASSIGN_OR_RETURN(const auto body, ReadObject(request.body));
    TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"tenantID", "userID", "password"}));
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, OptionalText(body, "tenantID"));
    TENANTRY_ASSIGN_OR_RETURN(const std::string id, RequiredText(body, "userID"));
    TENANTRY_ASSIGN_OR_RETURN(const std::string password, RequiredText(body, "password"));
    TENANTRY_ASSIGN_OR_RETURN(const auto user, base::UserId::Parse(id));
    Scope scope;
    if (tenant) {
      TENANTRY_ASSIGN_OR_RETURN(scope, base::TenantId::Parse(*tenant));
    }
    return sessions_.LogIn(scope, user, password, OriginOf(request));
  }();
  if (!session.ok()) return Problem(session.status());
  return HttpResponse::Json(201, {{"token", session->token},
                                  {"expires", ShowTime(session->expires)},
                                  {"sessionID", session->id.value()}});
}

HttpResponse TenantsRole::GetSession(const Request& /*request*/, const Caller& caller) {
  nlohmann::json json = {{"role", identity::RoleName(caller.role)}};
  if (caller.tenant) json["tenantID"] = caller.tenant->value();
  if (!caller.key.empty()) json["keyID"] = caller.key.value();
  if (!caller.session.empty()) {
    json["userID"] = caller.user.value();
    json["sessionID"] = caller.session.value();
    const auto expires = sessions_.Expiry(caller.session);
    if (!expires.ok()) return Problem(expires.status());
    json["expires"] = ShowTime(*expires);
  }
  return HttpResponse::Json(200, json);
}

HttpResponse TenantsRole::LogOff(const Request& request, const Caller& caller) {
  const absl::Status status = sessions_.LogOff(caller, OriginOf(request));
  return status.ok() ? HttpResponse::NoContent() : Problem(status);
}

HttpResponse TenantsRole::ChangePassword(const Request& request, const Caller& caller) {
  const absl::Status changed = [&]() -> absl::Status {
    if (caller.user.empty()) {
      return base::FailedPrecondition("a key has no password: log in as a user");
    }
    TENANTRY_ASSIGN_OR_RETURN(const auto body, ReadObject(request.body));
    TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"password", "newPassword"}));
    TENANTRY_ASSIGN_OR_RETURN(const std::string password, RequiredText(body, "password"));
    identity::UserChange change;
    TENANTRY_ASSIGN_OR_RETURN(change.password, RequiredText(body, "newPassword"));
    TENANTRY_ASSIGN_OR_RETURN(const bool right, sessions_.HasPassword(caller, password));
    if (!right) {
      return base::Error(absl::StatusCode::kPermissionDenied, "password is not the present one");
    }
    return people_
        .Change(caller.tenant, caller.user, change, caller.session, ActorOf(caller, request))
        .status();
  }();
  return changed.ok() ? HttpResponse::NoContent() : Problem(changed);
}

}  // namespace tenantry::roles
