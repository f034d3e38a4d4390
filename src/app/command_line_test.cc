#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "app/app_testing.h"
#include "app/exit_code.h"
#include "app/program_options.h"
#include "app/version.h"
#include "base/status.h"

namespace tenantry::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::vector<std::string>> kCommands = {
    {},
    {"login"},
    {"logout"},
    {"whoami"},
    {"passwd"},
    {"tenants"},
    {"tenants", "list"},
    {"tenants", "create"},
    {"tenants", "show"},
    {"tenants", "update"},
    {"tenants", "delete"},
    {"users"},
    {"users", "list"},
    {"users", "add"},
    {"users", "remove"},
    {"users", "role"},
    {"keys"},
    {"keys", "list"},
    {"keys", "create"},
    {"keys", "revoke"},
    {"events"},
    {"events", "send"},
    {"events", "tail"},
    {"ask"},
    {"companies"},
    {"companies", "list"},
    {"companies", "show"},
    {"churn"},
    {"churn", "list"},
    {"churn", "show"},
    {"notifications"},
    {"notifications", "list"},
    {"notifications", "ack"},
    {"models"},
    {"models", "list"},
    {"models", "show"},
    {"models", "add"},
    {"models", "promote"},
    {"models", "rollback"},
    {"config"},
    {"config", "show"},
    {"config", "check"},
    {"version"},
};

TEST(CommandLine, HelpsEverywhereWithAnExample) {
  for (std::vector<std::string> arguments : kCommands) {
    TestRun test;
    std::string path = "tenantry";
    for (const std::string& argument : arguments) path += " " + argument;
    arguments.push_back("--help");
    EXPECT_EQ(test.Run(arguments), 0) << path;
    EXPECT_THAT(test.out.str(), HasSubstr("Usage: " + path)) << path;
    EXPECT_THAT(test.out.str(), HasSubstr("\nExample:\n  ")) << path;
    EXPECT_THAT(test.err.str(), IsEmpty()) << path;
  }
}

TEST(CommandLine, RefusesWrongUseOnStandardErrorAlone) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "which command? One of serve, demo, login, logout"},
      {{"tenants"}, "which command? One of list, create"},
      {{"tenatns"}, "there is no command `tenatns`; did you mean `tenants`?"},
      {{"tenants", "lits"}, "did you mean `list`?\nSee `tenantry tenants --help`"},
      {{"tenants", "list", "--serch", "x"},
       "there is no option `--serch`; did you mean `--search`?\nSee `tenantry tenants list "
       "--help`"},
      {{"serve", "--lisen=:1"}, "there is no option `--lisen`; did you mean `--listen`?"},
      {{"tenants", "show"}, "TENANT is required"},
      {{"tenants", "create", "Acme", "--revenue", "much"}, "--revenue"},
      {{"ask"}, "QUESTION is required"},
      {{"ask", "6"}, "1 to 5"},
      {{"ask", "1", "--limit", "0"}, "--limit"},
      {{"companies", "list", "--limit", "-1"}, "--limit"},
      {{"tenants", "list", "--timeout", "soon"}, "--timeout: `soon` is no duration"},
      {{"tenants", "list", "--timeout", "0s"}, "--timeout"},
      {{"tenants", "list", "--server", "nowhere"}, "nowhere"},
      {{"login"}, "Name the user"},
      {{"login", "ada"}, "--password-file"},
      {{"tenants", "list", "--limit", "-1"}, "no whole number from 0 to 1099511627776"},
      {{"serve", "--eventlog.partitons", "8"}, "`--eventlog.partitions`"},
      {{"serve", "--eventlog.partitions", "0"}, "--eventlog.partitions: eventlog.partitions: 0 is"},
      {{"config", "show", "--net.listen"}, "--net.listen needs a value behind it\n"},
      {{"serve", "--eventlog.partitions"}, "--eventlog.partitions needs a value behind it\n"},
      {{"tenants", "create", "A", "--employees", "1.5"},
       "--employees: 1.5 is no whole number from 0 to 10000000"},
      {{"train", "a.csv", "--target", "b", "--l2", "x"}, "--l2: x is no number\n"},
      {{"train", "a.csv", "--target", "b", "--folds", "1"}, "--folds: 1 is no whole number from 2"},
      {{"whoami", "extra"}, "`extra` is too much: the command takes no argument but options\n"},
      {{"tenants", "show", "a", "b"}, "`b` is too much: the command takes TENANT alone\n"},
      {{"tenants", "list", "-x"}, "there is no option `-x`\n"},
      {{"tenants", "list", "--json=maybe"}, "--json can't be `maybe`"},
      {{"tenants", "show", "a", "--server", "x", "--server", "y"}, "--server is given more than"},
      {{"tenants", "create", "Y", "--id",
        "a\x80"
        "b"},
       "argument 5 is not UTF-8: `a\uFFFDb`"},
      {{"replay", "caf\xe9.ndjson"}, "argument 2 is not UTF-8"},
      {{"tenants", "\x1b[2J"}, "there is no command `?[2J`"},
  };
  for (const auto& [arguments, message] : cases) {
    TestRun test;
    EXPECT_EQ(test.Run(arguments), 2) << message;
    EXPECT_THAT(test.err.str(), testing::StartsWith("tenantry: "));
    EXPECT_THAT(test.err.str(), HasSubstr(message));
    EXPECT_THAT(test.out.str(), IsEmpty()) << message;
  }
}

TEST(CommandLine, MapsStatusesToTheExitCodesOfTheContract) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kDone);
  EXPECT_EQ(ExitCodeOf(base::Internal("x")), ExitCode::kFailed);
  EXPECT_EQ(ExitCodeOf(base::FailedPrecondition("x")), ExitCode::kFailed);
  EXPECT_EQ(ExitCodeOf(absl::CancelledError("x")), ExitCode::kFailed);
  EXPECT_EQ(ExitCodeOf(Interrupted("SIGINT", "x")), ExitCode::kInterrupted);
  EXPECT_EQ(ExitCodeOf(Interrupted("SIGTERM", "x")), ExitCode::kTerminated);
  EXPECT_EQ(ExitCodeOf(base::InvalidArgument("x")), ExitCode::kWrongUse);
  EXPECT_EQ(ExitCodeOf(base::Unavailable("x")), ExitCode::kNoServer);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("x")), ExitCode::kNotAllowed);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("x")), ExitCode::kNotAllowed);
  EXPECT_EQ(ExitCodeOf(base::NotFound("x")), ExitCode::kNotFound);
}

TEST(CommandLine, FailsWithCode3WhereNoServerAnswers) {
  TestRun test;
  std::string url;
  {
    url = ScriptedServer().url();
  }  // a port that is free again
  EXPECT_EQ(test.Run({"tenants", "list", "--server", url}), 3);
  EXPECT_THAT(test.err.str(), HasSubstr("tenantry serve"));
}

TEST(CommandLine, FailsWhenItsOutputCannotBeWritten) {
  TestRun test;
  test.out.setstate(std::ios::badbit);
  EXPECT_EQ(test.Run({"version"}), 1);
  test.out.clear();
  EXPECT_EQ(test.Run({"--help"}), 0);
  test.out.setstate(std::ios::badbit);
  EXPECT_EQ(test.Run({"--help"}), 1);
  EXPECT_EQ(test.Run({"--version"}), 1);
}

TEST(CommandLine, ShowsItsVersion) {
  TestRun test;
  EXPECT_EQ(test.Run({"version", "--json"}), 0);
  const auto version = nlohmann::json::parse(test.out.str());
  EXPECT_EQ(version["name"], "tenantry");
  EXPECT_EQ(version["version"], std::string(Version()));
  EXPECT_EQ(test.Run({"--version"}), 0);
  EXPECT_EQ(test.out.str(), "tenantry " + std::string(Version()) + "\n");
}

TEST(Config, ShowsEveryOptionWithTheSourceThatWon) {
  TestRun test;
  const std::string file = test.folder + "/server.toml";
  std::ofstream(file) << "[net]\nio_threads = 3\nlisten = \"127.0.0.1:1\"\n";
  test.terminal.environment.push_back("TENANTRY_NET_LISTEN=127.0.0.1:2");
  test.terminal.environment.push_back("TENANTRY_TOKEN=x");
  ASSERT_EQ(test.Run({"config", "show", "--config", file, "--json"}), 0) << test.err.str();
  std::map<std::string, nlohmann::json> options;
  std::istringstream lines(test.out.str());
  for (std::string line; std::getline(lines, line);) {
    const auto option = nlohmann::json::parse(line);
    options[option["name"]] = option;
  }
  EXPECT_EQ(options["net.io_threads"]["value"], "3");
  EXPECT_EQ(options["net.io_threads"]["source"], "file");
  EXPECT_EQ(options["net.io_threads"]["origin"], file + ":2");
  EXPECT_EQ(options["net.listen"]["value"], "127.0.0.1:2");
  EXPECT_EQ(options["net.listen"]["source"], "environment");
  EXPECT_EQ(options["log.level"]["source"], "default");
  for (const auto& [name, option] : options) EXPECT_NE(option["help"], "") << name;
}

TEST(Config, TakesEveryOptionAsAFlagBeforeAllOtherSources) {
  TestRun test;
  const std::string file = test.folder + "/server.toml";
  std::ofstream(file) << "[eventlog]\npartitions = 3\n[log]\nlevel = \"debug\"\n";
  test.terminal.environment.push_back("TENANTRY_EVENTLOG_PARTITIONS=5");
  ASSERT_EQ(test.Run({"config", "show", "--eventlog.partitions", "7", "--log.level=error",
                      "--config", file, "--json"}),
            0)
      << test.err.str();
  std::map<std::string, std::string> values, sources, origins;
  std::istringstream lines(test.out.str());
  for (std::string line; std::getline(lines, line);) {
    const auto option = nlohmann::json::parse(line);
    values[option["name"]] = option["value"];
    sources[option["name"]] = option["source"];
    origins[option["name"]] = option["origin"];
  }
  EXPECT_EQ(values["eventlog.partitions"], "7");
  EXPECT_EQ(sources["eventlog.partitions"], "flag");
  EXPECT_EQ(origins["eventlog.partitions"], "--eventlog.partitions");
  EXPECT_EQ(values["log.level"], "error");
  TestRun all;
  for (const auto& [name, value] : values) {
    if (!value.empty()) {
      EXPECT_EQ(all.Run({"config", "show", "--" + name, value}), 0) << all.err.str();
    }
  }
}

TEST(Config, ChecksAFileAndNamesEveryFault) {
  TestRun test;
  const std::string file = test.folder + "/server.toml";
  std::ofstream(file) << "[net]\nio_threds = 3\nhandler_threads = 0\n";
  EXPECT_EQ(test.Run({"config", "check", file}), 1);
  EXPECT_THAT(test.err.str(), HasSubstr(file + ":2: unknown option `net.io_threds`; did you mean "
                                               "`net.io_threads`?"));
  EXPECT_THAT(test.err.str(), HasSubstr(file + ":3: net.handler_threads: 0 is outside 1 to"));
  std::ofstream(file) << "[net]\nio_threads = 3\n[eventlog]\n# all left out\n";
  EXPECT_EQ(test.Run({"config", "check", file}), 0);
  std::ofstream(file) << "[net]\n[nothing]\n";
  EXPECT_EQ(test.Run({"config", "check", file}), 1);
  EXPECT_THAT(test.err.str(), HasSubstr(file + ":2: unknown option `nothing`"));
  for (const auto& [wrong, message] : std::map<std::string, std::string>{
           {"listen = \"127.0.0.1\"", file + ":2: net.listen: \"127.0.0.1\" is no address"},
           {"listen = \"127.0.0.1:99999\"", file + ":2: net.listen: \"127.0.0.1:99999\" is no"},
           {"tls_key_file = \"/nowhere\"", "net.tls_certificate_file"},
           {"listen = \"0.0.0.0:8080\"", "refusing to listen on 0.0.0.0:8080"}}) {
    std::ofstream(file) << "[net]\n" << wrong << "\n";
    EXPECT_EQ(test.Run({"config", "check", file}), 1) << wrong;
    EXPECT_THAT(test.err.str(), HasSubstr(message));
  }
}

}  // namespace
}  // namespace tenantry::app
