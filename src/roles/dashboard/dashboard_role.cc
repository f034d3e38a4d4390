#include "roles/dashboard/dashboard_role.h"

#include <algorithm>

#include "base/check.h"
#include "base/status.h"
#include "net/wire/gzip.h"

namespace tenantry::roles {

using net::HttpRequest;
using net::HttpResponse;

namespace {

// Scripts, styles and pictures from here alone, nothing inline, nothing evaluated, no frames.
constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

constexpr const char* kForAYear = "public, max-age=31536000, immutable";

bool HasTag(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

// Whether it is a browser that goes to an address: scripts and tools don't name HTML.
bool WantsDocument(const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  if (request.path == "/api" || request.path.starts_with("/api/")) return false;
  return request.Header("Accept").find("text/html") != std::string_view::npos;
}

// A file as the browser takes it: compressed where it says so, not at all when it has it already.
HttpResponse Give(const PageFile& file, const HttpRequest& request) {
  const bool gzip = !file.gzip.empty() && net::wire::AcceptsGzip(request.Header("Accept-Encoding"));
  const std::string tag = fmt::format("\"{}{}\"", file.hash, gzip ? "-gzip" : "");
  HttpResponse response;
  response.headers.emplace("ETag", tag);
  response.headers.emplace("Cache-Control", file.immutable ? kForAYear : "no-cache");
  response.headers.emplace("Cross-Origin-Resource-Policy", "same-origin");
  if (gzip) {
    response.headers.emplace("Content-Encoding", "gzip");
    response.headers.emplace("Vary", "Accept-Encoding");
  }
  if (HasTag(request.Header("If-None-Match"), tag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace("Content-Type", file.content_type);
  response.body = std::string(gzip ? file.gzip : file.bytes);
  return response;
}

}  // namespace

DashboardRole::DashboardRole(std::span<const PageFile> files)
    : files_(files), index_(Find("index.html")) {
  TENANTRY_CHECK(index_ != nullptr);
}

const PageFile* DashboardRole::Find(std::string_view path) const {
  const auto found = std::ranges::find(files_, path, &PageFile::path);
  return found == files_.end() ? nullptr : &*found;
}

// Whatever room of the page is asked for: the page reads the address itself.
HttpResponse DashboardRole::Page(const HttpRequest& request) const {
  HttpResponse response = Give(*index_, request);
  response.headers.emplace("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.emplace("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  response.headers.emplace("Referrer-Policy", "no-referrer");
  response.headers.emplace("X-Frame-Options", "DENY");
  return response;
}

std::optional<HttpResponse> DashboardRole::Elsewhere(const HttpRequest& request, int status) {
  if (!WantsDocument(request)) return std::nullopt;
  HttpRequest whole;  // whoever has the document is told the status, too
  if (const std::string_view accepted = request.Header("Accept-Encoding"); !accepted.empty()) {
    whole.headers.emplace("Accept-Encoding", accepted);
  }
  HttpResponse response = Page(whole);
  response.status = status;
  response.headers.erase("ETag");
  response.headers.erase("Vary");
  response.headers.emplace("Vary", "Accept, Accept-Encoding");
  return response;
}

HttpResponse DashboardRole::Asset(const HttpRequest& request) const {
  const PageFile* const file = Find("assets/" + request.Param("file"));
  if (file != nullptr) return Give(*file, request);
  return net::Problem(
      base::NotFound("the page has no file '{}': it is of another version, reload the page",
                     request.Param("file").substr(0, 64)));
}

std::vector<net::Route> DashboardRole::Routes() {
  const struct {
    const char* pattern;
    const char* operation;
  } rooms[] = {{"/", "getTodayPage"},
               {"/sign-in", "getSignInPage"},
               {"/customers", "getCustomersPage"},
               {"/customers/{companyID}", "getCustomerPage"},
               {"/jobs", "getJobsPage"},
               {"/jobs/{jobID}", "getJobPage"},
               {"/submit", "getSubmitPage"},
               {"/data", "getDataPage"},
               {"/users", "getUsersPage"}};
  std::vector<net::Route> routes;
  for (const auto& room : rooms) {
    routes.push_back({"GET", room.pattern, room.operation,
                      [this](const HttpRequest& request) { return Page(request); }});
  }
  routes.push_back({"GET", "/assets/{file}", "getPageAsset",
                    [this](const HttpRequest& request) { return Asset(request); }});
  routes.push_back({"GET", "/favicon.svg", "getPageIcon", [this](const HttpRequest& request) {
                      const PageFile* const icon = Find("favicon.svg");
                      if (icon != nullptr) return Give(*icon, request);
                      return net::Problem(base::NotFound("the page has no icon"));
                    }});
  // Copies from memory: not worth the way to a worker and back.
  for (net::Route& route : routes) route.inline_handler = true;
  return routes;
}

}  // namespace tenantry::roles
