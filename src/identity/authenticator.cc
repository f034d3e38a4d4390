#include "identity/authenticator.h"

#include <absl/strings/match.h>

#include <algorithm>
#include <string>

#include "base/status.h"

namespace tenantry::identity {

namespace {

// The token of such a header.
absl::StatusOr<std::string> TokenOf(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.empty()) {
    return absl::UnauthenticatedError("give a token: Authorization: Bearer TOKEN");
  }
  const std::string scheme(authorization.substr(0, kScheme.size()));
  if (!absl::EqualsIgnoreCase(scheme, std::string(kScheme))) {
    return absl::UnauthenticatedError("the only scheme taken is Authorization: Bearer TOKEN");
  }
  authorization.remove_prefix(kScheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return std::string(authorization);
}

bool IsKey(const std::string& token) { return token.starts_with("tk_"); }

}  // namespace

absl::StatusOr<Caller> Authenticator::Authenticate(std::string_view authorization) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string token, TokenOf(authorization));
  if (!IsKey(token)) return sessions_.Authenticate(token);
  TENANTRY_ASSIGN_OR_RETURN(Caller caller, keys_.Authenticate(token));
  keys_.NoteUse(caller.key);
  return caller;
}

absl::StatusOr<Caller> Authenticator::Look(std::string_view authorization) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string token, TokenOf(authorization));
  return IsKey(token) ? keys_.Authenticate(token) : sessions_.Look(token);
}

}  // namespace tenantry::identity
