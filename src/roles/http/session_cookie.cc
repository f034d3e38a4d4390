#include "roles/http/session_cookie.h"

#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>

#include "base/status.h"

namespace tenantry::roles {
namespace {

constexpr std::string_view kTokenPrefix = "ts_";  // a session's, not a key's

bool ChangesNothing(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// The cookie's value; empty without one. The first of two counts, as browsers send the one with the
// longer path first.
std::string CookieToken(const net::HttpRequest& request) {
  const auto [first, last] = request.headers.equal_range("Cookie");
  for (auto field = first; field != last; ++field) {
    for (absl::string_view pair : absl::StrSplit(field->second, ';')) {
      pair = absl::StripAsciiWhitespace(pair);
      if (!absl::ConsumePrefix(&pair,
                               absl::string_view(kSessionCookie.data(), kSessionCookie.size())) ||
          !absl::ConsumePrefix(&pair, "=")) {
        continue;
      }
      return std::string(pair);
    }
  }
  return "";
}

}  // namespace

std::string SetSessionCookie(std::string_view token, absl::Duration life, bool secure) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(life));
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", kSessionCookie,
                     token, seconds, secure ? "; Secure" : "");
}

bool SaysHttps(const net::HttpRequest& request) {
  return net::SameWord(request.Header("X-Forwarded-Proto"), "https") ||
         request.Header("Origin").starts_with("https://");
}

absl::Status CheckSameOrigin(const net::HttpRequest& request) {
  const std::string_view site = request.Header("Sec-Fetch-Site");
  if (!site.empty()) {
    if (site == "same-origin") return absl::OkStatus();
  } else {
    const std::string_view origin = request.Header("Origin");
    const size_t host = origin.find("://");
    if (host != std::string_view::npos &&
        net::SameWord(origin.substr(host + 3), request.Header("Host"))) {
      return absl::OkStatus();
    }
  }
  return base::Error(absl::StatusCode::kPermissionDenied,
                     "a session's cookie changes things only from a page of this server: send the "
                     "token as Authorization: Bearer TOKEN instead");
}

absl::StatusOr<std::string> CredentialOf(const net::HttpRequest& request) {
  const std::string_view authorization = request.Header("Authorization");
  if (!authorization.empty()) return std::string(authorization);
  const std::string token = CookieToken(request);
  if (!token.starts_with(kTokenPrefix)) return std::string();
  if (!ChangesNothing(request.method)) TENANTRY_RETURN_IF_ERROR(CheckSameOrigin(request));
  return "Bearer " + token;
}

}  // namespace tenantry::roles
