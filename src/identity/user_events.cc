#include "identity/user_events.h"

#include <utility>

#include "metastore/outbox.h"

namespace tenantry::identity {

events::Event UserEvent(events::EventType type, const base::TenantId& tenant,
                        const base::UserId& user, absl::Time time, std::string id) {
  events::Event event;
  event.id = std::move(id);
  event.source = "/tenants/" + tenant.value();
  event.type = type;
  event.time = time;
  event.tenant = tenant;
  event.subject = user.value();
  event.data = {{"userID", user.value()}};
  return event;
}

absl::Status AddUserEvent(metastore::Transaction& transaction, const events::Event& event) {
  return metastore::AddToOutbox(transaction,
                                {std::string(events::StreamOf(event.type)), event.tenant.value(),
                                 events::ToStructuredJson(event)});
}

}  // namespace tenantry::identity
