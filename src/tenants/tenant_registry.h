#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "events/event.h"
#include "identity/departures.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"
#include "tenants/tenant.h"

namespace tenantry::tenants {

/// Which tenants are asked for; absent or empty means any. Deleted ones only by status.
struct TenantFilter {
  std::optional<base::TenantId> only;  ///< a tenant's own people see it alone
  std::string search;  ///< part of id, name or industry, whatever the case of the letters A to Z
  std::string industry;
  std::string plan;
  std::string pattern;
  std::string status;
};

/// One step of a tenant's life, done outside the database: idempotent, since it is done again when
/// a crash came between it and its record.
struct LifecycleStep {
  std::string name;  ///< "make lake prefix"
  std::function<absl::Status(const base::TenantId&)> run;
};

/// What happens while a tenant is provisioned, and while it is deleted.
struct LifecycleSteps {
  std::vector<LifecycleStep> provision;
  std::vector<LifecycleStep> remove;
};

/// The tenants: their records and their life, from requested over provisioning to active, suspended
/// and back, deleting and deleted. Every step is recorded; a crash in the middle is gone on with by
/// Resume. Every change is audited and makes its event in the same transaction; a deletion is
/// audited when it is asked for and makes its event when it is done. Thread-safe.
class TenantRegistry {
 public:
  /// The references outlive this. A deletion takes up to `people_slice` of the tenant's sessions,
  /// people and keys out in one transaction.
  TenantRegistry(metastore::Metastore& store, const base::Clock& clock, base::Random& random,
                 LifecycleSteps steps, int64_t people_slice = 500);

  /// Registers a tenant (its id is made when empty) and provisions it; answers it as active.
  /// AlreadyExists: the id is, or was, another tenant's. A step's error leaves it provisioning.
  absl::StatusOr<Tenant> Create(Tenant tenant, const metastore::Actor& actor);

  /// NotFound: there is none, or it is deleted.
  absl::StatusOr<Tenant> Get(const base::TenantId& id);

  /// True when the tenant exists and is not deleted; false too when the store can't say.
  bool Knows(const base::TenantId& id);

  /// Up to `limit` tenants whose ids come after `after`, by id.
  absl::StatusOr<std::vector<Tenant>> List(const TenantFilter& filter, const std::string& after,
                                           int64_t limit);
  /// How many a filter lets through.
  absl::StatusOr<int64_t> Count(const TenantFilter& filter);

  /// Changes a tenant: `change` edits the record and may set its status to active or suspended.
  /// Aborted: `versions` are given without the record's; FailedPrecondition: the tenant is in a
  /// state that allows no change; InvalidArgument: `change` sets another status; NotFound; and
  /// `change`'s own errors.
  absl::StatusOr<Tenant> Update(const base::TenantId& id, const AnyVersion& versions,
                                const std::function<absl::Status(Tenant&)>& change,
                                const metastore::Actor& actor);

  /// Deletes a tenant, its people, keys and sessions, each of which leaves its traces as if it were
  /// removed by itself, before the tenant's own event. Errors as Update, and a step's, which leaves
  /// it deleting.
  absl::Status Delete(const base::TenantId& id, const AnyVersion& versions,
                      const metastore::Actor& actor);

  /// Goes on with every tenant that was left provisioning or deleting; called at start. The first
  /// error, after all were tried.
  absl::Status Resume();

 private:
  absl::StatusOr<Tenant> Advance(const base::TenantId& id, const metastore::Actor& actor);
  absl::StatusOr<metastore::Actor> WhoDeletes(const base::TenantId& id);
  absl::Status RemovePeople(const base::TenantId& id, const metastore::Actor& actor);
  absl::Status RunSteps(const base::TenantId& id, const std::vector<LifecycleStep>& steps,
                        TenantStatus during);
  absl::StatusOr<Tenant> Activate(const base::TenantId& id);
  absl::Status FinishDeletion(const base::TenantId& id, const metastore::Origin& origin);
  absl::Status Audit(metastore::Transaction& transaction, const char* action,
                     const std::string& before, const Tenant& after, const metastore::Actor& actor);
  absl::Status Announce(metastore::Transaction& transaction, const Tenant& tenant,
                        events::EventType type, const metastore::Origin& origin);
  absl::Status NoteStep(metastore::Transaction& transaction, const base::TenantId& id,
                        TenantStatus status, const std::string& step);

  metastore::Metastore& store_;
  const base::Clock& clock_;
  base::Random& random_;
  const LifecycleSteps steps_;
  const int64_t people_slice_;
  const identity::Departures departures_;
};

}  // namespace tenantry::tenants
