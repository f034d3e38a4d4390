#pragma once

#include "app/commands/invocation.h"

namespace tenantry::app::commands {

/// Each adds the commands of one group to the program's command line; their table stands in
/// app/command_line.cc. `invocation` outlives `app`.

/// login, logout, whoami, passwd.
void AddSessionCommands(CLI::App& app, Invocation& invocation);
/// tenants list|create|show|update|delete.
void AddTenantsCommands(CLI::App& app, Invocation& invocation);
/// users list|add|remove|role.
void AddUsersCommands(CLI::App& app, Invocation& invocation);
/// keys list|create|revoke.
void AddKeysCommands(CLI::App& app, Invocation& invocation);
/// data list|put|show|delete|query|uploads.
void AddDataCommands(CLI::App& app, Invocation& invocation);
/// uploads list|delete, below data.
void AddUploadsCommands(CLI::App& data, Invocation& invocation);
/// events send|tail.
void AddEventsCommands(CLI::App& app, Invocation& invocation);
/// ask.
void AddAskCommand(CLI::App& app, Invocation& invocation);
/// companies list|show.
void AddCompaniesCommands(CLI::App& app, Invocation& invocation);
/// churn list|show.
void AddChurnCommands(CLI::App& app, Invocation& invocation);
/// notifications list|ack.
void AddNotificationsCommands(CLI::App& app, Invocation& invocation);
/// models list|show|add|promote|rollback.
void AddModelsCommands(CLI::App& app, Invocation& invocation);
/// demo.
void AddDemoCommand(CLI::App& app, Invocation& invocation);
/// serve.
void AddServeCommand(CLI::App& app, Invocation& invocation);
/// replay.
void AddReplayCommand(CLI::App& app, Invocation& invocation);
/// config show|check.
void AddConfigCommands(CLI::App& app, Invocation& invocation);
/// version.
void AddVersionCommand(CLI::App& app, Invocation& invocation);

}  // namespace tenantry::app::commands
