#pragma once

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

#include "jobs/jobs.h"
#include "roles/http/doorkeeper.h"
#include "roles/role.h"

namespace tenantry::roles {

/// The Job Manager over HTTP: batch jobs. A tenant's callers see and change the jobs of their
/// tenant, whoever submitted them; the operator's those of all. SQL over a tenant's data is
/// submitted by its own people alone.
class JobsRole final : public Role {
 public:
  /// The references outlive the role.
  JobsRole(jobs::Jobs& jobs, const Doorkeeper& door) : jobs_(jobs), door_(door) {}

  std::string_view name() const override { return "jobs"; }
  std::vector<net::Route> Routes() override;

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Caller = identity::Caller;

  Response ListJobs(const Request& request, const Caller& caller);
  Response SubmitJob(const Request& request, const Caller& caller);
  Response GetJob(const Request& request, const Caller& caller);
  Response GetLog(const Request& request, const Caller& caller);
  Response CancelJob(const Request& request, const Caller& caller);
  Response ResumeJob(const Request& request, const Caller& caller);
  Response ExplainJob(const Request& request, const Caller& caller);
  Response DryRun(const Request& request, const Caller& caller);

  absl::StatusOr<jobs::Job> FindJob(const Request& request, const Caller& caller,
                                    identity::Permission permission);

  jobs::Jobs& jobs_;
  const Doorkeeper& door_;
};

}  // namespace tenantry::roles
