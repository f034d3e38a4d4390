#pragma once

#include <absl/status/status.h>

namespace tenantry::app {

/// What the process ends with: the contract with scripts.
enum class ExitCode {
  kDone = 0,
  kFailed = 1,      ///< the thing asked for failed
  kWrongUse = 2,    ///< arguments or input that make no sense
  kNoServer = 3,    ///< no server answers there
  kNotAllowed = 4,  ///< no credential, or one that may not do this
  kNotFound = 5,    ///< the thing named does not exist
};

/// The exit code of a command's status: InvalidArgument is wrong use, Unavailable no server,
/// Unauthenticated and PermissionDenied not allowed, NotFound not found, the rest a failure.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace tenantry::app
