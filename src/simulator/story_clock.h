#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include "base/clock.h"

namespace tenantry::simulator {

/// A clock that a story moves through simulated days, and that goes on with the machine's time once
/// the story has caught up with the present. Thread-safe.
class StoryClock final : public base::Clock {
 public:
  /// Stands at `start` until moved; `real` takes over later and must outlive this.
  StoryClock(absl::Time start, const base::Clock& real) : real_(real), now_(start) {}

  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return follows_ ? real_.Now() : now_;
  }

  /// Moves to `now`; never backwards.
  void MoveTo(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    if (now > now_) now_ = now;
  }

  /// From here on the machine's time.
  void FollowReal() {
    absl::MutexLock lock(&mutex_);
    follows_ = true;
  }

 private:
  const base::Clock& real_;
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  bool follows_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tenantry::simulator
