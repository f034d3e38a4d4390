#pragma once

#include <absl/time/time.h>

#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>

namespace tenantry::base {

/// Time since the machine started, which nobody sets: for intervals and deadlines in real time,
/// where a clock that is set back would stand still. What the day is, Clock says.
inline absl::Duration SteadyNow() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

/// Tells a thread that it is to stop, and wakes it from its pause. Thread-safe.
class StopSignal {
 public:
  /// From now on every pause ends at once.
  void Raise() {
    {
      std::lock_guard lock(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
  }

  /// Waits so long by the steady clock (Abseil's own waits end by the one that is set), or until it
  /// is raised; whether it is.
  bool WaitFor(absl::Duration pause) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(pause), [this] { return raised_; });
    return raised_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

}  // namespace tenantry::base
