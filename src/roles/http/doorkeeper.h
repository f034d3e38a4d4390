#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/status.h"
#include "identity/authenticator.h"
#include "identity/secrets/secrets.h"
#include "metastore/audit.h"
#include "metastore/idempotency.h"
#include "net/http.h"

namespace tenantry::roles {

/// A handler that knows who asks.
using AuthenticatedHandler =
    std::function<net::HttpResponse(const net::HttpRequest&, const identity::Caller&)>;

/// Whether a caller may make a request; the error that answers it if not.
using MayRequest = std::function<absl::Status(const net::HttpRequest&, const identity::Caller&)>;

/// Stands before the handlers: who has no valid credential (an Authorization header, or the page's
/// cookie) is answered 401, and a creating request with an Idempotency-Key is done once.
/// Thread-safe.
class Doorkeeper {
 public:
  /// The references outlive this and the handlers it makes. A request is remembered by its
  /// fingerprint: its body may hold a password.
  Doorkeeper(identity::Authenticator& authenticator, metastore::IdempotencyStore& answers,
             identity::Fingerprint fingerprint)
      : authenticator_(authenticator), answers_(answers), fingerprint_(std::move(fingerprint)) {}

  /// A handler for callers with a valid credential.
  net::Handler Authenticated(AuthenticatedHandler handler) const;

  /// The same for a POST that creates: with an Idempotency-Key the first answer is replayed byte
  /// for byte, but for a `secret`, which is shown once, to who may make the request still. 422: the
  /// key was used for another request; 409: it is still running, or it was carried out and a crash
  /// took its answer.
  net::Handler Creating(MayRequest may, AuthenticatedHandler handler) const;

  /// The same for callers with `permission`, where the path has a `tenantID` on that tenant.
  net::Handler Creating(identity::Permission permission, AuthenticatedHandler handler) const;

  /// For Route::admit: refuses callers without a valid credential, or without `permission`.
  std::function<std::optional<net::HttpResponse>(const net::HttpRequest&)> Admitting(
      identity::Permission permission) const;

  /// Who a credential stands for now, as CredentialOf (session_cookie.h) gave it; errors as
  /// Authenticator::Look. For answers that outlive their request's look at it.
  absl::StatusOr<identity::Caller> CallerNow(std::string_view credential) const {
    return authenticator_.Look(credential);
  }

 private:
  net::HttpResponse Once(const AuthenticatedHandler& handler, const net::HttpRequest& request,
                         const identity::Caller& caller) const;

  identity::Authenticator& authenticator_;
  metastore::IdempotencyStore& answers_;
  const identity::Fingerprint fingerprint_;
};

/// Whose Idempotency-Keys a caller's are: different texts for different callers.
std::string KeyOwner(const identity::Caller& caller);

/// Where what a request asks for comes from.
metastore::Origin OriginOf(const net::HttpRequest& request);

/// The caller as the audit trail names them.
metastore::Actor ActorOf(const identity::Caller& caller, const net::HttpRequest& request);

}  // namespace tenantry::roles
