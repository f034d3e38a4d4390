#pragma once

#include <absl/status/statusor.h>

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"
#include "identity/people.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"

namespace tenantry::identity {

/// How people leave: their sessions end as if they had logged off, they are removed, and a tenant's
/// keys are revoked, all within the caller's transaction. Each leaves its audit line and, for a
/// tenant's people, its event. Errors of all calls: as Transaction::Execute. Thread-safe.
class Departures {
 public:
  /// The references outlive this.
  Departures(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  /// Ends the user's sessions but `keep`.
  absl::Status EndSessions(metastore::Transaction& transaction, const Scope& scope,
                           const base::UserId& user, const base::SessionId& keep,
                           const metastore::Actor& actor) const;

  /// Removes a user and their sessions.
  absl::Status Remove(metastore::Transaction& transaction, const User& user,
                      const metastore::Actor& actor) const;

  /// A slice of taking everybody out of a tenant: ends, removes and revokes up to `most` of its
  /// sessions, then its people, then its keys, and answers how many those were; fewer than `most`:
  /// nothing is left. In an order of their own, so that slices after a crash go on the same way.
  absl::StatusOr<int64_t> RemoveSome(metastore::Transaction& transaction,
                                     const base::TenantId& tenant, int64_t most,
                                     const metastore::Actor& actor) const;

 private:
  absl::StatusOr<int64_t> EndSome(metastore::Transaction& transaction, const base::TenantId& tenant,
                                  int64_t most, const metastore::Actor& actor) const;
  absl::StatusOr<int64_t> DismissSome(metastore::Transaction& transaction,
                                      const base::TenantId& tenant, int64_t most,
                                      const metastore::Actor& actor) const;
  absl::StatusOr<int64_t> RevokeSome(metastore::Transaction& transaction,
                                     const base::TenantId& tenant, int64_t most,
                                     const metastore::Actor& actor) const;
  absl::Status End(metastore::Transaction& transaction, const Scope& scope,
                   const base::UserId& user, const base::SessionId& session,
                   const metastore::Actor& actor) const;
  absl::Status Dismiss(metastore::Transaction& transaction, const Scope& scope,
                       const base::UserId& user, Role role, const metastore::Actor& actor) const;

  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace tenantry::identity
