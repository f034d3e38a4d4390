#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace tenantry::app {

/// What is wrong with a command line that the parser refused by `error`, and what to do, in one
/// line: the library's own words only where they say so too. `arguments` are those that it parsed.
std::string UsageFault(const CLI::App& app, const CLI::ParseError& error,
                       const std::vector<std::string>& arguments);

/// The command that the arguments lead to, as it is typed: "tenantry tenants list".
std::string CommandPath(const CLI::App& app);

}  // namespace tenantry::app
