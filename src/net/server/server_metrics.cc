#include "net/server/server_metrics.h"

#include <algorithm>

namespace tenantry::net::server {

ServerMetrics::ServerMetrics(runtime::Metrics& metrics, const std::vector<Route>& routes)
    : no_route_(MakeOperation(metrics, "none")),
      connections_(metrics.AddGauge("tenantry_net_connections", "Open connections")),
      requests_(metrics.AddGauge("tenantry_net_requests_in_hand", "Requests not yet answered")),
      streams_(metrics.AddGauge("tenantry_net_streams", "Streamed answers under way")),
      bodies_bytes_(metrics.AddGauge("tenantry_net_bodies_bytes", "Bodies in hand")) {
  for (const Route& route : routes) operations_.push_back(MakeOperation(metrics, route.operation));
  for (size_t i = 0; i < refused_.size(); ++i) {
    const auto label = std::string(wire::ReasonLabel(static_cast<wire::RefusalReason>(i)));
    refused_[i] = &metrics.AddCounter("tenantry_net_refused_total",
                                      "What the server itself refused", {{"reason", label}});
  }
}

ServerMetrics::Operation ServerMetrics::MakeOperation(runtime::Metrics& metrics,
                                                      const std::string& name) {
  Operation operation;
  for (size_t i = 0; i < operation.by_class.size(); ++i) {
    operation.by_class[i] =
        &metrics.AddCounter("tenantry_net_requests_total", "Requests answered",
                            {{"operation", name}, {"status", std::to_string(i + 2) + "xx"}});
  }
  operation.seconds =
      &metrics.AddHistogram("tenantry_net_request_seconds", "From a request's head to its answer",
                            runtime::LatencyBuckets(), {{"operation", name}});
  return operation;
}

void ServerMetrics::Answered(size_t route, int status, absl::Duration took) {
  Operation& operation = route < operations_.size() ? operations_[route] : no_route_;
  operation.by_class[static_cast<size_t>(std::clamp(status / 100, 2, 5) - 2)]->Increment();
  operation.seconds->Observe(absl::ToDoubleSeconds(took));
}

void ServerMetrics::Refused(wire::RefusalReason reason) {
  refused_[static_cast<size_t>(reason)]->Increment();
}

}  // namespace tenantry::net::server
