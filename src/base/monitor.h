#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <condition_variable>
#include <list>
#include <mutex>

namespace tenantry::base {

/// A mutex whose holders wait for conditions as with absl::Mutex, but by the steady clock: the
/// timed waits of Debian's Abseil end by the clock that is set, so that one that is set back an
/// hour makes a wait of 100 ms last an hour. `./dev check` refuses those. Whoever unlocks looks at
/// the conditions of those who wait and wakes them: what a condition reads is guarded by this.
/// Thread-safe; not reentrant.
class ABSL_LOCKABLE Monitor {
 public:
  Monitor() = default;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  /// Waits until nobody else holds this.
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION();
  /// Lets go of it; the caller holds it.
  void Unlock() ABSL_UNLOCK_FUNCTION();

  /// Lets go until `condition` holds; the caller holds this before and after.
  void Await(const absl::Condition& condition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this);
  /// The same for `wait` at most, which may be infinite, or over already; whether it holds.
  bool AwaitFor(const absl::Condition& condition, absl::Duration wait)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this);

 private:
  struct Waiter {
    const absl::Condition& condition;
    std::condition_variable changed;
    bool woken = false;
  };

  void WakeWhoeverCanGoOn();

  std::mutex mutex_;
  std::list<Waiter*> waiters_;  // guarded by mutex_; theirs, while they wait
};

/// Holds a monitor from its construction to its end.
class ABSL_SCOPED_LOCKABLE MonitorLock {
 public:
  explicit MonitorLock(Monitor* monitor) ABSL_EXCLUSIVE_LOCK_FUNCTION(monitor) : monitor_(monitor) {
    monitor_->Lock();
  }
  MonitorLock(const MonitorLock&) = delete;
  MonitorLock& operator=(const MonitorLock&) = delete;
  ~MonitorLock() ABSL_UNLOCK_FUNCTION() { monitor_->Unlock(); }

 private:
  Monitor* const monitor_;
};

}  // namespace tenantry::base
