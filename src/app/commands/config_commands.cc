// config show|check: the options of the server.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/commands/option_flags.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "app/program_options.h"
#include "base/status.h"
#include "net/http_server.h"

namespace tenantry::app::commands {
namespace {

using console::Json;

struct ConfigFlags {
  OptionFlags options;
  bool json = false;
};

void PrintOptions(console::Terminal& terminal, const std::vector<runtime::OptionView>& options,
                  bool json) {
  console::Table table(terminal,
                       {{"OPTION"}, {"VALUE"}, {"SOURCE"}, {"DEFAULT"}, {"BOUNDS"}, {"WHAT"}});
  for (const runtime::OptionView& option : options) {
    const std::string source(runtime::SourceName(option.source));
    if (json) {
      const Json line = {
          {"name", option.name},     {"value", option.value},           {"source", source},
          {"origin", option.origin}, {"default", option.default_value}, {"bounds", option.bounds},
          {"help", option.help}};
      terminal.out << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
      continue;
    }
    table.AddRow({option.name, option.value, option.origin.empty() ? source : option.origin,
                  option.default_value, option.bounds, option.help});
  }
  if (!json) table.Finish("no options");
}

absl::Status ShowConfig(console::Terminal& terminal, const ConfigFlags& flags) {
  ProgramOptions options;
  runtime::OptionSet set;
  options.Declare(set);
  TENANTRY_RETURN_IF_ERROR(LoadOptions(set, flags.options, terminal.environment));
  PrintOptions(terminal, set.All(), flags.json);
  return absl::OkStatus();
}

absl::Status CheckConfig(console::Terminal& terminal, const ConfigFlags& flags) {
  ProgramOptions options;
  runtime::OptionSet set;
  options.Declare(set);
  const std::string& file = flags.options.file;
  absl::Status status = set.LoadFile(file);
  if (absl::IsNotFound(status)) return status;
  if (status.ok()) status = options.Check();
  // But for a port that is taken now.
  if (status.ok()) status = options.net.Try(/*any_port=*/true);
  // What was asked for, a file without faults, is not so.
  if (!status.ok()) return base::FailedPrecondition("{}", base::Message(status));
  console::Say(terminal, fmt::format("{} has no faults", file));
  return absl::OkStatus();
}

}  // namespace

void AddConfigCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& config = AddGroup(app, {"config", "The server's options",
                                    "tenantry config show\ntenantry config check server.toml"});
  console::Terminal& terminal = invocation.terminal();
  auto& show_flags = invocation.Hold<ConfigFlags>();
  CLI::App& show = AddLocalCommand(
      config, invocation,
      {"show", "Shows every option with its value, where that is from, and its default",
       "tenantry config show --config server.toml\n"
       "TENANTRY_EVENTLOG_PARTITIONS=8 tenantry config show --json\n"
       "tenantry config show --eventlog.partitions 8"},
      [&show_flags, &terminal] { return ShowConfig(terminal, show_flags); });
  AddOptionFlags(show, show_flags.options);
  AddJsonFlag(show, show_flags.json);

  auto& check_flags = invocation.Hold<ConfigFlags>();
  CLI::App& check = AddLocalCommand(
      config, invocation,
      {"check", "Tells every fault of a configuration file", "tenantry config check server.toml"},
      [&check_flags, &terminal] { return CheckConfig(terminal, check_flags); });
  check.add_option("FILE", check_flags.options.file, "a TOML file")->required();
}

}  // namespace tenantry::app::commands
