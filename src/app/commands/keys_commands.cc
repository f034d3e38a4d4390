// keys list|create|revoke.
#include <CLI/CLI.hpp>

#include "app/commands/commands.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/status.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Json;
using console::TextOf;

struct KeyFlags {
  std::string tenant;
  std::string key;
  std::string kind = "bearer";
  std::string role;
  bool yes = false;
  int64_t limit = 0;
};

/// The path of the keys of a tenant, or of the caller's own; with `key` that of one of them.
std::string KeysPath(const KeyFlags& flags, const std::string& key = "") {
  std::vector<std::string> segments = {"keys"};
  if (!flags.tenant.empty()) segments = {"tenants", flags.tenant, "keys"};
  if (!key.empty()) segments.push_back(key);
  return ApiPath(segments);
}

void AddTenantFlag(CLI::App& command, KeyFlags& flags) {
  command.add_option("--tenant", flags.tenant, "of this tenant (else your own, or the operator's)");
}

absl::Status ListKeys(const ServerCall& call, const KeyFlags& flags) {
  console::Table table(call.terminal,
                       {{"KEY"}, {"KIND"}, {"ROLE"}, {"CREATED, UTC"}, {"LAST USED, UTC"}});
  TENANTRY_RETURN_IF_ERROR(call.api.ForEach(KeysPath(flags), {}, flags.limit, [&](const Json& key) {
    if (call.json) {
      call.PrintJson(key);
      return absl::OkStatus();
    }
    const std::string last = TextOf(key, "lastUsed");
    table.AddRow({console::FormatField(key, "keyID"), console::FormatField(key, "kind"),
                  console::FormatField(key, "role"), console::FormatMoment(TextOf(key, "created")),
                  last.empty() ? "never" : console::FormatMoment(last)});
    return absl::OkStatus();
  }));
  if (!call.json) table.Finish("no keys");
  return absl::OkStatus();
}

absl::Status CreateKey(const ServerCall& call, const KeyFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(
      const ApiAnswer key,
      call.api.Create(KeysPath(flags), {{"kind", flags.kind}, {"role", flags.role}}));
  if (call.json) {
    call.PrintJsonText(key.text);
  } else {
    console::PrintFields(call.terminal, {{"key", console::FormatField(key.body, "keyID")},
                                         {"secret", console::FormatField(key.body, "secret")}});
  }
  console::Say(call.terminal, key.body.contains("secret")
                                  ? "the secret is shown this once: keep it now"
                                  : "the secret was shown before and is not shown again");
  return absl::OkStatus();
}

void AddRevoke(CLI::App& keys, Invocation& invocation) {
  auto& flags = invocation.Hold<KeyFlags>();
  CLI::App& command = AddServerCommand(
      keys, invocation,
      {"revoke", "Revokes a key: nothing can use it any more",
       "tenantry keys revoke 5f0c9c1e --tenant acme --yes"},
      [&flags](const ServerCall& call) -> absl::Status {
        const std::string question =
            fmt::format("Revoke key {}? What uses it stops working.", flags.key);
        TENANTRY_RETURN_IF_ERROR(console::Confirm(call.terminal, question, flags.yes));
        TENANTRY_RETURN_IF_ERROR(call.api.Delete(KeysPath(flags, flags.key)).status());
        console::Say(call.terminal, fmt::format("revoked key {}", flags.key));
        return absl::OkStatus();
      });
  command.add_option("KEY", flags.key, "its id, as `tenantry keys list` shows it")->required();
  AddTenantFlag(command, flags);
  AddYesFlag(command, flags.yes);
}

}  // namespace

void AddKeysCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& keys = AddGroup(
      app, {"keys", "API keys of programs", "tenantry keys create --tenant acme --role scientist"});
  auto& list_flags = invocation.Hold<KeyFlags>();
  CLI::App& list = AddServerCommand(
      keys, invocation, {"list", "Lists keys, without secrets", "tenantry keys list --tenant acme"},
      [&list_flags](const ServerCall& call) { return ListKeys(call, list_flags); });
  AddTenantFlag(list, list_flags);
  AddLimit(list, list_flags.limit);

  auto& create_flags = invocation.Hold<KeyFlags>();
  CLI::App& create = AddServerCommand(
      keys, invocation,
      {"create", "Creates a key and shows its secret once",
       "tenantry keys create --tenant acme --role scientist\n"
       "tenantry keys create --kind aws --role tenant_admin"},
      [&create_flags](const ServerCall& call) { return CreateKey(call, create_flags); });
  AddTenantFlag(create, create_flags);
  create.add_option("--role", create_flags.role, "what its holder may do")->required();
  create
      .add_option("--kind", create_flags.kind,
                  "bearer: a token; aws: an access key for the AWS doors")
      ->capture_default_str();
  AddRevoke(keys, invocation);
}

}  // namespace tenantry::app::commands
