#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::runtime {

/// The value of `name` in `environment` ("NAME=value" entries, the first counts), or nothing.
std::optional<std::string> Variable(const std::vector<std::string>& environment,
                                    std::string_view name);

/// The process's environment as such entries.
std::vector<std::string> ProcessEnvironment();

/// Tenantry's folder of a person's settings by the XDG Base Directory Specification:
/// $XDG_CONFIG_HOME/tenantry, else $HOME/.config/tenantry. The folder may not exist.
/// FailedPrecondition when neither variable holds an absolute path.
absl::StatusOr<std::string> ConfigFolder(const std::vector<std::string>& environment);

/// The same for data that must last: $XDG_DATA_HOME/tenantry, else $HOME/.local/share/tenantry.
absl::StatusOr<std::string> DataFolder(const std::vector<std::string>& environment);

}  // namespace tenantry::runtime
