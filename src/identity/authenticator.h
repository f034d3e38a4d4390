#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "identity/caller.h"
#include "identity/keys.h"
#include "identity/sessions.h"

namespace tenantry::identity {

/// Turns a request's credential into who makes it. Thread-safe.
class Authenticator {
 public:
  /// The references outlive this.
  Authenticator(Sessions& sessions, Keys& keys) : sessions_(sessions), keys_(keys) {}

  /// Reads an `Authorization` header: `Bearer` in any case, blanks, and a session's token or a
  /// key's secret (RFC 9110, 11.4).
  /// Unauthenticated: none, or not valid (any more); PermissionDenied: the tenant is suspended.
  absl::StatusOr<Caller> Authenticate(std::string_view authorization);

  /// The same, but is no sign of life of a session: for looks that nobody asked for.
  absl::StatusOr<Caller> Look(std::string_view authorization);

 private:
  Sessions& sessions_;
  Keys& keys_;
};

}  // namespace tenantry::identity
