#include "roles/http/doorkeeper.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "roles/http/request_body.h"
#include "roles/http/session_cookie.h"
#include "runtime/logging.h"

namespace tenantry::roles {

using identity::Caller;
using net::HttpRequest;
using net::HttpResponse;
using nlohmann::json;

namespace {

constexpr size_t kKeyBytesMax = 255;
constexpr const char* kKeptHeaders[] = {"Content-Type", "Location", "ETag"};

std::string Lowered(std::string_view name) {
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return lowered;
}

// An answer as it is kept: status, the headers that matter, the body without its secret.
std::string Keep(const HttpResponse& response) {
  json headers = json::object();
  for (const char* name : kKeptHeaders) {
    const auto found = response.headers.find(name);
    if (found != response.headers.end()) headers[name] = found->second;
  }
  std::string body = response.body;
  json parsed = json::parse(body, nullptr, false);
  if (parsed.is_object() && parsed.erase("secret") > 0) {
    parsed["note"] = "the secret was shown with the first answer and is not kept";
    body = parsed.dump();
  }
  return json({{"status", response.status}, {"headers", headers}, {"body", body}})
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

HttpResponse Replay(const std::string& kept) {
  const json answer = json::parse(kept);
  HttpResponse response;
  response.status = answer.at("status").get<int>();
  response.body = answer.at("body").get<std::string>();
  for (const auto& [name, value] : answer.at("headers").items()) {
    response.headers.emplace(name, value.get<std::string>());
  }
  response.headers.emplace("Idempotent-Replayed", "true");
  return response;
}

// What makes two requests the same: for an event in binary mode its headers, too.
std::string Sameness(const HttpRequest& request) {
  std::string all = request.method + '\n' + request.path + '\n';
  const auto add = [&](std::string_view kind, std::string_view name, std::string_view value) {
    all += fmt::format("{} {} {} {}{}\n", kind, name.size(), value.size(), name, value);
  };
  for (const auto& [name, value] : request.query) add("query", name, value);
  for (const auto& [name, value] : request.headers) {
    const bool of_event = net::SameWord(std::string_view(name).substr(0, 3), "ce-");
    if (of_event || net::SameWord(name, "Content-Type")) add("header", Lowered(name), value);
  }
  return all + request.body;
}

}  // namespace

net::Handler Doorkeeper::Authenticated(AuthenticatedHandler handler) const {
  return [this, handler = std::move(handler)](const HttpRequest& request) {
    const auto credential = CredentialOf(request);
    if (!credential.ok()) return net::Problem(credential.status());
    const auto caller = authenticator_.Authenticate(*credential);
    if (!caller.ok()) return net::Problem(caller.status());
    if (caller->tenant) runtime::LogContext::SetTenant(caller->tenant->value());
    return handler(request, *caller);
  };
}

net::Handler Doorkeeper::Creating(MayRequest may, AuthenticatedHandler handler) const {
  return Authenticated([this, may = std::move(may), handler = std::move(handler)](
                           const HttpRequest& request, const Caller& caller) {
    const absl::Status allowed = may(request, caller);
    return allowed.ok() ? Once(handler, request, caller) : net::Problem(allowed);
  });
}

net::Handler Doorkeeper::Creating(identity::Permission permission,
                                  AuthenticatedHandler handler) const {
  const auto may = [permission](const HttpRequest& request, const Caller& caller) -> absl::Status {
    if (!request.path_params.contains("tenantID")) return identity::Authorize(caller, permission);
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, PathId<base::TenantId>(request, "tenantID"));
    return identity::Authorize(caller, permission, tenant);
  };
  return Creating(may, std::move(handler));
}

std::function<std::optional<HttpResponse>(const HttpRequest&)> Doorkeeper::Admitting(
    identity::Permission permission) const {
  return [this, permission](const HttpRequest& request) -> std::optional<HttpResponse> {
    const auto credential = CredentialOf(request);
    if (!credential.ok()) return net::Problem(credential.status());
    const auto caller = authenticator_.Look(*credential);
    if (!caller.ok()) return net::Problem(caller.status());
    const absl::Status allowed = identity::Authorize(*caller, permission);
    if (!allowed.ok()) return net::Problem(allowed);
    return std::nullopt;
  };
}

HttpResponse Doorkeeper::Once(const AuthenticatedHandler& handler, const HttpRequest& request,
                              const Caller& caller) const {
  const auto given = request.headers.count("Idempotency-Key");
  if (given == 0) return handler(request, caller);
  if (given > 1) {
    return net::Problem(base::InvalidArgument("Idempotency-Key is given more than once"));
  }
  const std::string key(request.Header("Idempotency-Key"));
  if (key.empty() || key.size() > kKeyBytesMax) {
    return net::Problem(base::InvalidArgument("Idempotency-Key has {} bytes: give 1 to {}",
                                              key.size(), kKeyBytesMax));
  }
  const std::string owner = KeyOwner(caller);
  const metastore::Actor actor = ActorOf(caller, request);
  const auto begun = answers_.Begin(owner, key, fingerprint_.Of(Sameness(request)), actor);
  if (absl::IsInvalidArgument(begun.status())) {
    return net::Problem(422, "Unprocessable Content", base::Message(begun.status()));
  }
  if (absl::IsAborted(begun.status()) || absl::IsAlreadyExists(begun.status())) {
    return net::Problem(409, "Conflict", base::Message(begun.status()));
  }
  if (!begun.ok()) return net::Problem(begun.status());
  if (begun->has_value()) return Replay(**begun);
  HttpResponse response = handler(request, caller);
  const absl::Status kept = response.status < 300 ? answers_.Finish(owner, key, Keep(response))
                                                  : answers_.Release(owner, key, actor);
  if (!kept.ok()) {
    runtime::Log(runtime::LogLevel::kWarning, "roles", "an answer is not kept: {}",
                 base::Message(kept));
  }
  return response;
}

// Not the caller's name alone: "user a of b of c" may be a user `a of b` of the tenant `c`, or a
// user `a` of `b of c`.
std::string KeyOwner(const Caller& caller) {
  if (!caller.tenant) return caller.name();
  const std::string& tenant = caller.tenant->value();
  return fmt::format("{}:{} {}", tenant.size(), tenant, caller.name());
}

metastore::Actor ActorOf(const Caller& caller, const HttpRequest& request) {
  return {caller.name(), OriginOf(request)};
}

metastore::Origin OriginOf(const HttpRequest& request) {
  const bool traced = !request.Header("traceparent").empty();
  return {request.request_id, traced ? request.traceparent : std::string()};
}

}  // namespace tenantry::roles
