#pragma once

#include "app/commands/invocation.h"

namespace tenantry::app::batch {

/// jobs submit|list|show|cancel|logs|why|dry-run|resume. `invocation` outlives `app`.
void AddJobsCommands(CLI::App& app, commands::Invocation& invocation);

}  // namespace tenantry::app::batch
