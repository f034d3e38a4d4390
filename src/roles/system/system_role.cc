#include "roles/system/system_role.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "roles/http/openapi.h"

namespace tenantry::roles {

using net::HttpRequest;
using net::HttpResponse;

SystemRole::SystemRole(const runtime::ServiceGroup& services, const runtime::Metrics& metrics,
                       std::string version, std::function<void()> refresh)
    : services_(services),
      metrics_(metrics),
      version_(std::move(version)),
      refresh_(std::move(refresh)) {}

HttpResponse SystemRole::GetReadiness() const {
  nlohmann::json dependencies = nlohmann::json::object();
  bool ready = true;
  for (const auto& [name, status] : services_.Readiness()) {
    dependencies[name] = status.ok() ? "ok" : std::string(base::Message(status));
    ready = ready && status.ok();
  }
  HttpResponse response = HttpResponse::Json(
      ready ? 200 : 503, {{"status", ready ? "ready" : "unready"}, {"dependencies", dependencies}});
  if (!ready) response.headers.emplace("Retry-After", "1");
  return response;
}

std::vector<net::Route> SystemRole::Routes() {
  return {
      {"GET", "/healthz", "getHealth",
       [](const HttpRequest&) { return HttpResponse::Json(200, {{"status", "ok"}}); }},
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
