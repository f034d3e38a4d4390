#include "identity/user_events.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "events/event_time.h"
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

absl::StatusOr<absl::Time> MemberTime(metastore::Transaction& transaction, const Scope& scope,
                                      const base::Clock& clock) {
  if (!scope) return clock.Now();
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT COALESCE(people_changed, 0) FROM tenants WHERE tenant_id = :p0",
                        {scope->value()}, 1));
  if (rows.empty()) return NoSuchTenant(*scope);
  const absl::Time time = events::NowAfter(clock, absl::FromUnixMicros(rows.front().Integer(0)));
  TENANTRY_RETURN_IF_ERROR(
      transaction
          .Execute("UPDATE tenants SET people_changed = :p0 WHERE tenant_id = :p1",
                   {absl::ToUnixMicros(time), scope->value()})
          .status());
  return time;
}

absl::Status TellUser(metastore::Transaction& transaction, const MemberChange& change,
                      std::string event_id) {
  const bool added = change.event == events::EventType::kUserAdded;
  const std::string role = nlohmann::json({{"role", RoleName(change.role)}}).dump();
  TENANTRY_RETURN_IF_ERROR(metastore::WriteAudit(
      transaction, {absl::ToUnixMicros(change.time), change.actor, ScopeText(change.scope),
                    added ? "user.add" : "user.remove", change.user.value(), added ? "" : role,
                    added ? role : ""}));
  if (!change.scope) return absl::OkStatus();
  events::Event event =
      UserEvent(change.event, *change.scope, change.user, change.time, std::move(event_id));
  event.traceparent = change.actor.origin.traceparent;
  event.data["role"] = RoleName(change.role);
  return AddUserEvent(transaction, event);
}

absl::Status TellSession(metastore::Transaction& transaction, const SessionChange& change,
                         std::string event_id) {
  TENANTRY_RETURN_IF_ERROR(metastore::WriteAudit(
      transaction, {absl::ToUnixMicros(change.time), change.actor, ScopeText(change.scope),
                    change.action, change.session.value(), "", ""}));
  if (!change.scope) return absl::OkStatus();
  events::Event event =
      UserEvent(change.event, *change.scope, change.user, change.time, std::move(event_id));
  event.traceparent = change.actor.origin.traceparent;
  event.data["sessionID"] = change.session.value();
  return AddUserEvent(transaction, event);
}

}  // namespace tenantry::identity
