#pragma once

#include <absl/time/time.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "net/http.h"
#include "net/wire/refusal.h"
#include "runtime/metrics.h"

namespace tenantry::net::server {

/// The server's metrics, labelled by operation and never by path. Thread-safe.
class ServerMetrics {
 public:
  /// Index of requests that no route answered.
  static constexpr size_t kNoRoute = static_cast<size_t>(-1);

  /// `metrics` outlives this.
  ServerMetrics(runtime::Metrics& metrics, const std::vector<Route>& routes);

  /// Counts an answer of the route at `route` (an index into the routes, or kNoRoute).
  void Answered(size_t route, int status, absl::Duration took);

  /// Counts a refusal.
  void Refused(wire::RefusalReason reason);

  /// Gauges of what is open: connections, requests in hand, streams, bytes of bodies.
  runtime::Gauge& connections() { return connections_; }
  runtime::Gauge& requests() { return requests_; }
  runtime::Gauge& streams() { return streams_; }
  runtime::Gauge& bodies_bytes() { return bodies_bytes_; }

 private:
  struct Operation {
    std::array<runtime::Counter*, 4> by_class;  // 2xx to 5xx
    runtime::Histogram* seconds;
  };

  static Operation MakeOperation(runtime::Metrics& metrics, const std::string& name);

  std::vector<Operation> operations_;
  Operation no_route_;
  std::array<runtime::Counter*, wire::kRefusalReasons> refused_;
  runtime::Gauge& connections_;
  runtime::Gauge& requests_;
  runtime::Gauge& streams_;
  runtime::Gauge& bodies_bytes_;
};

}  // namespace tenantry::net::server
