#include "roles/http/doorkeeper.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "identity/secrets.h"
#include "runtime/logging.h"

namespace tenantry::roles {

using identity::Caller;
using net::HttpRequest;
using net::HttpResponse;
using nlohmann::json;

namespace {

constexpr size_t kKeyBytesMax = 255;
constexpr const char* kKeptHeaders[] = {"Content-Type", "Location", "ETag"};

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
  return json({{"status", response.status}, {"headers", headers}, {"body", body}}).dump();
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

}  // namespace

net::Handler Doorkeeper::Authenticated(AuthenticatedHandler handler) const {
  return [this, handler = std::move(handler)](const HttpRequest& request) {
    const auto caller = authenticator_.Authenticate(request.Header("Authorization"));
    if (!caller.ok()) {
      HttpResponse refused = net::Problem(caller.status());
      if (refused.status == 401) refused.headers.emplace("WWW-Authenticate", "Bearer");
      return refused;
    }
    if (caller->tenant) runtime::LogContext::SetTenant(caller->tenant->value());
    return handler(request, *caller);
  };
}

net::Handler Doorkeeper::Creating(AuthenticatedHandler handler) const {
  return Authenticated(
      [this, handler = std::move(handler)](const HttpRequest& request, const Caller& caller) {
        return Once(handler, request, caller);
      });
}

HttpResponse Doorkeeper::Once(const AuthenticatedHandler& handler, const HttpRequest& request,
                              const Caller& caller) const {
  const std::string key(request.Header("Idempotency-Key"));
  if (key.empty()) return handler(request, caller);
  if (key.size() > kKeyBytesMax) {
    return net::Problem(base::InvalidArgument("Idempotency-Key has {} bytes: give 1 to {}",
                                              key.size(), kKeyBytesMax));
  }
  const std::string hash =
      identity::HashSecret(request.method + '\n' + request.path + '\n' + request.body);
  const auto begun = answers_.Begin(caller.name(), key, hash);
  if (absl::IsInvalidArgument(begun.status())) {
    return net::Problem(422, "Unprocessable Content", base::Message(begun.status()));
  }
  if (absl::IsAborted(begun.status())) {
    return net::Problem(409, "Conflict", base::Message(begun.status()));
  }
  if (!begun.ok()) return net::Problem(begun.status());
  if (begun->has_value()) return Replay(**begun);
  HttpResponse response = handler(request, caller);
  const absl::Status kept = response.status < 300
                                ? answers_.Finish(caller.name(), key, Keep(response))
                                : answers_.Release(caller.name(), key);
  if (!kept.ok()) {
    runtime::Log(runtime::LogLevel::kWarning, "roles", "an answer is not kept: {}",
                 base::Message(kept));
  }
  return response;
}

metastore::Actor ActorOf(const Caller& caller, const HttpRequest& request) {
  return {caller.name(), request.request_id};
}

}  // namespace tenantry::roles
