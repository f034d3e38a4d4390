#include "runtime/disk/paths.h"

#include <unistd.h>

#include "base/status.h"

namespace tenantry::runtime {
namespace {

absl::StatusOr<std::string> XdgFolder(const std::vector<std::string>& environment,
                                      std::string_view variable, std::string_view below_home) {
  // The specification tells to ignore relative paths.
  const std::optional<std::string> xdg = Variable(environment, variable);
  if (xdg.has_value() && xdg->starts_with('/')) return *xdg + "/tenantry";
  const std::optional<std::string> home = Variable(environment, "HOME");
  if (home.has_value() && home->starts_with('/')) {
    return fmt::format("{}/{}/tenantry", *home, below_home);
  }
  return base::FailedPrecondition("no folder to keep files in: set HOME or {} to an absolute path",
                                  variable);
}

}  // namespace

std::optional<std::string> Variable(const std::vector<std::string>& environment,
                                    std::string_view name) {
  for (const std::string& entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

std::vector<std::string> ProcessEnvironment() {
  std::vector<std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    environment.emplace_back(*entry);
  }
  return environment;
}

absl::StatusOr<std::string> ConfigFolder(const std::vector<std::string>& environment) {
  return XdgFolder(environment, "XDG_CONFIG_HOME", ".config");
}

absl::StatusOr<std::string> DataFolder(const std::vector<std::string>& environment) {
  return XdgFolder(environment, "XDG_DATA_HOME", ".local/share");
}

}  // namespace tenantry::runtime
