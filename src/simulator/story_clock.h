#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <algorithm>
#include <optional>

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
    return follows_ ? real_.Now() : Told();
  }

  /// Moves to `now` and stands there; never backwards.
  void MoveTo(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    now_ = std::max(now, Told());
    running_since_.reset();
  }

  /// Goes on from where it stands, as quickly as the machine's, until the next MoveTo: for work
  /// that really takes its time.
  void Run() {
    absl::MutexLock lock(&mutex_);
    now_ = Told();
    running_since_ = real_.Now();
  }

  /// From here on the machine's time.
  void FollowReal() {
    absl::MutexLock lock(&mutex_);
    follows_ = true;
  }

 private:
  absl::Time Told() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!running_since_) return now_;
    return now_ + std::max(absl::ZeroDuration(), real_.Now() - *running_since_);
  }

  const base::Clock& real_;
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Time> running_since_ ABSL_GUARDED_BY(mutex_);  // by real_; nothing: it stands
  bool follows_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tenantry::simulator
