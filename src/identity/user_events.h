#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "events/event.h"
#include "identity/people.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"

namespace tenantry::identity {

/// An event of a tenant's user, with `userID` in its data.
events::Event UserEvent(events::EventType type, const base::TenantId& tenant,
                        const base::UserId& user, absl::Time time, std::string id);

/// Puts the event into the outbox of its stream. Errors as Transaction::Execute.
absl::Status AddUserEvent(metastore::Transaction& transaction, const events::Event& event);

/// When a person of the scope comes or goes: later than the last who did, whatever the clock says.
/// The time is noted for the next one. Errors as Transaction::Query.
absl::StatusOr<absl::Time> MemberTime(metastore::Transaction& transaction, const Scope& scope,
                                      const base::Clock& clock);

/// A person who comes or goes: what the audit line and the event tell of it.
struct MemberChange {
  events::EventType event;  ///< kUserAdded or kUserRemoved
  Scope scope;
  base::UserId user;
  Role role;
  absl::Time time;
  metastore::Actor actor;
};

/// Writes the audit line and, for a tenant's people, the event. Errors as Transaction::Execute.
absl::Status TellUser(metastore::Transaction& transaction, const MemberChange& change,
                      std::string event_id);

/// A session that begins or ends: what the audit line and the event tell of it.
struct SessionChange {
  events::EventType event;
  const char* action;  ///< of the audit trail
  Scope scope;
  base::UserId user;
  base::SessionId session;
  absl::Time time;
  metastore::Actor actor;
};

/// Writes the audit line and, for a tenant's people, the event. Errors as Transaction::Execute.
absl::Status TellSession(metastore::Transaction& transaction, const SessionChange& change,
                         std::string event_id);

}  // namespace tenantry::identity
