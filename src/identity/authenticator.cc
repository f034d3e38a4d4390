#include "identity/authenticator.h"

#include <string>

#include "base/status.h"

namespace tenantry::identity {

absl::StatusOr<Caller> Authenticator::Authenticate(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.empty()) {
    return absl::UnauthenticatedError("give a token: Authorization: Bearer TOKEN");
  }
  if (!authorization.starts_with(kScheme)) {
    return absl::UnauthenticatedError("the only scheme taken is Authorization: Bearer TOKEN");
  }
  const std::string token(authorization.substr(kScheme.size()));
  return token.starts_with("tk_") ? keys_.Authenticate(token) : sessions_.Authenticate(token);
}

}  // namespace tenantry::identity
