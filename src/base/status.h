#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace tenantry::base {

/// The message of `status` as a standard view; it lives as long as `status` does. Debian's Abseil
/// has a string_view of its own, which stops at this function.
inline std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

/// An error of `code` whose message is made as fmt::format makes it.
template <typename... Args>
absl::Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return absl::Status(code, fmt::format(format, std::forward<Args>(args)...));
}

/// The caller sent something wrong: say what, where and what to do. HTTP 400, exit code 2.
template <typename... Args>
absl::Status InvalidArgument(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

/// The thing named does not exist, or is another tenant's. HTTP 404, exit code 5.
template <typename... Args>
absl::Status NotFound(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kNotFound, format, std::forward<Args>(args)...);
}

/// The state must change before this can work; a retry alone does not help. HTTP 409.
template <typename... Args>
absl::Status FailedPrecondition(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kFailedPrecondition, format, std::forward<Args>(args)...);
}

/// Something that must be there is away for now; the same call may work later. HTTP 503.
template <typename... Args>
absl::Status Unavailable(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kUnavailable, format, std::forward<Args>(args)...);
}

/// Stored bytes are not what was written. HTTP 500.
template <typename... Args>
absl::Status DataLoss(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kDataLoss, format, std::forward<Args>(args)...);
}

/// A fault of the program or of a library it calls. HTTP 500.
template <typename... Args>
absl::Status Internal(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInternal, format, std::forward<Args>(args)...);
}

/// `status` with `context` and a colon before its message; OK stays OK.
absl::Status Annotate(const absl::Status& status, std::string_view context);

}  // namespace tenantry::base

/// Returns from the enclosing function when `expression`, an absl::Status, is not OK.
#define TENANTRY_RETURN_IF_ERROR(expression)                         \
  do {                                                               \
    absl::Status tenantry_return_status = (expression);              \
    if (!tenantry_return_status.ok()) return tenantry_return_status; \
  } while (false)

/// Declares or assigns `target` from an absl::StatusOr, or returns its error from the function.
#define TENANTRY_ASSIGN_OR_RETURN(target, expression) \
  TENANTRY_ASSIGN_OR_RETURN_IMPL_(TENANTRY_CONCAT_(status_or_, __LINE__), target, expression)
#define TENANTRY_ASSIGN_OR_RETURN_IMPL_(name, target, expression) \
  auto name = (expression);                                       \
  if (!name.ok()) return std::move(name).status();                \
  target = *std::move(name)
#define TENANTRY_CONCAT_(a, b) TENANTRY_CONCAT_IMPL_(a, b)
#define TENANTRY_CONCAT_IMPL_(a, b) a##b
