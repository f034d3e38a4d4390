#include "app/usage_fault.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "runtime/nearest_name.h"

namespace tenantry::app {
namespace {

/// The command that the arguments lead to.
const CLI::App& CommandOf(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

/// What is wrong with the command that was named, in better words than the library's: one that does
/// not exist, with a guess at what was meant, or none where one is wanted. Empty when it is
/// neither.
std::string CommandHint(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* at = &app;
  for (const std::string& argument : arguments) {
    const std::vector<const CLI::App*> below = at->get_subcommands({});
    if (below.empty() || argument.starts_with('-')) return "";
    std::vector<std::string> names;
    const CLI::App* next = nullptr;
    for (const CLI::App* command : below) {
      names.push_back(command->get_name());
      if (command->get_name() == argument) next = command;
    }
    if (next == nullptr) {
      return fmt::format("there is no command `{}`{}", argument,
                         runtime::NameHint(argument, names));
    }
    at = next;
  }
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands({})) names.push_back(command->get_name());
  if (names.empty()) return "";
  return fmt::format("which command? One of {}", fmt::join(names, ", "));
}

/// What is wrong with an option that the command does not have, with a guess at what was meant;
/// empty when it has all.
std::string OptionHint(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  for (const CLI::Option* option : CommandOf(app).get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    const std::string name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || std::ranges::find(names, name) != names.end()) continue;
    return fmt::format("there is no option `{}`{}", name, runtime::NameHint(name, names));
  }
  return "";
}

/// An argument past those that the command takes.
std::string ExtraHint(const CLI::App& app) {
  const std::vector<std::string> extra = app.remaining(true);
  if (extra.empty()) return "";
  if (extra.front().size() > 1 && extra.front().starts_with('-')) {
    return fmt::format("there is no option `{}`", extra.front());
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : CommandOf(app).get_options()) {
    if (option->get_positional()) names.push_back(option->get_name(true));
  }
  const std::string takes =
      names.empty() ? "no argument but options" : fmt::format("{} alone", fmt::join(names, " "));
  return fmt::format("`{}` is too much: the command takes {}", extra.front(), takes);
}

/// An option without the value that it needs, or given too often.
std::string ValuesHint(const std::string& words) {
  const size_t colon = words.find(": ");
  if (colon == std::string::npos) return words;
  const std::string name = words.substr(0, colon);
  if (words.ends_with(" missing")) return name + " needs a value behind it";
  if (words.find(": At Most 1 required") == colon) return name + " is given more than once";
  return words;
}

/// What the checks of values leave to the library: a flag that is given a value.
std::string FlagHint(const std::string& words) {
  constexpr std::string_view kLead = "Could not convert: ";
  const size_t equals = words.find(" = ");
  if (!words.starts_with(kLead) || equals == std::string::npos) return words;
  return fmt::format("{} can't be `{}`", words.substr(kLead.size(), equals - kLead.size()),
                     words.substr(equals + 3));
}

}  // namespace

std::string UsageFault(const CLI::App& app, const CLI::ParseError& error,
                       const std::vector<std::string>& arguments) {
  std::string words = CommandHint(app, arguments);
  if (!words.empty()) return words;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    words = OptionHint(app, arguments);
    if (words.empty()) words = ExtraHint(app);
    if (!words.empty()) return words;
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return ValuesHint(error.what());
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) return FlagHint(error.what());
  return error.what();
}

std::string CommandPath(const CLI::App& app) {
  std::string path = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return path;
}

}  // namespace tenantry::app
