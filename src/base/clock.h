#pragma once

#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

namespace tenantry::base {

/// What time it is. Injected everywhere, so that tests and simulations own time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The present, in UTC. May go backwards when the machine's clock is set.
  virtual absl::Time Now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

/// A clock that moves only when told. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}

  absl::Time Now() const override;

  /// Sets the present; it may go backwards.
  void Set(absl::Time now);

  /// Moves the present by `step`.
  void Advance(absl::Duration step);

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::base
