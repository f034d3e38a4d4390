#include "identity/people.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "events/event.h"
#include "identity/departures.h"
#include "identity/secrets/secrets.h"
#include "identity/user_events.h"

namespace tenantry::identity {

using metastore::Actor;
using metastore::Row;
using metastore::Transaction;

namespace {

constexpr char kColumns[] = "user_id, role, created, last_login";

absl::StatusOr<User> FromRow(const Scope& scope, const Row& row) {
  User user;
  user.scope = scope;
  user.id = base::UserId(row.Text(0));
  TENANTRY_ASSIGN_OR_RETURN(user.role, ParseRole(row.Text(1)));
  user.created = absl::FromUnixMicros(row.Integer(2));
  if (!row.IsNull(3)) user.last_login = absl::FromUnixMicros(row.Integer(3));
  return user;
}

absl::StatusOr<User> Load(Transaction& transaction, const Scope& scope, const base::UserId& id) {
  TENANTRY_RETURN_IF_ERROR(CheckScope(transaction, scope));
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query(
          fmt::format("SELECT {} FROM users WHERE tenant_id = :p0 AND user_id = :p1", kColumns),
          {ScopeText(scope), id.value()}, 4));
  if (rows.empty()) return base::NotFound("there is no user '{}'", id);
  return FromRow(scope, rows.front());
}

std::string RoleJson(Role role) { return nlohmann::json({{"role", RoleName(role)}}).dump(); }

// Puts a new password's hash in the place of `proven`, or of any when there is none.
absl::Status SetHash(Transaction& transaction, const Scope& scope, const base::UserId& id,
                     const std::string& hash, const std::optional<std::string>& proven) {
  std::string sql = "UPDATE users SET password_hash = :p0 WHERE tenant_id = :p1 AND user_id = :p2";
  std::vector<metastore::Value> values = {hash, ScopeText(scope), id.value()};
  if (proven) {
    sql += " AND password_hash = :p3";
    values.emplace_back(*proven);
  }
  TENANTRY_ASSIGN_OR_RETURN(const int64_t set, transaction.Execute(sql, values));
  if (set > 0) return absl::OkStatus();
  return base::Error(absl::StatusCode::kPermissionDenied,
                     "password is not the present one: it was changed just now");
}

// Nobody must lock themselves out: an admin without a password cannot log in. A tenant may be
// without an admin, whom the operator makes; but who gives the role up themselves hardly means
// that.
absl::Status KeepAnAdmin(Transaction& transaction, const User& user, bool by_themselves) {
  if (user.role != (user.scope ? Role::kTenantAdmin : Role::kOperatorAdmin)) {
    return absl::OkStatus();
  }
  if (user.scope && !by_themselves) return absl::OkStatus();
  const std::string role(RoleName(user.role));
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT COUNT(*) FROM users WHERE tenant_id = :p0 AND role = :p1 "
                        "AND user_id <> :p2 AND password_hash IS NOT NULL",
                        {ScopeText(user.scope), role, user.id.value()}, 1));
  if (rows.front().Integer(0) > 0) return absl::OkStatus();
  return base::FailedPrecondition("'{}' is the last {} with a password: make another one first",
                                  user.id, role);
}

}  // namespace

std::string ScopeText(const Scope& scope) { return scope ? scope->value() : std::string(); }

absl::Status CheckScope(Transaction& transaction, const Scope& scope) {
  if (!scope) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT status FROM tenants WHERE tenant_id = :p0", {scope->value()}, 1));
  const bool gone = rows.empty() || rows[0].Text(0) == "deleting" || rows[0].Text(0) == "deleted";
  return gone ? NoSuchTenant(*scope) : absl::OkStatus();
}

absl::Status CheckNotSuspended(Transaction& transaction, const Scope& scope) {
  if (!scope) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT status FROM tenants WHERE tenant_id = :p0", {scope->value()}, 1));
  if (rows.empty() || rows[0].Text(0) == "active") return absl::OkStatus();
  return base::Error(absl::StatusCode::kPermissionDenied, "the tenant '{}' is {}", *scope,
                     rows[0].Text(0));
}

absl::StatusOr<std::vector<User>> People::List(const Scope& scope, const std::string& after,
                                               int64_t limit) {
  std::vector<User> users;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckScope(transaction, scope));
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query(fmt::format("SELECT {} FROM users WHERE tenant_id = :p0 AND user_id > "
                                      ":p1 ORDER BY user_id LIMIT :p2",
                                      kColumns),
                          {ScopeText(scope), after, limit}, 4));
    for (const Row& row : rows) {
      TENANTRY_ASSIGN_OR_RETURN(User user, FromRow(scope, row));
      users.push_back(std::move(user));
    }
    return absl::OkStatus();
  }));
  return users;
}

absl::StatusOr<User> People::Get(const Scope& scope, const base::UserId& id) {
  User user;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(user, Load(transaction, scope, id));
    return absl::OkStatus();
  }));
  return user;
}

absl::Status People::CheckRole(const Scope& scope, Role role) const {
  if (IsOperatorRole(role) != scope.has_value()) return absl::OkStatus();
  return base::InvalidArgument("role '{}' is {}: {}", RoleName(role),
                               scope ? "the operator's" : "a tenant's",
                               scope ? "a tenant's people are tenant_admin or scientist"
                                     : "the operator's are operator_admin, analyst or sre");
}

absl::StatusOr<User> People::Add(const Scope& scope, const NewUser& added, const Actor& actor) {
  TENANTRY_RETURN_IF_ERROR(CheckRole(scope, added.role));
  metastore::Value hash;
  if (added.password) {
    TENANTRY_RETURN_IF_ERROR(passwords_.Check(*added.password));
    TENANTRY_ASSIGN_OR_RETURN(hash, passwords_.Hash(*added.password));
  }
  User user{scope, added.id, added.role, {}, std::nullopt};
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckScope(transaction, scope));
    TENANTRY_ASSIGN_OR_RETURN(user.created, MemberTime(transaction, scope, clock_));
    const absl::Status inserted =
        transaction
            .Execute(
                "INSERT INTO users (tenant_id, user_id, role, password_hash, created) VALUES "
                "(:p0, :p1, :p2, :p3, :p4)",
                {ScopeText(scope), user.id.value(), std::string(RoleName(user.role)), hash,
                 absl::ToUnixMicros(user.created)})
            .status();
    if (absl::IsAlreadyExists(inserted)) {
      return base::Error(absl::StatusCode::kAlreadyExists, "there is a user '{}' already", user.id);
    }
    TENANTRY_RETURN_IF_ERROR(inserted);
    return TellUser(transaction,
                    {events::EventType::kUserAdded, scope, user.id, user.role, user.created, actor},
                    random_.Uuid());
  }));
  return user;
}

absl::StatusOr<User> People::Change(const Scope& scope, const base::UserId& id,
                                    const UserChange& change, const base::SessionId& keep,
                                    const Actor& actor) {
  if (change.role) TENANTRY_RETURN_IF_ERROR(CheckRole(scope, *change.role));
  std::string hash;
  if (change.password) {
    TENANTRY_RETURN_IF_ERROR(passwords_.Check(*change.password));
    TENANTRY_ASSIGN_OR_RETURN(hash, passwords_.Hash(*change.password));
  }
  User user;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(user, Load(transaction, scope, id));
    metastore::AuditEntry entry = {
        absl::ToUnixMicros(clock_.Now()), actor, ScopeText(scope), "", id.value(), "", ""};
    if (change.role && *change.role != user.role) {
      TENANTRY_RETURN_IF_ERROR(KeepAnAdmin(transaction, user, change.by_themselves));
      TENANTRY_RETURN_IF_ERROR(
          transaction
              .Execute("UPDATE users SET role = :p0 WHERE tenant_id = :p1 AND user_id = :p2",
                       {std::string(RoleName(*change.role)), ScopeText(scope), id.value()})
              .status());
      entry.action = "user.role";
      entry.before = RoleJson(user.role);
      entry.after = RoleJson(*change.role);
      TENANTRY_RETURN_IF_ERROR(metastore::WriteAudit(transaction, entry));
      user.role = *change.role;
    }
    if (!change.password) return absl::OkStatus();
    TENANTRY_RETURN_IF_ERROR(SetHash(transaction, scope, id, hash, change.proven_hash));
    TENANTRY_RETURN_IF_ERROR(
        Departures(clock_, random_).EndSessions(transaction, scope, id, keep, actor));
    entry.action = "user.password";
    entry.before = entry.after = "";
    return metastore::WriteAudit(transaction, entry);
  }));
  return user;
}

absl::Status People::Remove(const Scope& scope, const base::UserId& id, const Actor& actor) {
  return store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const User user, Load(transaction, scope, id));
    TENANTRY_RETURN_IF_ERROR(KeepAnAdmin(transaction, user, false));
    return Departures(clock_, random_).Remove(transaction, user, actor);
  });
}

absl::StatusOr<std::optional<std::string>> People::Prove(const Scope& scope,
                                                         const base::UserId& user,
                                                         const std::string& password) {
  std::string hash;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT password_hash FROM users WHERE tenant_id = :p0 AND user_id = :p1",
                          {ScopeText(scope), user.value()}, 1));
    if (!rows.empty()) hash = rows.front().Text(0);
    return absl::OkStatus();
  }));
  TENANTRY_ASSIGN_OR_RETURN(const bool right, passwords_.Matches(password, hash));
  if (!right) return std::nullopt;
  return hash;
}

absl::Status People::Rehash(const Scope& scope, const base::UserId& user,
                            const std::string& password, const std::string& hash) {
  if (!passwords_.IsOutdated(hash)) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(const std::string fresh, passwords_.Hash(password));
  return store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute(
            "UPDATE users SET password_hash = :p0 WHERE tenant_id = :p1 AND user_id = :p2 AND "
            "password_hash = :p3",
            {fresh, ScopeText(scope), user.value(), hash})
        .status();
  });
}

absl::Status People::MakeFirstAdmin(const std::string& password_file) {
  TENANTRY_ASSIGN_OR_RETURN(const auto operators, List(std::nullopt, "", 1));
  if (!operators.empty()) return absl::OkStatus();
  // 96 random bits, or as many bytes as a password must have.
  const std::string password = random_.Hex(std::max(size_t{12}, (passwords_.length_min() + 1) / 2));
  TENANTRY_RETURN_IF_ERROR(WritePrivateFile(password_file, password + "\n"));
  return Add(std::nullopt, {base::UserId("admin"), Role::kOperatorAdmin, password}, {"system", ""})
      .status();
}

}  // namespace tenantry::identity
