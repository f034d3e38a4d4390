#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "runtime/metrics.h"

namespace tenantry::runtime {

/// Threads for work that blocks (SQL, files, child processes), with a bounded queue. Thread-safe.
class WorkerPool {
 public:
  /// Starts `threads` threads; at most `queue_max` tasks wait. Metrics are
  /// `tenantry_runtime_<name>_queue_depth` and `..._refused_total`; `name` is snake_case. Aborts
  /// when `threads` or `queue_max` is below 1. `metrics` must outlive the pool.
  WorkerPool(std::string name, int threads, size_t queue_max, Metrics& metrics);

  /// Runs what is queued, then joins the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues `task`; false, and counted, when the queue is full or the pool is stopping. A task that
  /// throws ends the program.
  bool TryPost(std::function<void()> task);

  /// Tasks that wait now.
  size_t depth() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tenantry::runtime
