#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "app/commands/invocation.h"

namespace tenantry::app::commands {

/// The tenant whose data a command works on: the flag's, or the caller's own. InvalidArgument: the
/// caller is of none and names none. Else errors as ApiClient::TenantOrOwn.
absl::StatusOr<std::string> TenantOf(const ServerCall& call, const std::string& flag);

/// Adds --tenant.
void AddTenantFlag(CLI::App& command, std::string& tenant);

}  // namespace tenantry::app::commands
