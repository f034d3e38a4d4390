#pragma once

#include "app/commands/invocation.h"

namespace tenantry::app::learning {

/// Each adds one command that works on files alone, without a server. `invocation` outlives `app`.

/// train.
void AddTrainCommand(CLI::App& app, commands::Invocation& invocation);
/// evaluate.
void AddEvaluateCommand(CLI::App& app, commands::Invocation& invocation);
/// score.
void AddScoreCommand(CLI::App& app, commands::Invocation& invocation);

}  // namespace tenantry::app::learning
