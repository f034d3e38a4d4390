#include <utility>

#include "roles/http/request_body.h"
#include "roles/http/session_cookie.h"
#include "roles/tenants/tenants_role.h"

namespace tenantry::roles {

using identity::Scope;
using net::HttpResponse;
using net::Problem;

namespace {

// What somebody logs in with.
struct Credentials {
  Scope scope;
  base::UserId user;
  std::string password;
  bool cookie = false;  // the token goes into the page's cookie, not into the answer
};

absl::StatusOr<Credentials> ReadCredentials(const net::HttpRequest& request) {
  TENANTRY_ASSIGN_OR_RETURN(const auto body, ReadObject(request.body));
  TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"tenantID", "userID", "password", "cookie"}));
  Credentials credentials;
  TENANTRY_ASSIGN_OR_RETURN(const auto tenant, OptionalText(body, "tenantID"));
  if (tenant) {
    TENANTRY_ASSIGN_OR_RETURN(credentials.scope, base::TenantId::Parse(*tenant));
  }
  TENANTRY_ASSIGN_OR_RETURN(const std::string id, RequiredText(body, "userID"));
  TENANTRY_ASSIGN_OR_RETURN(credentials.user, base::UserId::Parse(id));
  TENANTRY_ASSIGN_OR_RETURN(credentials.password, RequiredText(body, "password"));
  if (const auto cookie = body.find("cookie"); cookie != body.end()) {
    if (!cookie->is_boolean()) return base::InvalidArgument("cookie must be true or false");
    credentials.cookie = cookie->get<bool>();
  }
  // Nobody else's page may log a browser in as somebody of theirs.
  if (credentials.cookie) TENANTRY_RETURN_IF_ERROR(CheckSameOrigin(request));
  return credentials;
}

}  // namespace

HttpResponse TenantsRole::LogIn(const Request& request) {
  const auto credentials = ReadCredentials(request);
  if (!credentials.ok()) return Problem(credentials.status());
  const auto session = sessions_.LogIn(credentials->scope, credentials->user, credentials->password,
                                       OriginOf(request));
  if (!session.ok()) return Problem(session.status());
  return GiveSession(request, *session, credentials->cookie);
}

HttpResponse TenantsRole::GiveSession(const Request& request, const identity::NewSession& session,
                                      bool cookie) {
  nlohmann::json answer = {{"expires", ShowTime(session.expires)},
                           {"sessionID", session.id.value()}};
  if (!cookie) {
    answer["token"] = session.token;
    return HttpResponse::Json(201, answer);
  }
  HttpResponse response = HttpResponse::Json(201, answer);
  response.headers.emplace(
      "Set-Cookie", SetSessionCookie(session.token, sessions_.life(), tls_ || SaysHttps(request)));
  return response;
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
  if (!status.ok()) return Problem(status);
  HttpResponse response = HttpResponse::NoContent();
  if (!request.Header("Cookie").empty()) {
    response.headers.emplace(
        "Set-Cookie", SetSessionCookie("", absl::ZeroDuration(), tls_ || SaysHttps(request)));
  }
  return response;
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
    TENANTRY_ASSIGN_OR_RETURN(change.proven_hash, sessions_.Prove(caller, password));
    if (!change.proven_hash) {
      return base::Error(absl::StatusCode::kPermissionDenied, "password is not the present one");
    }
    return people_
        .Change(caller.tenant, caller.user, change, caller.session, ActorOf(caller, request))
        .status();
  }();
  return changed.ok() ? HttpResponse::NoContent() : Problem(changed);
}

}  // namespace tenantry::roles
