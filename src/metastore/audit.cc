#include "metastore/audit.h"

#include "base/status.h"

namespace tenantry::metastore {
namespace {

Value OrNull(const std::string& text) {
  if (text.empty()) return std::monostate();
  return text;
}

}  // namespace

absl::Status WriteAudit(Transaction& transaction, const AuditEntry& entry) {
  if (!transaction.scope().Covers(entry.tenant)) {
    return base::Internal("an audit line of tenant '{}' from a transaction of '{}'", entry.tenant,
                          transaction.scope().tenant());
  }
  return transaction
      .Execute(
          "INSERT INTO audit (at, actor, tenant_id, action, thing, request_id, before_json, "
          "after_json) VALUES (:p0, :p1, :p2, :p3, :p4, :p5, :p6, :p7)",
          {entry.at_micros, entry.actor.name, entry.tenant, entry.action, entry.thing,
           entry.actor.origin.request_id, OrNull(entry.before), OrNull(entry.after)})
      .status();
}

}  // namespace tenantry::metastore
