#pragma once

#include <absl/synchronization/mutex.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "roles/role.h"
#include "runtime/metrics.h"
#include "runtime/services/service.h"

namespace tenantry::roles {

/// What a process is the better for: told by name, but ready it is without.
struct Helper {
  std::string name;
  std::function<absl::Status()> ready;  ///< OK, or what is wrong; asked by any thread
};

/// What every process answers, whatever else it plays: health, readiness, metrics, version and the
/// API's contract. None of it needs a credential, so that readiness names what is down, and only
/// the log says why.
class SystemRole final : public Role {
 public:
  /// `services` are those whose readiness counts, `helpers` are told of beside them; `refresh`
  /// brings gauges up to date before metrics are read. All references must outlive this.
  SystemRole(const runtime::ServiceGroup& services, std::vector<Helper> helpers,
             const runtime::Metrics& metrics, std::string version, std::function<void()> refresh);

  std::string_view name() const override { return "system"; }
  std::vector<net::Route> Routes() override;

 private:
  net::HttpResponse GetReadiness();
  void LogChange(const std::string& name, const absl::Status& status);

  const runtime::ServiceGroup& services_;
  const std::vector<Helper> helpers_;
  const runtime::Metrics& metrics_;
  const std::string version_;
  const std::function<void()> refresh_;
  absl::Mutex mutex_;
  std::set<std::string> down_ ABSL_GUARDED_BY(mutex_);  // what is logged as such
};

}  // namespace tenantry::roles
