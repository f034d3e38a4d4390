#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <string>

#include "base/ids.h"
#include "events/event.h"
#include "metastore/metastore.h"

namespace tenantry::identity {

/// An event of a tenant's user, with `userID` in its data.
events::Event UserEvent(events::EventType type, const base::TenantId& tenant,
                        const base::UserId& user, absl::Time time, std::string id);

/// Puts the event into the outbox of its stream. Errors as Transaction::Execute.
absl::Status AddUserEvent(metastore::Transaction& transaction, const events::Event& event);

}  // namespace tenantry::identity
