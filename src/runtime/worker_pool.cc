#include "runtime/worker_pool.h"

#include <absl/synchronization/mutex.h>
#include <pthread.h>

#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"

namespace tenantry::runtime {

struct WorkerPool::State {
  State(const std::string& name, size_t queue_max, Metrics& metrics)
      : queue_max(queue_max),
        queue_depth(metrics.AddGauge("tenantry_runtime_" + name + "_queue_depth",
                                     "Tasks that wait for a thread")),
        refused(metrics.AddCounter("tenantry_runtime_" + name + "_refused_total",
                                   "Tasks refused because the queue was full")) {}

  bool HasWorkOrStops() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return stopping || !queue.empty();
  }

  /// The next task, waiting for one; empty when the pool stops and nothing is left.
  std::function<void()> Take() {
    const absl::MutexLock lock(&mutex, absl::Condition(this, &State::HasWorkOrStops));
    if (queue.empty()) return nullptr;
    std::function<void()> task = std::move(queue.front());
    queue.pop_front();
    queue_depth.Set(static_cast<double>(queue.size()));
    return task;
  }

  void Work() noexcept {
    while (const std::function<void()> task = Take()) task();
  }

  const size_t queue_max;
  Gauge& queue_depth;
  Counter& refused;
  mutable absl::Mutex mutex;
  std::deque<std::function<void()>> queue ABSL_GUARDED_BY(mutex);
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::vector<std::thread> threads;
};

WorkerPool::WorkerPool(std::string name, int threads, size_t queue_max, Metrics& metrics)
    : state_(std::make_unique<State>(name, queue_max, metrics)) {
  TENANTRY_CHECK(threads >= 1 && queue_max >= 1);
  for (int i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->Work(); });
    // The kernel keeps 15 letters of a thread's name.
    pthread_setname_np(state_->threads.back().native_handle(), name.substr(0, 15).c_str());
  }
}

WorkerPool::~WorkerPool() {
  {
    const absl::MutexLock lock(&state_->mutex);
    state_->stopping = true;
  }
  for (std::thread& thread : state_->threads) thread.join();
}

bool WorkerPool::TryPost(std::function<void()> task) {
  const absl::MutexLock lock(&state_->mutex);
  if (state_->stopping || state_->queue.size() >= state_->queue_max) {
    state_->refused.Increment();
    return false;
  }
  state_->queue.push_back(std::move(task));
  state_->queue_depth.Set(static_cast<double>(state_->queue.size()));
  return true;
}

size_t WorkerPool::depth() const {
  const absl::MutexLock lock(&state_->mutex);
  return state_->queue.size();
}

}  // namespace tenantry::runtime
