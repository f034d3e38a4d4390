#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "eventlog/event_log.h"
#include "roles/http/doorkeeper.h"
#include "roles/ingest/ingest_options.h"
#include "roles/ingest/stream_places.h"
#include "roles/role.h"
#include "runtime/metrics.h"

namespace tenantry::roles {

/// Events in and streams out. A tenant's credential writes for that tenant alone and sees its own
/// records alone; the operator's may import events of any tenant.
class IngestRole final : public Role {
 public:
  /// The references outlive the role.
  IngestRole(eventlog::EventLog& log, const base::Clock& clock, const Doorkeeper& door,
             const IngestOptions& options, runtime::Metrics& metrics);

  std::string_view name() const override { return "ingest"; }
  std::vector<net::Route> Routes() override;

 private:
  net::HttpResponse SendEvents(const net::HttpRequest& request, const identity::Caller& caller);
  net::HttpResponse FollowStream(const net::HttpRequest& request, const identity::Caller& caller);
  std::function<absl::Status()> StillAllowed(const net::HttpRequest& request);
  absl::StatusOr<eventlog::LogPositions> StreamStart(const net::HttpRequest& request,
                                                     const std::string& stream,
                                                     const std::optional<base::TenantId>& tenant);

  eventlog::EventLog& log_;
  const base::Clock& clock_;
  const Doorkeeper& door_;
  const IngestOptions options_;
  StreamPlaces streams_{options_.streams_per_tenant_max};
  runtime::Counter& accepted_;
  runtime::Counter& repeated_;
  runtime::Counter& rejected_;
};

}  // namespace tenantry::roles
