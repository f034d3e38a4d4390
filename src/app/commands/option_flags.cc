#include "app/commands/option_flags.h"

#include <CLI/CLI.hpp>

namespace tenantry::app::commands {

void AddOptionFlags(CLI::App& command, OptionFlags& flags) {
  command.add_option("--config", flags.file, "a TOML file of options (`tenantry config show`)");
  ProgramOptions options;
  runtime::OptionSet set;
  options.Declare(set);
  for (const runtime::OptionView& option : set.All()) {
    command
        .add_option_function<std::string>(
            "--" + option.name,
            [&flags, name = option.name](const std::string& value) {
              flags.values.emplace_back(name, value);
            },
            option.help)
        ->group(kOptionFlagsHeading);
  }
}

}  // namespace tenantry::app::commands
