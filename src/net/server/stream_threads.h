#pragma once

#include <absl/synchronization/mutex.h>

#include <functional>
#include <list>
#include <thread>

#include "net/server/budget.h"

namespace tenantry::net::server {

/// A thread for each stream, made when it begins, so that streams that wait for hours take no
/// thread from the handlers. Thread-safe.
class StreamThreads {
 public:
  /// `budget`, which outlives this, bounds how many there are.
  explicit StreamThreads(Budget& budget) : budget_(budget) {}
  ~StreamThreads() { Join(); }

  /// Runs `stream`, which must not throw, on a thread of its own; false when there are too many.
  bool Start(std::function<void()> stream);

  /// Waits until all threads have ended.
  void Join();

 private:
  struct Entry {
    std::thread thread;
    bool ended = false;
  };

  void Reap();

  Budget& budget_;
  absl::Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::net::server
