#include "app/command_line.h"

#include <absl/synchronization/mutex.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>

#include "app/batch/batch_commands.h"
#include "app/commands/commands.h"
#include "app/commands/invocation.h"
#include "app/commands/option_flags.h"
#include "app/exit_code.h"
#include "app/learning/learning_commands.h"
#include "app/simulation/simulation_commands.h"
#include "app/version.h"
#include "base/status.h"
#include "lake/sql/sql_worker.h"
#include "runtime/nearest_name.h"

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

/// What is wrong with the command that was named, in better words than the library's: one that does
/// not exist, with a guess at what was meant, or none where one is wanted. Empty when it is
/// neither.
std::string CommandHint(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* at = &app;
  for (const std::string& argument : arguments) {
    const std::vector<const CLI::App*> below = at->get_subcommands({});
    if (below.empty() || argument.starts_with('-')) return "";
    std::vector<std::string> names;
    const CLI::App* next = nullptr;
    for (const CLI::App* command : below) {
      names.push_back(command->get_name());
      if (command->get_name() == argument) next = command;
    }
    if (next == nullptr) {
      return fmt::format("there is no command `{}`{}", argument,
                         runtime::NameHint(argument, names));
    }
    at = next;
  }
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands({})) names.push_back(command->get_name());
  if (names.empty()) return "";
  return fmt::format("which command? One of {}", fmt::join(names, ", "));
}

/// What is wrong with an option that the command does not have, with a guess at what was meant;
/// empty when it has all.
std::string OptionHint(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    const std::string name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || std::ranges::find(names, name) != names.end()) continue;
    return fmt::format("there is no option `{}`{}", name, runtime::NameHint(name, names));
  }
  return "";
}

/// The command that the arguments lead to, as it is typed: "tenantry tenants list".
std::string CommandPath(const CLI::App& app) {
  std::string path = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return path;
}

int ReportParseError(const CLI::App& app, const CLI::ParseError& error,
                     const std::vector<std::string>& arguments, console::Terminal& terminal) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error, terminal.out, terminal.err);
    terminal.out.flush();
    return static_cast<int>(ExitCode::kDone);
  }
  std::string words = CommandHint(app, arguments);
  const bool unexpected = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (words.empty() && unexpected) words = OptionHint(app, arguments);
  if (words.empty()) words = error.what();
  const size_t repeated = words.find(": At Most 1 required");
  if (repeated != std::string::npos) words = words.substr(0, repeated) + " is given more than once";
  const std::string path = CommandPath(app);
  console::Say(terminal, fmt::format("tenantry: {}\nSee `{} --help`", words, path));
  return static_cast<int>(ExitCode::kWrongUse);
}

int ReportStatus(const absl::Status& status, console::Terminal& terminal) {
  terminal.out.flush();
  if (status.ok() && terminal.out.fail()) {
    return ReportStatus(base::Internal("standard output can't be written"), terminal);
  }
  if (!status.ok()) console::Say(terminal, fmt::format("tenantry: {}", base::Message(status)));
  return static_cast<int>(ExitCodeOf(status));
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
  try {
    // The library wants the last argument first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return ReportParseError(app, error, arguments, terminal);
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
