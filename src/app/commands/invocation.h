#pragma once

#include <absl/status/status.h>

#include <any>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "app/client/api_client.h"
#include "app/console/terminal.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace tenantry::app::commands {

/// One run of the command line: where commands keep what their flags were set to, and leave what is
/// to be done. Used by one thread.
class Invocation {
 public:
  /// `terminal` outlives this.
  explicit Invocation(console::Terminal& terminal) : terminal_(terminal) {}
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;

  /// The world around.
  console::Terminal& terminal() { return terminal_; }

  /// A new `T` that lives as long as this: what a command binds its flags to.
  template <typename T>
  T& Hold() {
    return *std::any_cast<T>(&held_.emplace_back(T{}));
  }

  /// What to do once the arguments are read; its status becomes the exit code.
  using Action = std::function<absl::Status()>;

  /// Leaves the action of the command that was given.
  void Leave(Action action) { action_ = std::move(action); }

  /// The action left; empty when no command was given.
  const Action& action() const { return action_; }

 private:
  console::Terminal& terminal_;
  std::list<std::any> held_;
  Action action_;
};

/// How a command is told of in --help.
struct CommandText {
  std::string name;
  std::string help;     ///< one line
  std::string example;  ///< lines to copy, without indentation
};

/// Adds a command that has others below it; one of them must be given.
CLI::App& AddGroup(CLI::App& parent, const CommandText& text);

/// Adds a command that works on this machine alone. `action` runs after its flags are set.
CLI::App& AddLocalCommand(CLI::App& parent, Invocation& invocation, const CommandText& text,
                          Invocation::Action action);

/// A command's way to its server and to its reader.
struct ServerCall {
  client::ApiClient& api;
  console::Terminal& terminal;
  bool json = false;  ///< print JSON rather than tables

  /// Prints a document of JSON as one line.
  void PrintJson(const console::Json& document) const;

  /// Prints text that is JSON already, as one line.
  void PrintJsonText(std::string_view text) const;
};

/// Adds a command that talks to a server: --server, --ca-file, --timeout and --json are added.
/// `action` runs after all flags are set.
CLI::App& AddServerCommand(CLI::App& parent, Invocation& invocation, const CommandText& text,
                           std::function<absl::Status(const ServerCall&)> action);

/// Adds --json to a local command.
void AddJsonFlag(CLI::App& command, bool& json);

/// Adds --yes to a command that destroys.
void AddYesFlag(CLI::App& command, bool& yes);

/// Adds --seed, a number from 0 to 2^64-1; `help` says what it decides.
void AddSeed(CLI::App& command, uint64_t& seed, const std::string& help);

/// Takes whole numbers from `least` to `most`, and says so of anything else.
CLI::Validator WholeNumber(int64_t least, int64_t most);

/// Adds --limit: how many items at most, 0 for all.
void AddLimit(CLI::App& command, int64_t& limit);

}  // namespace tenantry::app::commands
