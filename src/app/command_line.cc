#include "app/command_line.h"

#include <absl/synchronization/mutex.h>

#include <CLI/CLI.hpp>
#include <array>
#include <exception>

#include "app/arguments.h"
#include "app/batch/batch_commands.h"
#include "app/commands/commands.h"
#include "app/commands/invocation.h"
#include "app/commands/option_flags.h"
#include "app/exit_code.h"
#include "app/learning/learning_commands.h"
#include "app/simulation/simulation_commands.h"
#include "app/usage_fault.h"
#include "app/version.h"
#include "base/status.h"
#include "lake/sql/sql_worker.h"

namespace tenantry::app {
namespace {

using commands::Invocation;

/// A heading of --help and the function that adds the commands beneath it.
struct CommandGroup {
  const char* heading;
  void (*add)(CLI::App& app, Invocation& invocation);
};

// The table of commands, in the order of --help. A new command is a file in app/commands/ and a
// line.
constexpr std::array kCommandGroups = {
    CommandGroup{"A server", commands::AddServeCommand},
    CommandGroup{"A server", commands::AddDemoCommand},
    CommandGroup{"Tenants and people", commands::AddSessionCommands},
    CommandGroup{"Tenants and people", commands::AddTenantsCommands},
    CommandGroup{"Tenants and people", commands::AddUsersCommands},
    CommandGroup{"Tenants and people", commands::AddKeysCommands},
    CommandGroup{"Data", commands::AddDataCommands},
    CommandGroup{"Jobs", batch::AddJobsCommands},
    CommandGroup{"Events", commands::AddEventsCommands},
    CommandGroup{"Answers", commands::AddAskCommand},
    CommandGroup{"Answers", commands::AddCompaniesCommands},
    CommandGroup{"Answers", commands::AddChurnCommands},
    CommandGroup{"Answers", commands::AddNotificationsCommands},
    CommandGroup{"Answers", commands::AddReplayCommand},
    CommandGroup{"Models", commands::AddModelsCommands},
    CommandGroup{"Models", learning::AddTrainCommand},
    CommandGroup{"Models", learning::AddEvaluateCommand},
    CommandGroup{"Models", learning::AddScoreCommand},
    CommandGroup{"Models", simulation::AddSimulateCommands},
    CommandGroup{"This program", commands::AddConfigCommands},
    CommandGroup{"This program", commands::AddVersionCommand},
};

void AddAllCommands(CLI::App& app, Invocation& invocation) {
  for (const CommandGroup& group : kCommandGroups) {
    const size_t before = app.get_subcommands({}).size();
    group.add(app, invocation);
    const std::vector<CLI::App*> all = app.get_subcommands({});
    for (size_t i = before; i < all.size(); ++i) all[i]->group(group.heading);
  }
}

/// --help in few words: types without their bounds, which the error names.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() {
    label("Positionals", "Arguments");
    label("SUBCOMMAND", "COMMAND");
    label("OPTIONS", "options");
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_items_expected_max() == 0) return "";
    const std::string type = option->get_type_name();
    std::string words = option->nonpositional() ? " " + type.substr(0, type.find(':')) : "";
    const std::string value = option->get_default_str();
    if (!value.empty()) words += "=" + value;
    return words;
  }

  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    if (group != commands::kOptionFlagsHeading) {
      return CLI::Formatter::make_group(std::move(group), is_positional, std::move(options));
    }
    return fmt::format(
        "\n{}:\n  --NAME VALUE                as `tenantry config show` lists them\n", group);
  }

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    const std::string help = CLI::Formatter::make_help(app, std::move(name), mode);
    return CLI::detail::find_and_replace(help, "\n\n\n", "\n\n");
  }
};

int ReportStatus(const absl::Status& status, console::Terminal& terminal) {
  terminal.out.flush();
  if (status.ok() && terminal.out.fail()) {
    return ReportStatus(base::Internal("standard output can't be written"), terminal);
  }
  if (!status.ok()) console::Say(terminal, fmt::format("tenantry: {}", base::Message(status)));
  return static_cast<int>(ExitCodeOf(status));
}

int ReportParseError(const CLI::App& app, const CLI::ParseError& error,
                     const std::vector<std::string>& arguments, console::Terminal& terminal) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error, terminal.out, terminal.err);
    return ReportStatus(absl::OkStatus(), terminal);
  }
  console::Say(terminal, fmt::format("tenantry: {}\nSee `{} --help`",
                                     UsageFault(app, error, arguments), CommandPath(app)));
  return static_cast<int>(ExitCode::kWrongUse);
}

int ParseAndRun(const std::vector<std::string>& arguments, console::Terminal& terminal) {
  Invocation invocation(terminal);
  CLI::App app(
      "A multi-tenant big-data platform that tells its owner who thrives, who idles and "
      "who is about to leave.",
      "tenantry");
  app.formatter(std::make_shared<HelpFormatter>());  // the library asks for shared ownership
  app.set_help_flag("-h,--help", "shows this");
  app.footer("Example:\n  tenantry demo\n  tenantry ask 5\n\nEvery command has --help.");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("tenantry ") + std::string(Version()),
                       "shows the version");
  AddAllCommands(app, invocation);
  CheckValues(app);
  const auto read = ReadArguments(arguments);
  if (!read.ok()) return ReportStatus(read.status(), terminal);
  try {
    // The library wants the last argument first.
    app.parse(std::vector<std::string>(read->rbegin(), read->rend()));
  } catch (const CLI::ParseError& error) {
    return ReportParseError(app, error, *read, terminal);
  }
  return ReportStatus(invocation.action()(), terminal);
}

}  // namespace

int Run(const std::vector<std::string>& arguments, console::Terminal& terminal) {
  try {
    return ParseAndRun(arguments, terminal);
  } catch (const std::exception& error) {
    return ReportStatus(base::Internal("a fault of the program: {}", error.what()), terminal);
  }
}

int Main(int argc, char** argv) {
  if (lake::sql::IsSqlWorker(argc, argv)) lake::sql::RunSqlWorker();
  // Debian's build of the library searches for cycles at every lock; the tests have them searched.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const base::SystemClock clock;
  base::SystemRandom random;
  console::Terminal terminal = console::ProcessTerminal(clock, random);
  return Run(std::vector<std::string>(argv + 1, argv + argc), terminal);
}

}  // namespace tenantry::app
