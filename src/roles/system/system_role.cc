#include "roles/system/system_role.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "roles/http/openapi.h"
#include "runtime/logging.h"

namespace tenantry::roles {

using net::HttpRequest;
using net::HttpResponse;

namespace {

// What anybody may know of a part: no folder, address or id of its message.
const char* Told(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return "ok";
    case absl::StatusCode::kUnavailable:
      return "unavailable";
    case absl::StatusCode::kDeadlineExceeded:
      return "too slow";
    case absl::StatusCode::kResourceExhausted:
      return "out of room";
    case absl::StatusCode::kDataLoss:
      return "damaged";
    default:
      return "failing";
  }
}

}  // namespace

SystemRole::SystemRole(const runtime::ServiceGroup& services, std::vector<Helper> helpers,
                       const runtime::Metrics& metrics, std::string version,
                       std::function<void()> refresh)
    : services_(services),
      helpers_(std::move(helpers)),
      metrics_(metrics),
      version_(std::move(version)),
      refresh_(std::move(refresh)) {}

// Probes come every few seconds, from anybody: a trouble is logged when it begins and when it ends.
void SystemRole::LogChange(const std::string& name, const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    const bool changed = status.ok() ? down_.erase(name) > 0 : down_.insert(name).second;
    if (!changed) return;
  }
  if (status.ok()) {
    runtime::Log(runtime::LogLevel::kInfo, "roles", "{} is ready again", name);
  } else {
    runtime::Log(runtime::LogLevel::kWarning, "roles", "{} is not ready: {}", name,
                 base::Message(status));
  }
}

HttpResponse SystemRole::GetReadiness() {
  nlohmann::json dependencies = nlohmann::json::object();
  const auto readiness = services_.Readiness();
  bool ready = !readiness.empty();
  const auto tell = [&](const std::string& name, const absl::Status& status) {
    dependencies[name] = Told(status);
    LogChange(name, status);
    return status.ok();
  };
  for (const auto& [name, status] : readiness) ready = tell(name, status) && ready;
  for (const Helper& helper : helpers_) tell(helper.name, helper.ready());
  HttpResponse response = HttpResponse::Json(
      ready ? 200 : 503, {{"status", ready ? "ready" : "unready"}, {"dependencies", dependencies}});
  if (!ready) response.headers.emplace("Retry-After", "1");
  return response;
}

std::vector<net::Route> SystemRole::Routes() {
  // Whether the process lives must not depend on how much it has to do.
  net::Route health{"GET", "/healthz", "getHealth",
                    [](const HttpRequest&) { return HttpResponse::Json(200, {{"status", "ok"}}); }};
  health.inline_handler = true;
  return {
      std::move(health),
      {"GET", "/readyz", "getReadiness", [this](const HttpRequest&) { return GetReadiness(); }},
      {"GET", "/metrics", "getMetrics",
       [this](const HttpRequest&) {
         refresh_();
         return HttpResponse::Text(200, metrics_.PrometheusText(),
                                   "text/plain; version=0.0.4; charset=utf-8");
       }},
      {"GET", "/api/v1/openapi.yaml", "getOpenApi",
       [](const HttpRequest&) {
         return HttpResponse::Text(200, std::string(OpenApiYaml()), "application/yaml");
       }},
      {"GET", "/api/v1/version", "getVersion",
       [this](const HttpRequest&) {
         return HttpResponse::Json(200, {{"name", "tenantry"}, {"version", version_}});
       }},
  };
}

}  // namespace tenantry::roles
