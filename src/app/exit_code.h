#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace tenantry::app {

/// What the process ends with: the contract with scripts.
enum class ExitCode {
  kDone = 0,
  kFailed = 1,         ///< the thing asked for failed
  kWrongUse = 2,       ///< arguments or input that make no sense
  kNoServer = 3,       ///< no server answers there
  kNotAllowed = 4,     ///< no credential, or one that may not do this
  kNotFound = 5,       ///< the thing named does not exist
  kInterrupted = 130,  ///< ended in an orderly way by Ctrl-C before it was done
  kTerminated = 143,   ///< the same by SIGTERM
};

/// A Cancelled status of work that a signal ended before it was done, with the exit code that
/// shells know such ends by. `signal` is the name that runtime::Shutdown gives: "SIGTERM", else
/// Ctrl-C.
absl::Status Interrupted(std::string_view signal, std::string_view message);

/// The exit code of a command's status: InvalidArgument is wrong use, Unavailable no server,
/// Unauthenticated and PermissionDenied not allowed, NotFound not found, one of Interrupted its
/// own, the rest a failure.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace tenantry::app
