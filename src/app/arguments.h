#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tenantry::app {

/// `arguments` as the parser is to get them: `--name=` becomes `--name` and an empty text, which
/// the parser would otherwise take from the argument behind it. InvalidArgument: one that is not
/// UTF-8; names of files are no exception.
absl::StatusOr<std::vector<std::string>> ReadArguments(const std::vector<std::string>& arguments);

/// Gives every option and argument of `app` and of the commands below it the checks that hold for
/// all of their kind: no empty text (options of the server decide that for themselves), and of
/// numbers nothing but one. Called when all commands were added.
void CheckValues(CLI::App& app);

}  // namespace tenantry::app
