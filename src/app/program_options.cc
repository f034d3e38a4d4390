#include "app/program_options.h"

#include "base/status.h"

namespace tenantry::app {

void ProgramOptions::Declare(runtime::OptionSet& set) {
  set.AddChoice("log.level", &log_level, {"debug", "info", "warning", "error"},
                "lines below it are not written");
  set.AddChoice("log.format", &log_format, {"text", "json"}, "for people, or one object a line");
  net.Declare(set);
  activity.Declare(set);
}

absl::Status LoadOptions(runtime::OptionSet& set, const std::string& file,
                         const std::vector<std::string>& environment) {
  if (!file.empty()) {
    const absl::Status status = set.LoadFile(file);
    if (!status.ok()) return base::InvalidArgument("{}", base::Message(status));
  }
  return set.LoadEnvironment(environment, ReservedVariables());
}

std::vector<std::string> ReservedVariables() {
  return {"TENANTRY_SERVER",        "TENANTRY_TOKEN",     "TENANTRY_TOKEN_FILE",
          "TENANTRY_PASSWORD_FILE", "TENANTRY_TEST_DATA", "TENANTRY_NEW_PASSWORD_FILE",
          "TENANTRY_TEST_ORACLES",  "TENANTRY_BIN"};
}

}  // namespace tenantry::app
