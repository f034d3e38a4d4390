#pragma once

#include "app/program_options.h"

namespace CLI {
class App;
}

namespace tenantry::app::commands {

/// The heading of these flags in a command's help, which does not list them: there are many.
inline constexpr const char* kOptionFlagsHeading = "Every option of the server";

/// Gives `command` --config and a flag for every option of the server under the option's own name:
/// `--eventlog.partitions 8`. What is given goes to `flags`, which outlives the command's parsing.
void AddOptionFlags(CLI::App& command, OptionFlags& flags);

}  // namespace tenantry::app::commands
