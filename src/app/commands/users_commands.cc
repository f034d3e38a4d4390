// users list|add|remove|role.
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

constexpr char kRoles[] =
    "operator_admin, analyst, sre (the operator's); tenant_admin, scientist (a tenant's)";

/// The path of a tenant's users, or of the operator's people; with `user` that of one of them.
absl::StatusOr<std::string> UsersPath(const ServerCall& call, const std::string& tenant_flag,
                                      const std::string& user = "") {
  TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, call.api.TenantOrOwn(tenant_flag));
  std::vector<std::string> segments = {"users"};
  if (!tenant.empty()) segments = {"tenants", tenant, "users"};
  if (!user.empty()) segments.push_back(user);
  return ApiPath(segments);
}

void PrintUser(const ServerCall& call, const ApiAnswer& user) {
  if (call.json) return call.PrintJsonText(user.text);
  std::vector<std::pair<std::string, std::string>> fields = {
      {"user", console::FormatField(user.body, "userID")},
      {"role", console::FormatField(user.body, "role")}};
  if (user.body.contains("tenantID")) {
    fields.emplace_back("tenant", console::FormatField(user.body, "tenantID"));
  }
  console::PrintFields(call.terminal, fields);
}

struct UserFlags {
  std::string tenant;
  std::string user;
  std::string role;
  std::string password_file;
  bool ask_password = false;
  bool yes = false;
  int64_t limit = 0;
};

void AddTenantFlag(CLI::App& command, UserFlags& flags) {
  command.add_option("--tenant", flags.tenant,
                     "in this tenant (else your own, or among the operator's people)");
}

absl::Status ListUsers(const ServerCall& call, const UserFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string path, UsersPath(call, flags.tenant));
  console::Table table(call.terminal, {{"USER"}, {"ROLE"}, {"CREATED, UTC"}, {"LAST LOGIN, UTC"}});
  TENANTRY_RETURN_IF_ERROR(call.api.ForEach(path, {}, flags.limit, [&](const Json& user) {
    if (call.json) {
      call.PrintJson(user);
      return absl::OkStatus();
    }
    const std::string last = TextOf(user, "lastLogin");
    table.AddRow({console::FormatField(user, "userID"), console::FormatField(user, "role"),
                  console::FormatMoment(TextOf(user, "created")),
                  last.empty() ? "never" : console::FormatMoment(last)});
    return absl::OkStatus();
  }));
  if (!call.json) table.Finish("no users");
  return absl::OkStatus();
}

absl::Status AddUser(const ServerCall& call, const UserFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string path, UsersPath(call, flags.tenant));
  Json body = {{"userID", flags.user}, {"role", flags.role}};
  const bool has_variable = console::Variable(call.terminal, "TENANTRY_PASSWORD_FILE").has_value();
  if (flags.ask_password || !flags.password_file.empty() || has_variable) {
    TENANTRY_ASSIGN_OR_RETURN(
        const std::string password,
        console::Password(call.terminal, fmt::format("Password for {}: ", flags.user),
                          flags.password_file, "--password-file", "TENANTRY_PASSWORD_FILE"));
    body["password"] = password;
  }
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer user, call.api.Create(path, body));
  PrintUser(call, user);
  if (!body.contains("password")) {
    const std::string where = flags.tenant.empty() ? "" : " --tenant " + flags.tenant;
    console::Say(call.terminal, fmt::format("{} has no password yet: set one with `tenantry "
                                            "passwd {}{}`",
                                            flags.user, flags.user, where));
  }
  return absl::OkStatus();
}

void AddListCommand(CLI::App& users, Invocation& invocation) {
  auto& flags = invocation.Hold<UserFlags>();
  CLI::App& command = AddServerCommand(
      users, invocation, {"list", "Lists users by id", "tenantry users list --tenant acme"},
      [&flags](const ServerCall& call) { return ListUsers(call, flags); });
  AddTenantFlag(command, flags);
  AddLimit(command, flags.limit);
}

void AddAddCommand(CLI::App& users, Invocation& invocation) {
  auto& flags = invocation.Hold<UserFlags>();
  CLI::App& command =
      AddServerCommand(users, invocation,
                       {"add", "Adds a user",
                        "tenantry users add ada --tenant acme --role scientist --ask-password"},
                       [&flags](const ServerCall& call) { return AddUser(call, flags); });
  command.add_option("USER", flags.user, "user id, unique within the tenant")->required();
  command.add_option("--role", flags.role, kRoles)->required();
  AddTenantFlag(command, flags);
  command.add_option("--password-file", flags.password_file,
                     "file that holds the password, - is standard input (else "
                     "TENANTRY_PASSWORD_FILE)");
  command.add_flag("--ask-password", flags.ask_password, "ask for the password");
}

void AddRemoveCommand(CLI::App& users, Invocation& invocation) {
  auto& flags = invocation.Hold<UserFlags>();
  CLI::App& command = AddServerCommand(
      users, invocation,
      {"remove", "Removes a user and ends their sessions",
       "tenantry users remove ada --tenant acme --yes"},
      [&flags](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const std::string path,
                                  UsersPath(call, flags.tenant, flags.user));
        const std::string question = fmt::format("Remove user {} and their sessions?", flags.user);
        TENANTRY_RETURN_IF_ERROR(console::Confirm(call.terminal, question, flags.yes));
        TENANTRY_RETURN_IF_ERROR(call.api.Delete(path).status());
        console::Say(call.terminal, fmt::format("removed user {}", flags.user));
        return absl::OkStatus();
      });
  command.add_option("USER", flags.user, "user id")->required();
  AddTenantFlag(command, flags);
  AddYesFlag(command, flags.yes);
}

void AddRoleCommand(CLI::App& users, Invocation& invocation) {
  auto& flags = invocation.Hold<UserFlags>();
  CLI::App& command = AddServerCommand(
      users, invocation,
      {"role", "Gives a user another role", "tenantry users role ada tenant_admin --tenant acme"},
      [&flags](const ServerCall& call) -> absl::Status {
        TENANTRY_ASSIGN_OR_RETURN(const std::string path,
                                  UsersPath(call, flags.tenant, flags.user));
        TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer user,
                                  call.api.Patch(path, {{"role", flags.role}}));
        PrintUser(call, user);
        return absl::OkStatus();
      });
  command.add_option("USER", flags.user, "user id")->required();
  command.add_option("ROLE", flags.role, kRoles)->required();
  AddTenantFlag(command, flags);
}

}  // namespace

void AddUsersCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& users = AddGroup(
      app, {"users", "People of a tenant or of the operator", "tenantry users list --tenant acme"});
  AddListCommand(users, invocation);
  AddAddCommand(users, invocation);
  AddRemoveCommand(users, invocation);
  AddRoleCommand(users, invocation);
}

}  // namespace tenantry::app::commands
