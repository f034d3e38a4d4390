#pragma once

#include "app/commands/invocation.h"

namespace tenantry::app::simulation {

/// simulate companies|traffic. `invocation` outlives `app`.
void AddSimulateCommands(CLI::App& app, commands::Invocation& invocation);

}  // namespace tenantry::app::simulation
