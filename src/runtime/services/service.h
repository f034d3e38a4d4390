#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenantry::runtime {

/// A part of the process that runs: threads, a listener, a store. Start, Drain and Stop are called
/// by one thread, in that order, each at most once; Ready from any thread.
class Service {
 public:
  virtual ~Service() = default;

  /// A short name for logs and for /readyz.
  virtual std::string_view name() const = 0;

  /// Begins work; returns when it can be used. After an error nothing of it runs.
  virtual absl::Status Start() = 0;

  /// Takes no new work and finishes what is in hand, until `deadline` at most.
  virtual void Drain(absl::Time deadline) { static_cast<void>(deadline); }

  /// Ends at once what still runs; afterwards no thread of it lives.
  virtual void Stop() = 0;

  /// OK, or why it can't serve at the moment.
  virtual absl::Status Ready() const { return absl::OkStatus(); }
};

/// Services in order of dependence: started first to last, drained and stopped last to first. Add,
/// Start and Stop belong to one thread; Readiness may be asked from any, once nothing more is
/// added.
class ServiceGroup {
 public:
  /// Adds a service that the caller owns and that outlives the group's use of it.
  void Add(Service& service);

  /// Starts all; when one fails, stops those already started in reverse and returns its error with
  /// the service's name before it.
  absl::Status Start();

  /// Drains all in reverse order, each for half of what is left of `grace` at most, so that clients
  /// that hang leave time to those behind; then stops all in reverse order. Does nothing
  /// for services that never started; safe to call twice. The deadline is by the machine's clock,
  /// whatever clock is injected elsewhere: it bounds real waiting.
  void Stop(absl::Duration grace);

  /// Name and readiness of each started service; Unavailable for all of them while the group stops.
  std::vector<std::pair<std::string, absl::Status>> Readiness() const;

 private:
  std::vector<Service*> services_;
  std::atomic<size_t> started_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace tenantry::runtime
