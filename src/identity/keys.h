#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "identity/caller.h"
#include "identity/people.h"
#include "identity/secrets/secrets.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"

namespace tenantry::identity {

/// An API key, without its secret. `kind` is "bearer" or "aws".
struct Key {
  Scope scope;
  base::KeyId id;
  std::string kind;
  Role role = Role::kScientist;
  absl::Time created;
  std::optional<absl::Time> last_used;  ///< to the minute
};

/// A key just made; the secret is shown this once. A bearer's secret is its token; an aws key's is
/// the secret access key, its id the access key id.
struct NewKey {
  Key key;
  std::string secret;
};

/// Removes a key with its audit line; false when the scope has none such. Errors as
/// Transaction::Execute.
absl::StatusOr<bool> RevokeKey(metastore::Transaction& transaction, const Scope& scope,
                               const base::KeyId& key, absl::Time now,
                               const metastore::Actor& actor);

/// API keys of tenants and of the operator; stored hashed, an aws key's secret sealed besides.
/// Every change is audited. Thread-safe.
class Keys {
 public:
  /// The references outlive this.
  Keys(metastore::Metastore& store, SecretBox box, const base::Clock& clock, base::Random& random)
      : store_(store), box_(std::move(box)), clock_(clock), random_(random) {}

  /// InvalidArgument: an unknown kind, a role of the other kind of people; NotFound: no such
  /// tenant.
  absl::StatusOr<NewKey> Create(const Scope& scope, const std::string& kind, Role role,
                                const metastore::Actor& actor);

  /// Up to `limit` keys whose ids come after `after`, by id. NotFound: no such tenant.
  absl::StatusOr<std::vector<Key>> List(const Scope& scope, const std::string& after,
                                        int64_t limit);

  /// NotFound: no such key in this scope.
  absl::Status Revoke(const Scope& scope, const base::KeyId& key, const metastore::Actor& actor);

  /// True when the store has a secret that was sealed: its box must not be made anew.
  static absl::StatusOr<bool> AnySealed(metastore::Metastore& store);

  /// Who a bearer key's token stands for. Unauthenticated; PermissionDenied: the tenant is
  /// suspended.
  absl::StatusOr<Caller> Authenticate(const std::string& token);

  /// Notes that somebody came with a key; at most once a minute each, so that requests stay reads.
  /// What can't be written is logged: whoever only reads must not be kept out by a full disk.
  void NoteUse(const base::KeyId& key);

 private:
  metastore::Metastore& store_;
  const SecretBox box_;
  const base::Clock& clock_;
  base::Random& random_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, absl::Time> noted_ ABSL_GUARDED_BY(mutex_);  // by key
};

}  // namespace tenantry::identity
