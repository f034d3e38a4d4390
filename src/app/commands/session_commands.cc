// login, logout, whoami, passwd.
#include <CLI/CLI.hpp>

#include "app/client/json_text.h"
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

constexpr char kPasswordVariable[] = "TENANTRY_PASSWORD_FILE";
constexpr char kNewPasswordVariable[] = "TENANTRY_NEW_PASSWORD_FILE";

struct LoginFlags {
  std::string user;
  std::string tenant;
  std::string password_file;
};

absl::StatusOr<std::string> UserName(console::Terminal& terminal, const std::string& flag) {
  if (!flag.empty()) return flag;
  absl::StatusOr<std::string> typed = console::Ask(terminal, "User: ");
  if (typed.ok() && !typed->empty()) return typed;
  if (absl::IsCancelled(typed.status())) return typed;
  return base::InvalidArgument("who logs in? Name the user, as `tenantry login admin`");
}

absl::Status LogIn(const ServerCall& call, const LoginFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string user, UserName(call.terminal, flags.user));
  TENANTRY_ASSIGN_OR_RETURN(
      const std::string password,
      console::Password(call.terminal, fmt::format("Password of {}: ", user), flags.password_file,
                        "--password-file", kPasswordVariable));
  Json credentials = {{"userID", user}, {"password", password}};
  if (!flags.tenant.empty()) credentials["tenantID"] = flags.tenant;
  call.api.SetToken("");
  TENANTRY_ASSIGN_OR_RETURN(const std::string body, client::JsonText(credentials));
  TENANTRY_ASSIGN_OR_RETURN(const net::ClientResponse response,
                            call.api.Exchange("POST", ApiPath({"sessions"}),
                                              {{"Content-Type", "application/json"}}, body));
  TENANTRY_RETURN_IF_ERROR(client::ProblemStatus(response));
  const Json session = Json::parse(response.body, nullptr, false);
  const std::string token = TextOf(session, "token");
  if (token.empty()) {
    return base::Unavailable("{} gives no token: is it Tenantry?", call.api.server());
  }
  const std::string expires = TextOf(session, "expires");
  TENANTRY_RETURN_IF_ERROR(
      call.api.profiles().Save(call.api.server(), {token, expires, user, flags.tenant}));
  if (call.json) {
    call.PrintJson({{"server", call.api.server()}, {"userID", user}, {"expires", expires}});
  }
  console::Say(call.terminal, fmt::format("logged in to {} as {} until {} UTC", call.api.server(),
                                          user, console::FormatMoment(expires)));
  return absl::OkStatus();
}

absl::Status LogOut(const ServerCall& call) {
  if (call.api.token_source() == client::TokenSource::kNone) {
    console::Say(call.terminal, fmt::format("not logged in to {}", call.api.server()));
    return absl::OkStatus();
  }
  const absl::Status ended = call.api.Delete(ApiPath({"sessions", "current"})).status();
  // A session that the server no longer knows has ended as well.
  if (!ended.ok() && !absl::IsUnauthenticated(ended)) return ended;
  if (call.api.token_source() == client::TokenSource::kProfile) {
    TENANTRY_RETURN_IF_ERROR(call.api.profiles().Forget(call.api.server()));
  }
  console::Say(call.terminal, fmt::format("logged off from {}", call.api.server()));
  return absl::OkStatus();
}

absl::Status WhoAmI(const ServerCall& call) {
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer session,
                            call.api.Get(ApiPath({"sessions", "current"})));
  if (call.json) {
    call.PrintJsonText(session.text);
    return absl::OkStatus();
  }
  std::vector<std::pair<std::string, std::string>> fields = {{"server", call.api.server()}};
  for (const auto& [field, name] :
       std::initializer_list<std::pair<const char*, const char*>>{{"userID", "user"},
                                                                  {"keyID", "key"},
                                                                  {"tenantID", "tenant"},
                                                                  {"role", "role"},
                                                                  {"sessionID", "session"}}) {
    if (session.body.contains(field)) {
      fields.emplace_back(name, console::FormatField(session.body, field));
    }
  }
  const std::string expires = TextOf(session.body, "expires");
  if (!expires.empty()) fields.emplace_back("expires", console::FormatMoment(expires) + " UTC");
  console::PrintFields(call.terminal, fields);
  return absl::OkStatus();
}

struct PasswdFlags {
  std::string user;
  std::string tenant;
  std::string password_file;
  std::string new_password_file;
};

/// The new password; typed ones are asked for twice.
absl::StatusOr<std::string> NewPassword(console::Terminal& terminal, const std::string& file) {
  TENANTRY_ASSIGN_OR_RETURN(std::string password,
                            console::Password(terminal, "New password: ", file,
                                              "--new-password-file", kNewPasswordVariable));
  if (!file.empty() || console::Variable(terminal, kNewPasswordVariable)) return password;
  TENANTRY_ASSIGN_OR_RETURN(const std::string again, terminal.read_password("And once more: "));
  if (again != password) return base::InvalidArgument("the two are not the same");
  return password;
}

absl::Status ChangeOwnPassword(const ServerCall& call, const PasswdFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(
      const std::string password,
      console::Password(call.terminal, "Present password: ", flags.password_file, "--password-file",
                        kPasswordVariable));
  TENANTRY_ASSIGN_OR_RETURN(const std::string next,
                            NewPassword(call.terminal, flags.new_password_file));
  TENANTRY_RETURN_IF_ERROR(call.api
                               .Post(ApiPath({"sessions", "current", "password"}),
                                     {{"password", password}, {"newPassword", next}})
                               .status());
  console::Say(call.terminal, "changed; your other sessions have ended");
  return absl::OkStatus();
}

absl::Status SetPasswordOf(const ServerCall& call, const PasswdFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string tenant, call.api.TenantOrOwn(flags.tenant));
  TENANTRY_ASSIGN_OR_RETURN(const std::string next,
                            NewPassword(call.terminal, flags.new_password_file));
  const std::string path = tenant.empty() ? ApiPath({"users", flags.user})
                                          : ApiPath({"tenants", tenant, "users", flags.user});
  TENANTRY_RETURN_IF_ERROR(call.api.Patch(path, {{"password", next}}).status());
  console::Say(call.terminal, fmt::format("set the password of {}", flags.user));
  return absl::OkStatus();
}

void AddLogin(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<LoginFlags>();
  CLI::App& command =
      AddServerCommand(app, invocation,
                       {"login", "Logs in and keeps the session for later commands",
                        "tenantry login admin --password-file data/admin_password\n"
                        "tenantry login ada --tenant acme"},
                       [&flags](const ServerCall& call) { return LogIn(call, flags); });
  command.add_option("USER", flags.user, "user id (else it is asked for)");
  command.add_option("--tenant", flags.tenant, "the user's tenant; none for the operator's people");
  command.add_option("--password-file", flags.password_file,
                     "file that holds the password, - is standard input (else "
                     "TENANTRY_PASSWORD_FILE, else it is asked for)");
}

void AddPasswd(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<PasswdFlags>();
  CLI::App& command = AddServerCommand(
      app, invocation,
      {"passwd", "Changes your password, or sets somebody else's",
       "tenantry passwd\ntenantry passwd ada --tenant acme --new-password-file new.txt"},
      [&flags](const ServerCall& call) {
        return flags.user.empty() ? ChangeOwnPassword(call, flags) : SetPasswordOf(call, flags);
      });
  command.add_option("USER", flags.user, "whose password to set; yours is changed without it");
  command.add_option("--tenant", flags.tenant, "the user's tenant (else your own)");
  command.add_option("--password-file", flags.password_file,
                     "file that holds your present password (else TENANTRY_PASSWORD_FILE, else "
                     "it is asked for)");
  command.add_option("--new-password-file", flags.new_password_file,
                     "file that holds the new one (else TENANTRY_NEW_PASSWORD_FILE, else it is "
                     "asked for)");
}

}  // namespace

void AddSessionCommands(CLI::App& app, Invocation& invocation) {
  AddLogin(app, invocation);
  AddServerCommand(app, invocation,
                   {"logout", "Ends the session that login began", "tenantry logout"}, LogOut);
  AddServerCommand(app, invocation,
                   {"whoami", "Tells who you are to the server", "tenantry whoami"}, WhoAmI);
  AddPasswd(app, invocation);
}

}  // namespace tenantry::app::commands
