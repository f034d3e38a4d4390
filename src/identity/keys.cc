#include "identity/keys.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::identity {

using metastore::Actor;
using metastore::Row;
using metastore::Transaction;

namespace {

constexpr absl::Duration kUseGrain = absl::Minutes(1);
constexpr size_t kNotedMax = 100'000;

absl::StatusOr<Key> FromRow(const Scope& scope, const Row& row) {
  Key key;
  key.scope = scope;
  key.id = base::KeyId(row.Text(0));
  key.kind = row.Text(1);
  TENANTRY_ASSIGN_OR_RETURN(key.role, ParseRole(row.Text(2)));
  key.created = absl::FromUnixMicros(row.Integer(3));
  if (!row.IsNull(4)) key.last_used = absl::FromUnixMicros(row.Integer(4));
  return key;
}

}  // namespace

absl::StatusOr<bool> RevokeKey(Transaction& transaction, const Scope& scope, const base::KeyId& key,
                               absl::Time now, const Actor& actor) {
  TENANTRY_ASSIGN_OR_RETURN(
      const int64_t removed,
      transaction.Execute("DELETE FROM keys WHERE tenant_id = :p0 AND key_id = :p1",
                          {ScopeText(scope), key.value()}));
  if (removed == 0) return false;
  TENANTRY_RETURN_IF_ERROR(metastore::WriteAudit(
      transaction,
      {absl::ToUnixMicros(now), actor, ScopeText(scope), "key.revoke", key.value(), "", ""}));
  return true;
}

absl::StatusOr<NewKey> Keys::Create(const Scope& scope, const std::string& kind, Role role,
                                    const Actor& actor) {
  if (kind != "bearer" && kind != "aws") {
    return base::InvalidArgument("kind '{}' is neither bearer nor aws", kind.substr(0, 64));
  }
  if (IsOperatorRole(role) == scope.has_value()) {
    return base::InvalidArgument(
        "role '{}' is {}", RoleName(role),
        scope ? "the operator's, not a tenant's" : "a tenant's, not the operator's");
  }
  const bool aws = kind == "aws";
  NewKey made{
      {scope, base::KeyId((aws ? "TNKA" : "k_") + random_.Hex(8)), kind, role, clock_.Now()},
      aws ? random_.Hex(20) : "tk_" + random_.Hex(32)};
  metastore::Value sealed;
  if (aws) sealed = box_.Seal(made.secret);
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckScope(transaction, scope));
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute("INSERT INTO keys (key_id, tenant_id, kind, role, secret_hash, "
                     "sealed_secret, created) VALUES (:p0, :p1, :p2, :p3, :p4, :p5, :p6)",
                     {made.key.id.value(), ScopeText(scope), kind, std::string(RoleName(role)),
                      HashSecret(made.secret), sealed, absl::ToUnixMicros(made.key.created)})
            .status());
    const nlohmann::json after = {{"kind", kind}, {"role", RoleName(role)}};
    return metastore::WriteAudit(
        transaction, {absl::ToUnixMicros(made.key.created), actor, ScopeText(scope), "key.create",
                      made.key.id.value(), "", after.dump()});
  }));
  return made;
}

absl::StatusOr<std::vector<Key>> Keys::List(const Scope& scope, const std::string& after,
                                            int64_t limit) {
  std::vector<Key> keys;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckScope(transaction, scope));
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT key_id, kind, role, created, last_used FROM keys WHERE tenant_id "
                          "= :p0 AND key_id > :p1 ORDER BY key_id LIMIT :p2",
                          {ScopeText(scope), after, limit}, 5));
    for (const Row& row : rows) {
      TENANTRY_ASSIGN_OR_RETURN(Key key, FromRow(scope, row));
      keys.push_back(std::move(key));
    }
    return absl::OkStatus();
  }));
  return keys;
}

absl::Status Keys::Revoke(const Scope& scope, const base::KeyId& key, const Actor& actor) {
  return store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(CheckScope(transaction, scope));
    TENANTRY_ASSIGN_OR_RETURN(const bool revoked,
                              RevokeKey(transaction, scope, key, clock_.Now(), actor));
    return revoked ? absl::OkStatus() : base::NotFound("there is no key '{}'", key);
  });
}

absl::StatusOr<bool> Keys::AnySealed(metastore::Metastore& store) {
  bool any = false;
  TENANTRY_RETURN_IF_ERROR(store.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT 1 FROM keys WHERE sealed_secret IS NOT NULL LIMIT 1", {}, 1));
    any = !rows.empty();
    return absl::OkStatus();
  }));
  return any;
}

void Keys::NoteUse(const base::KeyId& key) {
  const absl::Time now = clock_.Now();
  {
    absl::MutexLock lock(&mutex_);
    const auto noted = noted_.find(key.value());
    if (noted != noted_.end() && absl::AbsDuration(now - noted->second) < kUseGrain) return;
    if (noted_.size() >= kNotedMax) noted_.clear();
    noted_[key.value()] = now;
  }
  const absl::Status written = store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute(
            "UPDATE keys SET last_used = :p0 WHERE key_id = :p1 AND (last_used IS NULL OR "
            "last_used < :p0)",
            {absl::ToUnixMicros(now), key.value()})
        .status();
  });
  if (written.ok()) return;
  runtime::Log(runtime::LogLevel::kWarning, "identity", "a key's use is not noted: {}",
               base::Message(written));
}

absl::StatusOr<Caller> Keys::Authenticate(const std::string& token) {
  Caller caller;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT key_id, tenant_id, role FROM keys WHERE secret_hash = :p0 AND "
                          "kind = 'bearer'",
                          {HashSecret(token)}, 3));
    if (rows.empty()) return absl::UnauthenticatedError("the key is not valid, or was revoked");
    caller.key = base::KeyId(rows[0].Text(0));
    if (!rows[0].Text(1).empty()) caller.tenant = base::TenantId(rows[0].Text(1));
    TENANTRY_ASSIGN_OR_RETURN(caller.role, ParseRole(rows[0].Text(2)));
    return CheckNotSuspended(transaction, caller.tenant);
  }));
  return caller;
}

}  // namespace tenantry::identity
