#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>

#include "metastore/metastore.h"

namespace tenantry::metastore {

/// The request that something is done in; empty outside one.
struct Origin {
  std::string request_id;
  std::string traceparent;  ///< W3C trace context for its events; empty when none was sent
};

/// Who does something, for whom and in which request.
struct Actor {
  std::string name;  ///< "user admin", "user ann of acme", "key K", "system"
  Origin origin;
};

/// A line of the audit trail. `before` and `after` are JSON without secrets, empty where there is
/// none.
struct AuditEntry {
  int64_t at_micros = 0;
  Actor actor;
  std::string tenant;  ///< empty for the operator's own things
  std::string action;  ///< "tenant.create", "key.revoke", ...
  std::string thing;   ///< the id of what changed
  std::string before;
  std::string after;
};

/// Writes a line that nobody can change or remove; it commits with the change itself. Internal: the
/// transaction's scope does not cover the tenant; else errors as Transaction::Execute.
absl::Status WriteAudit(Transaction& transaction, const AuditEntry& entry);

}  // namespace tenantry::metastore
