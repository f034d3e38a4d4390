#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "net/http.h"

namespace tenantry::roles {

/// The cookie that holds a session's token where scripts can't read it: HttpOnly, SameSite=Strict.
/// Browsers send it by themselves, so that it is taken for changes only from pages of this server.
inline constexpr std::string_view kSessionCookie = "tenantry_session";

/// The Set-Cookie field that gives a browser a session for `life`; one that has passed takes it
/// away. `secure`: the browser speaks TLS, here or with a proxy before us, and must go on to.
std::string SetSessionCookie(std::string_view token, absl::Duration life, bool secure);

/// Whether the browser says, or a proxy before us, that it speaks TLS to whoever it speaks to.
bool SaysHttps(const net::HttpRequest& request);

/// What a request shows of who makes it, as an Authorization header has it: that header, or a
/// session's token from the cookie where there is none. Empty: nothing. PermissionDenied: a cookie
/// with a request that changes something and does not come from a page of this server.
absl::StatusOr<std::string> CredentialOf(const net::HttpRequest& request);

/// OK when a browser says that a page of this server makes the request (Sec-Fetch-Site, else Origin
/// against Host). PermissionDenied otherwise, also when it says nothing.
absl::Status CheckSameOrigin(const net::HttpRequest& request);

}  // namespace tenantry::roles
