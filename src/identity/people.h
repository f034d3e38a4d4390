#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "identity/caller.h"
#include "identity/secrets/passwords.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"

namespace tenantry::identity {

/// Whose people: a tenant's, or the operator's when absent.
using Scope = std::optional<base::TenantId>;

/// The scope as it is stored: the tenant's id, empty for the operator.
std::string ScopeText(const Scope& scope);

/// A person.
struct User {
  Scope scope;
  base::UserId id;
  Role role = Role::kScientist;
  absl::Time created;
  std::optional<absl::Time> last_login;
};

/// Someone to be added; without a password they cannot log in yet.
struct NewUser {
  base::UserId id;
  Role role = Role::kScientist;
  std::optional<std::string> password;
};

/// What is to change of a user.
struct UserChange {
  std::optional<Role> role;
  std::optional<std::string> password;
  bool by_themselves = false;  ///< whoever asks is the user
  /// What People::Prove gave for the present password: the new one is set only while it is.
  std::optional<std::string> proven_hash = std::nullopt;
};

/// NotFound unless the tenant exists and is not deleted; the operator's scope always exists.
absl::Status CheckScope(metastore::Transaction& transaction, const Scope& scope);

/// PermissionDenied when the tenant is suspended; the operator's scope never is.
absl::Status CheckNotSuspended(metastore::Transaction& transaction, const Scope& scope);

/// The people of tenants and of the operator. Every change is audited; those of tenants make
/// events. Thread-safe.
class People {
 public:
  /// The references outlive this.
  People(metastore::Metastore& store, Passwords& passwords, const base::Clock& clock,
         base::Random& random)
      : store_(store), passwords_(passwords), clock_(clock), random_(random) {}

  /// Up to `limit` users of a scope whose ids come after `after`, by id. NotFound: no such tenant.
  absl::StatusOr<std::vector<User>> List(const Scope& scope, const std::string& after,
                                         int64_t limit);

  /// NotFound: no such tenant or user.
  absl::StatusOr<User> Get(const Scope& scope, const base::UserId& user);

  /// AlreadyExists; InvalidArgument: a role of the other kind of people, a password that is too
  /// short; NotFound: no such tenant.
  absl::StatusOr<User> Add(const Scope& scope, const NewUser& user, const metastore::Actor& actor);

  /// Changes role or password; a new password ends the user's sessions but `keep`. Errors as Add;
  /// PermissionDenied: the password was changed since `proven_hash` was the user's;
  /// FailedPrecondition: the last operator_admin with a password would lose the role, or a tenant's
  /// last tenant_admin with one would give it up themselves.
  absl::StatusOr<User> Change(const Scope& scope, const base::UserId& user,
                              const UserChange& change, const base::SessionId& keep,
                              const metastore::Actor& actor);

  /// Removes a user and their sessions. NotFound; FailedPrecondition: no operator_admin with a
  /// password would be left.
  absl::Status Remove(const Scope& scope, const base::UserId& user, const metastore::Actor& actor);

  /// The stored hash that `password` matched; none when it is not the user's, or the user is
  /// unknown, in the same time. A transaction that relies on the password checks that the hash is
  /// the user's still. Errors as Passwords::Matches.
  absl::StatusOr<std::optional<std::string>> Prove(const Scope& scope, const base::UserId& user,
                                                   const std::string& password);

  /// Hashes a password anew whose `hash` was made with other PasswordOptions than today's; nothing
  /// otherwise, nor when the password was changed meanwhile. Errors as Passwords::Hash.
  absl::Status Rehash(const Scope& scope, const base::UserId& user, const std::string& password,
                      const std::string& hash);

  /// Makes the operator's first user `admin` with a random password, which is written to
  /// `password_file` (mode 0600) first; nothing happens when there is an operator already.
  absl::Status MakeFirstAdmin(const std::string& password_file);

 private:
  absl::Status CheckRole(const Scope& scope, Role role) const;

  metastore::Metastore& store_;
  Passwords& passwords_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace tenantry::identity
