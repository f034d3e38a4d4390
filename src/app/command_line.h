#pragma once

#include <string>
#include <vector>

#include "app/console/terminal.h"

namespace tenantry::app {

/// Runs one command line, `arguments` being what follows the program's name, and gives the exit
/// code (app/exit_code.h). Data goes to the terminal's `out`, everything else to `err`.
int Run(const std::vector<std::string>& arguments, console::Terminal& terminal);

/// The program: Run on this process's own streams, environment and clock.
int Main(int argc, char** argv);

}  // namespace tenantry::app
