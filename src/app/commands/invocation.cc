#include "app/commands/invocation.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/option_values.h"

namespace tenantry::app::commands {
namespace {

struct CommonFlags {
  client::ServerFlags server;
  std::string timeout = "90s";
  bool json = false;
};

CLI::App& Add(CLI::App& parent, const CommandText& text) {
  CLI::App& command = *parent.add_subcommand(text.name, text.help);
  std::string example = text.example;
  for (size_t at = example.find('\n'); at != std::string::npos; at = example.find('\n', at + 1)) {
    example.insert(at + 1, "  ");
  }
  command.group("Commands");
  command.footer("Example:\n  " + example);
  return command;
}

absl::Status RunAgainstServer(CommonFlags& flags, console::Terminal& terminal,
                              const std::function<absl::Status(const ServerCall&)>& action) {
  const absl::StatusOr<absl::Duration> timeout = runtime::ParseDuration(flags.timeout);
  if (!timeout.ok()) return base::Annotate(timeout.status(), "--timeout");
  if (*timeout <= absl::ZeroDuration()) {
    return base::InvalidArgument("--timeout: {} is no time to wait", flags.timeout);
  }
  flags.server.timeout = *timeout;
  TENANTRY_ASSIGN_OR_RETURN(const std::unique_ptr<client::ApiClient> api,
                            client::ApiClient::Open(flags.server, terminal));
  return action(ServerCall{*api, terminal, flags.json});
}

}  // namespace

CLI::App& AddGroup(CLI::App& parent, const CommandText& text) {
  CLI::App& group = Add(parent, text);
  group.require_subcommand(1);
  return group;
}

CLI::App& AddLocalCommand(CLI::App& parent, Invocation& invocation, const CommandText& text,
                          Invocation::Action action) {
  CLI::App& command = Add(parent, text);
  command.final_callback([&invocation, action = std::move(action)] { invocation.Leave(action); });
  return command;
}

void ServerCall::PrintJson(const console::Json& document) const {
  PrintJsonText(document.dump(-1, ' ', false, console::Json::error_handler_t::replace));
}

void ServerCall::PrintJsonText(std::string_view text) const {
  terminal.out << runtime::WithoutLineEnd(text) << '\n';
}

CLI::App& AddServerCommand(CLI::App& parent, Invocation& invocation, const CommandText& text,
                           std::function<absl::Status(const ServerCall&)> action) {
  auto& flags = invocation.Hold<CommonFlags>();
  auto run = [&flags, &invocation, action = std::move(action)] {
    return RunAgainstServer(flags, invocation.terminal(), action);
  };
  CLI::App& command = AddLocalCommand(parent, invocation, text, run);
  constexpr char kGroup[] = "Server";
  command
      .add_option("--server", flags.server.server,
                  "its URL (else TENANTRY_SERVER, else http://127.0.0.1:8080)")
      ->group(kGroup);
  command
      .add_option("--ca-file", flags.server.ca_file,
                  "authorities to trust, PEM (else the system's)")
      ->group(kGroup);
  command.add_option("--timeout", flags.timeout, "longest silence of the server")
      ->group(kGroup)
      ->capture_default_str();
  AddJsonFlag(command, flags.json);
  return command;
}

void AddJsonFlag(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "print JSON: one document, or one a line for lists");
}

void AddYesFlag(CLI::App& command, bool& yes) {
  command.add_flag("-y,--yes", yes, "do it without asking");
}

void AddSeed(CLI::App& command, uint64_t& seed, const std::string& help) {
  const auto check = [](const std::string& text) -> std::string {
    uint64_t number;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failed == std::errc() && end == text.data() + text.size();
    return whole ? "" : fmt::format("{} is no number from 0 to 2^64-1", text);
  };
  command.add_option("--seed", seed, help)
      ->capture_default_str()
      ->check(CLI::Validator(check, "", "seed"));
}

CLI::Validator WholeNumber(int64_t least, int64_t most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number);
    const bool fits = failed == std::errc() && rest == end && least <= number && number <= most;
    return fits ? "" : fmt::format("{} is no whole number from {} to {}", text, least, most);
  };
  return {check, "", "whole"};
}

void AddLimit(CLI::App& command, int64_t& limit) {
  command.add_option("--limit", limit, "the most items to show; 0 = all")
      ->capture_default_str()
      ->check(WholeNumber(0, int64_t{1} << 40));
}

}  // namespace tenantry::app::commands
