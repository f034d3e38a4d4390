#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tenantry::base {

/// Named places where a test can make the program fail. Production code asks at each and goes on
/// when the answer is OK. Thread-safe.
class Faults {
 public:
  virtual ~Faults() = default;

  /// The error to act out at `point`, or OK. Points are named `room.place`, say `eventlog.sync`.
  virtual absl::Status At(std::string_view point) = 0;
};

/// Never fails: what production runs with.
class NoFaults final : public Faults {
 public:
  absl::Status At(std::string_view) override { return absl::OkStatus(); }
};

/// Fails as a test says. Thread-safe.
class ScriptedFaults final : public Faults {
 public:
  absl::Status At(std::string_view point) override;

  /// Lets `point` pass `passes` times, then return `error` `times` times, then pass again.
  void Fail(std::string_view point, absl::Status error, int64_t passes = 0, int64_t times = 1);

  /// Lets `point` pass `passes` times, then runs `action` once and passes: what happens just there.
  void Run(std::string_view point, std::function<void()> action, int64_t passes = 0);

  /// How often `point` was asked.
  int64_t Visits(std::string_view point) const;

 private:
  struct Script {
    absl::Status error;
    std::function<void()> action;
    int64_t passes = 0;
    int64_t times = 0;
    int64_t visits = 0;
  };

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Script> scripts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::base
