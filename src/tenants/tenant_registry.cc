#include "tenants/tenant_registry.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "events/event.h"
#include "events/event_time.h"
#include "identity/caller.h"
#include "metastore/outbox.h"
#include "tenants/tenant_rows.h"

namespace tenantry::tenants {

using events::EventType;
using metastore::Actor;
using metastore::Transaction;

namespace {

// The time of the newest event of it. Earlier versions could put a change before the registration.
absl::Time LastTold(const Tenant& tenant) { return std::max(tenant.created, tenant.updated); }

}  // namespace

TenantRegistry::TenantRegistry(metastore::Metastore& store, const base::Clock& clock,
                               base::Random& random, LifecycleSteps steps, int64_t people_slice)
    : store_(store),
      clock_(clock),
      random_(random),
      steps_(std::move(steps)),
      people_slice_(people_slice),
      departures_(clock, random) {}

absl::Status TenantRegistry::NoteStep(Transaction& transaction, const base::TenantId& id,
                                      TenantStatus status, const std::string& step) {
  return transaction
      .Execute(
          "INSERT INTO tenant_steps (tenant_id, number, status, step, at) SELECT :p0, "
          "COALESCE(MAX(number), 0) + 1, :p1, :p2, :p3 FROM tenant_steps WHERE tenant_id = :p0",
          {id.value(), std::string(StatusName(status)), step, absl::ToUnixMicros(clock_.Now())})
      .status();
}

absl::Status TenantRegistry::Audit(Transaction& transaction, const char* action,
                                   const std::string& before, const Tenant& after,
                                   const Actor& actor) {
  return metastore::WriteAudit(transaction,
                               {absl::ToUnixMicros(clock_.Now()), actor, after.id.value(), action,
                                after.id.value(), before, ToJson(after).dump()});
}

absl::Status TenantRegistry::Announce(Transaction& transaction, const Tenant& tenant,
                                      EventType type, const metastore::Origin& origin) {
  events::Event event;
  event.id = random_.Uuid();
  event.source = "/tenants/" + tenant.id.value();
  event.type = type;
  event.time = tenant.updated;
  event.tenant = tenant.id;
  event.subject = tenant.id.value();
  event.traceparent = origin.traceparent;
  event.data = EventData(tenant);
  if (type == EventType::kTenantDeleted) event.data = {{"tenantID", tenant.id.value()}};
  return metastore::AddToOutbox(transaction, {std::string(events::kCompaniesStream),
                                              tenant.id.value(), events::ToStructuredJson(event)});
}

absl::StatusOr<Tenant> TenantRegistry::Create(Tenant tenant, const Actor& actor) {
  if (tenant.id.empty()) tenant.id = base::TenantId("t-" + random_.Hex(8));
  tenant.status = TenantStatus::kRequested;
  tenant.created = tenant.updated = clock_.Now();
  tenant.version = 1;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    const absl::Status inserted = InsertTenant(transaction, tenant);
    if (absl::IsAlreadyExists(inserted)) {
      return base::Error(absl::StatusCode::kAlreadyExists,
                         "the tenantID '{}' is taken, perhaps by a deleted tenant: give another",
                         tenant.id);
    }
    TENANTRY_RETURN_IF_ERROR(inserted);
    TENANTRY_RETURN_IF_ERROR(NoteStep(transaction, tenant.id, tenant.status, "request"));
    TENANTRY_RETURN_IF_ERROR(Audit(transaction, "tenant.create", "", tenant, actor));
    return Announce(transaction, tenant, EventType::kTenantCreated, actor.origin);
  }));
  return Advance(tenant.id, actor);
}

absl::StatusOr<Tenant> TenantRegistry::Get(const base::TenantId& id) {
  Tenant tenant;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(tenant, LoadTenant(transaction, id));
    return absl::OkStatus();
  }));
  if (tenant.status == TenantStatus::kDeleted) return identity::NoSuchTenant(id);
  return tenant;
}

bool TenantRegistry::Knows(const base::TenantId& id) { return Get(id).ok(); }

absl::StatusOr<std::vector<Tenant>> TenantRegistry::List(const TenantFilter& filter,
                                                         const std::string& after, int64_t limit) {
  std::vector<Tenant> tenants;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(tenants, ListTenants(transaction, filter, after, limit));
    return absl::OkStatus();
  }));
  return tenants;
}

absl::StatusOr<int64_t> TenantRegistry::Count(const TenantFilter& filter) {
  int64_t count = 0;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(count, CountTenants(transaction, filter));
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<Tenant> TenantRegistry::Update(const base::TenantId& id, const AnyVersion& versions,
                                              const std::function<absl::Status(Tenant&)>& change,
                                              const Actor& actor) {
  Tenant tenant;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(tenant, LoadTenant(transaction, id));
    if (tenant.status == TenantStatus::kDeleted) return identity::NoSuchTenant(id);
    TENANTRY_RETURN_IF_ERROR(CheckVersion(tenant, versions));
    if (tenant.status != TenantStatus::kActive && tenant.status != TenantStatus::kSuspended) {
      return base::FailedPrecondition("the tenant '{}' is {}: wait until that is done", id,
                                      StatusName(tenant.status));
    }
    const nlohmann::json before = ToJson(tenant);
    const TenantStatus status_before = tenant.status;
    TENANTRY_RETURN_IF_ERROR(change(tenant));
    if (tenant.status != TenantStatus::kActive && tenant.status != TenantStatus::kSuspended) {
      return base::InvalidArgument("status may be set to active or suspended, not to {}",
                                   StatusName(tenant.status));
    }
    ++tenant.version;
    tenant.updated = events::NowAfter(clock_, LastTold(tenant));
    TENANTRY_RETURN_IF_ERROR(SaveTenant(transaction, tenant));
    if (tenant.status != status_before) {
      TENANTRY_RETURN_IF_ERROR(
          NoteStep(transaction, id, tenant.status,
                   tenant.status == TenantStatus::kSuspended ? "suspend" : "reactivate"));
    }
    TENANTRY_RETURN_IF_ERROR(Audit(transaction, "tenant.update", before.dump(), tenant, actor));
    return Announce(transaction, tenant, EventType::kTenantUpdated, actor.origin);
  }));
  return tenant;
}

absl::Status TenantRegistry::Delete(const base::TenantId& id, const AnyVersion& versions,
                                    const Actor& actor) {
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(Tenant tenant, LoadTenant(transaction, id));
    if (tenant.status == TenantStatus::kDeleted) return identity::NoSuchTenant(id);
    TENANTRY_RETURN_IF_ERROR(CheckVersion(tenant, versions));
    if (tenant.status == TenantStatus::kDeleting) return absl::OkStatus();
    const nlohmann::json before = ToJson(tenant);
    tenant.status = TenantStatus::kDeleting;
    ++tenant.version;
    tenant.updated = events::NowAfter(clock_, LastTold(tenant));
    TENANTRY_RETURN_IF_ERROR(SaveTenant(transaction, tenant));
    TENANTRY_RETURN_IF_ERROR(Audit(transaction, "tenant.delete", before.dump(), tenant, actor));
    return NoteStep(transaction, id, tenant.status, "delete");
  }));
  return Advance(id, actor).status();
}

// Runs the outside steps that are not recorded yet; each is recorded when it is done.
absl::Status TenantRegistry::RunSteps(const base::TenantId& id,
                                      const std::vector<LifecycleStep>& steps,
                                      TenantStatus during) {
  for (const LifecycleStep& step : steps) {
    bool done = false;
    TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(
          const auto rows,
          transaction.Query("SELECT 1 FROM tenant_steps WHERE tenant_id = :p0 AND status = :p1 AND "
                            "step = :p2",
                            {id.value(), std::string(StatusName(during)), step.name}, 1));
      done = !rows.empty();
      return absl::OkStatus();
    }));
    if (done) continue;
    TENANTRY_RETURN_IF_ERROR(base::Annotate(step.run(id), step.name));
    TENANTRY_RETURN_IF_ERROR(store_.Write(
        [&](Transaction& transaction) { return NoteStep(transaction, id, during, step.name); }));
  }
  return absl::OkStatus();
}

// Takes a tenant from where it stands to the end of what was begun.
absl::StatusOr<Tenant> TenantRegistry::Advance(const base::TenantId& id, const Actor& actor) {
  Tenant tenant;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(tenant, LoadTenant(transaction, id));
    if (tenant.status != TenantStatus::kRequested) return absl::OkStatus();
    tenant.status = TenantStatus::kProvisioning;
    TENANTRY_RETURN_IF_ERROR(SaveTenant(transaction, tenant));
    return NoteStep(transaction, id, tenant.status, "provision");
  }));
  if (tenant.status == TenantStatus::kProvisioning) {
    TENANTRY_RETURN_IF_ERROR(RunSteps(id, steps_.provision, TenantStatus::kProvisioning));
    return Activate(id);
  }
  if (tenant.status == TenantStatus::kDeleting) {
    TENANTRY_RETURN_IF_ERROR(RunSteps(id, steps_.remove, TenantStatus::kDeleting));
    TENANTRY_RETURN_IF_ERROR(RemovePeople(id, actor));
    TENANTRY_RETURN_IF_ERROR(FinishDeletion(id, actor.origin));
    tenant.status = TenantStatus::kDeleted;
  }
  return tenant;
}

absl::StatusOr<Tenant> TenantRegistry::Activate(const base::TenantId& id) {
  Tenant tenant;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(tenant, LoadTenant(transaction, id));
    if (tenant.status != TenantStatus::kProvisioning) return absl::OkStatus();
    tenant.status = TenantStatus::kActive;
    TENANTRY_RETURN_IF_ERROR(SaveTenant(transaction, tenant));
    return NoteStep(transaction, id, tenant.status, "activate");
  }));
  return tenant;
}

// Slice by slice, so that no transaction grows with the tenant; nobody comes in any more.
absl::Status TenantRegistry::RemovePeople(const base::TenantId& id, const Actor& actor) {
  int64_t removed = people_slice_;
  while (removed == people_slice_) {
    TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(removed,
                                departures_.RemoveSome(transaction, id, people_slice_, actor));
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status TenantRegistry::FinishDeletion(const base::TenantId& id,
                                            const metastore::Origin& origin) {
  return store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(Tenant tenant, LoadTenant(transaction, id));
    if (tenant.status != TenantStatus::kDeleting) return absl::OkStatus();
    tenant.status = TenantStatus::kDeleted;
    tenant.updated = events::NowAfter(clock_, LastTold(tenant));
    TENANTRY_RETURN_IF_ERROR(SaveTenant(transaction, tenant));
    TENANTRY_RETURN_IF_ERROR(NoteStep(transaction, id, tenant.status, "finish"));
    return Announce(transaction, tenant, EventType::kTenantDeleted, origin);
  });
}

// Who asked for the deletion that a crash cut short, as the audit trail tells.
absl::StatusOr<Actor> TenantRegistry::WhoDeletes(const base::TenantId& id) {
  Actor actor{"system", {}};
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT actor, request_id FROM audit WHERE tenant_id = :p0 AND "
                          "action = 'tenant.delete' ORDER BY number DESC LIMIT 1",
                          {id.value()}, 2));
    if (!rows.empty()) actor = {rows[0].Text(0), {rows[0].Text(1), ""}};
    return absl::OkStatus();
  }));
  return actor;
}

absl::Status TenantRegistry::Resume() {
  std::vector<std::pair<base::TenantId, bool>> unfinished;  // and whether it is being deleted
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT tenant_id, status FROM tenants WHERE status IN ('requested', "
                          "'provisioning', 'deleting')",
                          {}, 2));
    for (const auto& row : rows) {
      unfinished.emplace_back(base::TenantId(row.Text(0)), row.Text(1) == "deleting");
    }
    return absl::OkStatus();
  }));
  absl::Status first;
  for (const auto& [id, deleting] : unfinished) {
    const auto actor = deleting ? WhoDeletes(id) : Actor{"system", {}};
    const absl::Status status = actor.ok() ? Advance(id, *actor).status() : actor.status();
    if (first.ok() && !status.ok()) first = base::Annotate(status, "tenant " + id.value());
  }
  return first;
}

}  // namespace tenantry::tenants
