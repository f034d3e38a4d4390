#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/monitor.h"
#include "net/http_server.h"
#include "net/router.h"
#include "net/server/budget.h"
#include "net/server/server_metrics.h"
#include "net/server/stream_threads.h"
#include "runtime/worker_pool.h"

namespace tenantry::net::server {

/// How many connections are open, for those who wait until there are none. Thread-safe.
class OpenConnections {
 public:
  /// One more is open.
  void Add() {
    const base::MonitorLock lock(&mutex_);
    ++count_;
  }
  /// One has ended.
  void Remove() {
    const base::MonitorLock lock(&mutex_);
    --count_;
  }
  /// False when some are still open at `deadline`.
  bool AwaitNone(absl::Time deadline) {
    const base::MonitorLock lock(&mutex_);
    return mutex_.AwaitFor(absl::Condition(IsZero, &count_), deadline - absl::Now());
  }
  /// False when some are still open after `timeout`.
  bool AwaitNone(absl::Duration timeout) {
    const base::MonitorLock lock(&mutex_);
    return mutex_.AwaitFor(absl::Condition(IsZero, &count_), timeout);
  }

 private:
  static bool IsZero(int64_t* count) { return *count == 0; }

  base::Monitor mutex_;
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

/// What all connections of a server share. Every part is thread-safe.
struct ServerCore {
  /// The references outlive this.
  ServerCore(const HttpServerOptions& server_options, Router server_router, Elsewhere without_route,
             const base::Clock& server_clock, runtime::Metrics& registry)
      : options(server_options),
        router(std::move(server_router)),
        elsewhere(std::move(without_route)),
        clock(server_clock),
        metrics(registry, router.routes()),
        connections(options.connections_max, &metrics.connections()),
        refusals(kRefusalsMax, nullptr),
        requests(options.requests_max, &metrics.requests()),
        bodies(options.bodies_bytes_max, &metrics.bodies_bytes()),
        streams(options.streams_max, &metrics.streams()),
        stream_threads(streams),
        pool(std::make_unique<runtime::WorkerPool>(
            "http", static_cast<int>(options.handler_threads),
            static_cast<size_t>(options.handler_queue_max), registry)) {}

  /// Connections past the limit that are told so at a time; more are closed without a word.
  static constexpr int64_t kRefusalsMax = 64;

  const HttpServerOptions options;
  const Router router;
  const Elsewhere elsewhere;
  const base::Clock& clock;
  ServerMetrics metrics;
  Budget connections;
  Budget refusals;
  Budget requests;
  Budget bodies;
  Budget streams;
  StreamThreads stream_threads;
  OpenConnections open;
  std::atomic<bool> draining = false;
  std::unique_ptr<runtime::WorkerPool> pool;
};

}  // namespace tenantry::net::server
