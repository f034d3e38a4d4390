// version.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/console/format.h"
#include "app/version.h"

namespace tenantry::app::commands {

void AddVersionCommand(CLI::App& app, Invocation& invocation) {
  auto& json = invocation.Hold<bool>();
  console::Terminal& terminal = invocation.terminal();
  CLI::App& command = AddLocalCommand(
      app, invocation, {"version", "Shows the version of this program", "tenantry version --json"},
      [&json, &terminal] {
        if (json) {
          const console::Json version = {{"name", "tenantry"}, {"version", Version()}};
          terminal.out << version.dump() << '\n';
        } else {
          terminal.out << "tenantry " << Version() << '\n';
        }
        return absl::OkStatus();
      });
  AddJsonFlag(command, json);
}

}  // namespace tenantry::app::commands
