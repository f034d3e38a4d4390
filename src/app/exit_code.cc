#include "app/exit_code.h"

#include <absl/strings/cord.h>

namespace tenantry::app {
namespace {

constexpr char kSignalPayload[] = "tenantry/signal";

}  // namespace

absl::Status Interrupted(std::string_view signal, std::string_view message) {
  absl::Status status = absl::CancelledError({message.data(), message.size()});
  status.SetPayload(kSignalPayload, absl::Cord(absl::string_view(signal.data(), signal.size())));
  return status;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kDone;
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kWrongUse;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kNoServer;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kNotAllowed;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    default:
      break;
  }
  const auto signal = status.GetPayload(kSignalPayload);
  if (!signal) return ExitCode::kFailed;
  return *signal == "SIGTERM" ? ExitCode::kTerminated : ExitCode::kInterrupted;
}

}  // namespace tenantry::app
