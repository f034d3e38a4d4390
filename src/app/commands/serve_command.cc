// serve: the server.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/commands/option_flags.h"
#include "app/program_options.h"
#include "app/server/platform.h"
#include "base/status.h"
#include "runtime/logging.h"
#include "runtime/shutdown.h"

namespace tenantry::app::commands {
namespace {

struct ServeFlags {
  OptionFlags options;
  std::string data = "tenantry-data";
  std::string listen;
  std::vector<std::string> roles;
  absl::Duration grace = absl::Seconds(15);
};

absl::Status Serve(console::Terminal& terminal, const ServeFlags& flags) {
  ProgramOptions options;
  runtime::OptionSet set;
  options.Declare(set);
  TENANTRY_RETURN_IF_ERROR(LoadOptions(set, flags.options, terminal.environment));
  if (!flags.listen.empty()) {
    TENANTRY_RETURN_IF_ERROR(
        set.Set("net.listen", flags.listen, runtime::OptionSource::kFlag, "--listen"));
  }
  runtime::SetUpLogging(options.level(), options.format());
  runtime::Shutdown shutdown;
  base::SystemClock clock;
  base::NoFaults faults;
  server::Platform platform({flags.data, flags.roles}, options, clock, terminal.random, faults);
  const absl::Status started = platform.Start();
  // Only a client that finds nobody means "no server".
  if (absl::IsUnavailable(started) || absl::IsPermissionDenied(started) ||
      absl::IsNotFound(started)) {
    return base::FailedPrecondition("{}", base::Message(started));
  }
  TENANTRY_RETURN_IF_ERROR(started);
  terminal.out << "tenantry is ready at " << platform.url() << '\n';
  terminal.out.flush();
  shutdown.Wait();
  runtime::Log(runtime::LogLevel::kInfo, "serve", "{}: draining", shutdown.reason());
  platform.Stop(flags.grace);
  runtime::Log(runtime::LogLevel::kInfo, "serve", "stopped");
  return absl::OkStatus();
}

}  // namespace

void AddServeCommand(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<ServeFlags>();
  console::Terminal& terminal = invocation.terminal();
  CLI::App& serve =
      AddLocalCommand(app, invocation,
                      {"serve", "Runs the server until it is told to stop",
                       "tenantry serve --data /var/lib/tenantry --listen 127.0.0.1:8080\n"
                       "tenantry serve --eventlog.partitions 8 --log.level debug"},
                      [&flags, &terminal] { return Serve(terminal, flags); });
  AddOptionFlags(serve, flags.options);
  serve.add_option("--data", flags.data, "the folder that everything is kept in")
      ->capture_default_str();
  serve.add_option("--listen", flags.listen, "HOST:PORT to answer at (127.0.0.1:8080)");
  const std::string roles = fmt::format("only these: {}", fmt::join(server::KnownRoles(), ", "));
  serve.add_option("--roles", flags.roles, roles)->delimiter(',');
}

}  // namespace tenantry::app::commands
