#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "app/program_options.h"
#include "base/clock.h"
#include "base/faults.h"
#include "base/random.h"
#include "runtime/metrics.h"

namespace tenantry::app::server {

/// Which roles a process plays, and where it keeps its data.
struct PlatformPlan {
  std::string folder;              ///< the data folder
  std::vector<std::string> roles;  ///< of KnownRoles; empty = all
};

/// The roles that `--roles` takes.
const std::vector<std::string>& KnownRoles();

/// A whole server in this process: the embedded engines, the roles that were asked for and the HTTP
/// server before them, wired here and nowhere else. Start and Stop are called once, by one thread.
class Platform {
 public:
  /// The references outlive the platform.
  Platform(PlatformPlan plan, const ProgramOptions& options, base::Clock& clock,
           base::Random& random, base::Faults& faults);
  ~Platform();

  /// Opens the data folder, starts everything and answers requests when it returns.
  /// InvalidArgument: options or roles that make no sense; FailedPrecondition: the folder is in use
  /// or of a newer version, or the address is taken; and the engines' own errors. Nothing runs
  /// after an error.
  absl::Status Start();

  /// Drains for up to `grace`, then stops. Safe to call twice.
  void Stop(absl::Duration grace);

  /// The address for clients on this machine, as a URL.
  std::string url() const;

  /// Where the first operator's password is.
  std::string password_file() const;

  /// Ends sessions that were idle too long by the injected clock: for simulations, whose days pass
  /// quicker than the sweep.
  absl::Status SweepSessions();

  /// Returns once the outbox is published and the analytics have counted the whole log.
  /// DeadlineExceeded by the machine's clock.
  absl::Status WaitCounted(absl::Time deadline);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tenantry::app::server
