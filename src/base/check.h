#pragma once

#include <string_view>

namespace tenantry::base {

/// Prints the broken invariant to standard error and aborts. For faults of the program alone: what
/// the environment does wrong is returned as an absl::Status.
[[noreturn]] void CheckFailed(const char* file, int line, std::string_view what);

}  // namespace tenantry::base

/// Aborts unless `condition` holds, in every build.
#define TENANTRY_CHECK(condition)                                                    \
  do {                                                                               \
    if (!(condition)) ::tenantry::base::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
