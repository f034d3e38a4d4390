#include "identity/departures.h"

#include "base/status.h"
#include "identity/keys.h"
#include "identity/user_events.h"

namespace tenantry::identity {

using metastore::Actor;
using metastore::Row;
using metastore::Transaction;

absl::Status Departures::End(Transaction& transaction, const Scope& scope, const base::UserId& user,
                             const base::SessionId& session, const Actor& actor) const {
  TENANTRY_RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM sessions WHERE session_id = :p0", {session.value()})
          .status());
  return TellSession(
      transaction,
      {events::EventType::kUserLoggedOff, "session.end", scope, user, session, clock_.Now(), actor},
      random_.Uuid());
}

absl::Status Departures::Dismiss(Transaction& transaction, const Scope& scope,
                                 const base::UserId& user, Role role, const Actor& actor) const {
  TENANTRY_RETURN_IF_ERROR(transaction
                               .Execute("DELETE FROM users WHERE tenant_id = :p0 AND user_id = :p1",
                                        {ScopeText(scope), user.value()})
                               .status());
  TENANTRY_ASSIGN_OR_RETURN(const absl::Time now, MemberTime(transaction, scope, clock_));
  return TellUser(transaction, {events::EventType::kUserRemoved, scope, user, role, now, actor},
                  random_.Uuid());
}

absl::Status Departures::EndSessions(Transaction& transaction, const Scope& scope,
                                     const base::UserId& user, const base::SessionId& keep,
                                     const Actor& actor) const {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT session_id FROM sessions WHERE tenant_id = :p0 AND user_id = :p1 "
                        "AND session_id <> :p2 ORDER BY session_id",
                        {ScopeText(scope), user.value(), keep.value()}, 1));
  for (const Row& row : rows) {
    TENANTRY_RETURN_IF_ERROR(End(transaction, scope, user, base::SessionId(row.Text(0)), actor));
  }
  return absl::OkStatus();
}

absl::Status Departures::Remove(Transaction& transaction, const User& user,
                                const Actor& actor) const {
  TENANTRY_RETURN_IF_ERROR(EndSessions(transaction, user.scope, user.id, base::SessionId(), actor));
  return Dismiss(transaction, user.scope, user.id, user.role, actor);
}

absl::StatusOr<int64_t> Departures::EndSome(Transaction& transaction, const base::TenantId& tenant,
                                            int64_t most, const Actor& actor) const {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT session_id, user_id FROM sessions WHERE tenant_id = :p0 "
                        "ORDER BY user_id, session_id LIMIT :p1",
                        {tenant.value(), most}, 2));
  for (const Row& row : rows) {
    TENANTRY_RETURN_IF_ERROR(
        End(transaction, tenant, base::UserId(row.Text(1)), base::SessionId(row.Text(0)), actor));
  }
  return static_cast<int64_t>(rows.size());
}

absl::StatusOr<int64_t> Departures::DismissSome(Transaction& transaction,
                                                const base::TenantId& tenant, int64_t most,
                                                const Actor& actor) const {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows, transaction.Query("SELECT user_id, role FROM users WHERE tenant_id = :p0 "
                                         "ORDER BY user_id LIMIT :p1",
                                         {tenant.value(), most}, 2));
  for (const Row& row : rows) {
    TENANTRY_ASSIGN_OR_RETURN(const Role role, ParseRole(row.Text(1)));
    TENANTRY_RETURN_IF_ERROR(Dismiss(transaction, tenant, base::UserId(row.Text(0)), role, actor));
  }
  return static_cast<int64_t>(rows.size());
}

absl::StatusOr<int64_t> Departures::RevokeSome(Transaction& transaction,
                                               const base::TenantId& tenant, int64_t most,
                                               const Actor& actor) const {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT key_id FROM keys WHERE tenant_id = :p0 ORDER BY key_id LIMIT :p1",
                        {tenant.value(), most}, 1));
  for (const Row& row : rows) {
    TENANTRY_RETURN_IF_ERROR(
        RevokeKey(transaction, tenant, base::KeyId(row.Text(0)), clock_.Now(), actor).status());
  }
  return static_cast<int64_t>(rows.size());
}

absl::StatusOr<int64_t> Departures::RemoveSome(Transaction& transaction,
                                               const base::TenantId& tenant, int64_t most,
                                               const Actor& actor) const {
  TENANTRY_ASSIGN_OR_RETURN(int64_t done, EndSome(transaction, tenant, most, actor));
  if (done == most) return done;
  TENANTRY_ASSIGN_OR_RETURN(const int64_t dismissed,
                            DismissSome(transaction, tenant, most - done, actor));
  done += dismissed;
  if (done == most) return done;
  TENANTRY_ASSIGN_OR_RETURN(const int64_t revoked,
                            RevokeSome(transaction, tenant, most - done, actor));
  return done + revoked;
}

}  // namespace tenantry::identity
