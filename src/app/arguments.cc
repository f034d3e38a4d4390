#include "app/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "app/commands/option_flags.h"
#include "base/status.h"
#include "base/utf8.h"

namespace tenantry::app {
namespace {

std::string RefuseEmpty(const std::string& text, bool required) {
  if (!text.empty()) return "";
  return required ? "the value is empty: give one"
                  : "the value is empty: give one, or leave it out";
}

template <typename Number>
std::string RefuseOtherThan(std::string_view what, const std::string& text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  return failed == std::errc() && rest == end ? "" : fmt::format("{} is no {}", text, what);
}

std::string RefuseNoWholeNumber(const std::string& text) {
  return RefuseOtherThan<int64_t>("whole number", text);
}

std::string RefuseNoNumber(const std::string& text) {
  return RefuseOtherThan<double>("number", text);
}

void CheckOption(CLI::Option& option) {
  // Descriptions stay empty: --help shows them.
  const bool required = option.get_required();
  option.check(CLI::Validator(
      [required](const std::string& text) { return RefuseEmpty(text, required); }, "", "filled"));
  const std::string type = option.get_type_name();
  if (type == "INT") {
    option.check(CLI::Validator(RefuseNoWholeNumber, "", "whole"));
  } else if (type == "FLOAT") {
    option.check(CLI::Validator(RefuseNoNumber, "", "number"));
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadArguments(const std::vector<std::string>& arguments) {
  std::vector<std::string> read;
  bool names_end = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!base::IsUtf8(argument)) {
      return base::InvalidArgument(
          "argument {} is not UTF-8: `{}`; write it in UTF-8, and rename a file that is called so",
          i + 1, argument);
    }
    names_end = names_end || argument == "--";
    const bool ends_open = argument.size() > 3 && argument.find('=') == argument.size() - 1;
    if (!names_end && ends_open && argument.starts_with("--")) {
      read.push_back(argument.substr(0, argument.size() - 1));
      read.emplace_back();
    } else {
      read.push_back(argument);
    }
  }
  return read;
}

void CheckValues(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const bool is_servers = option->get_group() == commands::kOptionFlagsHeading;
    if (!is_servers && option->get_items_expected_max() > 0) CheckOption(*option);
  }
  for (CLI::App* command : app.get_subcommands({})) CheckValues(*command);
}

}  // namespace tenantry::app
