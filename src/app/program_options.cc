#include "app/program_options.h"

#include "base/status.h"

namespace tenantry::app {

void ProgramOptions::Declare(runtime::OptionSet& set) {
  set.AddChoice("log.level", &log_level, {"debug", "info", "warning", "error"},
                "lines below it are not written");
  set.AddChoice("log.format", &log_format, {"text", "json"}, "for people, or one object a line");
  net.Declare(set);
  metastore.Declare(set);
  outbox.Declare(set);
  idempotency.Declare(set);
  eventlog.Declare(set);
  sessions.Declare(set);
  passwords.Declare(set);
  lake.Declare(set);
  jobs.Declare(set);
  activity.Declare(set);
  ingest.Declare(set);
  analytics.Declare(set);
}

absl::Status ProgramOptions::Check() const {
  TENANTRY_RETURN_IF_ERROR(eventlog.Check());
  TENANTRY_RETURN_IF_ERROR(lake.Check());
  TENANTRY_RETURN_IF_ERROR(jobs.Check());
  return activity.Check(net.request_timeout);
}

runtime::LogLevel ProgramOptions::level() const {
  if (log_level == "debug") return runtime::LogLevel::kDebug;
  if (log_level == "warning") return runtime::LogLevel::kWarning;
  return log_level == "error" ? runtime::LogLevel::kError : runtime::LogLevel::kInfo;
}

runtime::LogFormat ProgramOptions::format() const {
  return log_format == "json" ? runtime::LogFormat::kJson : runtime::LogFormat::kText;
}

absl::Status LoadOptions(runtime::OptionSet& set, const OptionFlags& flags,
                         const std::vector<std::string>& environment) {
  if (!flags.file.empty()) TENANTRY_RETURN_IF_ERROR(set.LoadFile(flags.file));
  TENANTRY_RETURN_IF_ERROR(set.LoadEnvironment(environment, ReservedVariables()));
  for (const auto& [name, value] : flags.values) {
    TENANTRY_RETURN_IF_ERROR(set.Set(name, value, runtime::OptionSource::kFlag, "--" + name));
  }
  return absl::OkStatus();
}

std::vector<std::string> ReservedVariables() {
  return {"TENANTRY_SERVER",        "TENANTRY_TOKEN",     "TENANTRY_TOKEN_FILE",
          "TENANTRY_PASSWORD_FILE", "TENANTRY_TEST_DATA", "TENANTRY_NEW_PASSWORD_FILE",
          "TENANTRY_TEST_ORACLES",  "TENANTRY_BIN"};
}

}  // namespace tenantry::app
