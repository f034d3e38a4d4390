// notifications list|ack.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::FormatField;
using console::Json;
using console::TextOf;

struct ListFlags {
  std::string status;
  std::string tenant;
  int64_t limit = 100;
};

absl::Status ListNotifications(const ServerCall& call, const ListFlags& flags) {
  console::Table table(
      call.terminal,
      {{"NOTIFICATION"}, {"RAISED, UTC"}, {"TENANT"}, {"RULE"}, {"STATUS"}, {"TEXT"}});
  TENANTRY_RETURN_IF_ERROR(call.api.ForEach(
      ApiPath({"notifications"}), {{"status", flags.status}, {"tenant", flags.tenant}}, flags.limit,
      [&](const Json& notification) {
        if (call.json) {
          call.PrintJson(notification);
          return absl::OkStatus();
        }
        table.AddRow({FormatField(notification, "notificationID"),
                      console::FormatMoment(TextOf(notification, "raised")),
                      FormatField(notification, "tenantID"), FormatField(notification, "rule"),
                      FormatField(notification, "status"), FormatField(notification, "text")});
        return absl::OkStatus();
      }));
  if (!call.json) table.Finish("no notifications");
  return absl::OkStatus();
}

absl::Status Acknowledge(const ServerCall& call, const std::string& id) {
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer notification,
                            call.api.Post(ApiPath({"notifications", id, "acknowledge"}), nullptr));
  if (call.json) {
    call.PrintJsonText(notification.text);
  } else {
    console::Say(call.terminal, fmt::format("acknowledged: {}",
                                            console::Printable(TextOf(notification.body, "text"))));
  }
  return absl::OkStatus();
}

}  // namespace

void AddNotificationsCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& notifications = AddGroup(
      app, {"notifications", "What needs somebody", "tenantry notifications list --status open"});
  auto& flags = invocation.Hold<ListFlags>();
  CLI::App& list = AddServerCommand(
      notifications, invocation,
      {"list", "Lists notifications, newest first", "tenantry notifications list --status open"},
      [&flags](const ServerCall& call) { return ListNotifications(call, flags); });
  list.add_option("--status", flags.status,
                  "open, acknowledged, or cleared (its rule holds no longer); all without it");
  list.add_option("--tenant", flags.tenant, "those of one tenant; of all without it");
  AddLimit(list, flags.limit);
  auto& id = invocation.Hold<std::string>();
  CLI::App& ack =
      AddServerCommand(notifications, invocation,
                       {"ack", "Acknowledges a notification", "tenantry notifications ack 4f1c2a"},
                       [&id](const ServerCall& call) { return Acknowledge(call, id); });
  ack.add_option("NOTIFICATION", id, "its id, as `tenantry notifications list` shows it")
      ->required();
}

}  // namespace tenantry::app::commands
