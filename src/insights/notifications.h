#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "events/company_record.h"
#include "metastore/audit.h"
#include "metastore/metastore.h"
#include "runtime/metrics.h"

namespace tenantry::insights {

/// Something that needs somebody.
struct Notification {
  std::string id;    ///< later ones are greater
  std::string rule;  ///< at_risk or idle_after_login
  base::TenantId tenant;
  std::string text;  ///< for people
  absl::Time raised;
  std::optional<absl::Time> acknowledged;
  std::string acknowledged_by;
  std::optional<absl::Time> cleared;  ///< when its rule ceased to hold

  /// "cleared" when its rule holds no longer; else whether somebody has taken it on,
  /// "acknowledged", or not, "open".
  std::string_view status() const;
};

/// Which notifications are asked for.
struct NotificationFilter {
  std::optional<base::TenantId> tenant;  ///< a tenant's own people see theirs alone
  std::string status;                    ///< as Notification::status; empty for all
};

/// Tells people when something needs them. A rule is looked at whenever a tenant's record changes;
/// its notification is raised once while the rule holds, and may be raised again when it held,
/// ceased to and holds anew. What is raised commits with its event. Thread-safe.
class Notifications {
 public:
  /// The references outlive this.
  Notifications(metastore::Metastore& store, const base::Clock& clock, base::Random& random,
                runtime::Metrics& metrics);

  /// Reads which rules hold already; before anything else.
  absl::Status Load();

  /// Looks at the rules of these tenants. What can't be written is logged and kept for
  /// RetryUnwritten, unless the tenant's next record says otherwise.
  void Look(const std::vector<events::CompanyRecord>& records);

  /// Writes what could not be written; stops at the first that still can't be.
  void RetryUnwritten();

  /// Up to `limit`, newest first, whose ids are less than `before` (empty = from the newest).
  absl::StatusOr<std::vector<Notification>> List(const NotificationFilter& filter,
                                                 const std::string& before, int64_t limit);

  /// Notes who has taken it on; a second time changes nothing. NotFound.
  absl::StatusOr<Notification> Acknowledge(const std::string& id, const metastore::Actor& who);

 private:
  using Held = std::pair<std::string, std::string>;  // tenant, rule

  void Settle(const Held& held, const std::optional<std::string>& text)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Write(const Held& held, const std::optional<std::string>& text)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Raise(const base::TenantId& tenant, const std::string& rule,
                     const std::string& text);
  absl::Status Clear(const base::TenantId& tenant, const std::string& rule);

  metastore::Metastore& store_;
  const base::Clock& clock_;
  base::Random& random_;
  runtime::Counter& raised_;
  absl::Mutex mutex_;
  absl::flat_hash_set<Held> held_ ABSL_GUARDED_BY(mutex_);
  // What could not be written: the words to raise, or none to clear. At most one for each rule of a
  // tenant.
  absl::flat_hash_map<Held, std::optional<std::string>> unwritten_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::insights
