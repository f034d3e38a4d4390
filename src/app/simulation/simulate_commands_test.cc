#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "app/exit_code.h"
#include "app/simulation/simulation_commands.h"
#include "base/random.h"
#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/disk/input_file.h"

namespace tenantry::app::simulation {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SimulateCommands : public ::testing::Test {
 protected:
  SimulateCommands() {
    std::string name = ::testing::TempDir() + "/simulate.XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~SimulateCommands() override { std::filesystem::remove_all(folder_); }

  struct Outcome {
    int code = 0;
    std::string out;
    std::string err;
  };

  Outcome Run(std::vector<std::string> arguments) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    const base::ManualClock clock(absl::FromUnixSeconds(0));
    base::SeededRandom random(1);
    console::Terminal terminal{in, out, err, clock, random};
    commands::Invocation invocation(terminal);
    CLI::App app;
    AddSimulateCommands(app, invocation);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    const absl::Status status = invocation.action()();
    return {static_cast<int>(ExitCodeOf(status)), out.str(),
            err.str() + std::string(base::Message(status))};
  }

  size_t Entries() const {
    const std::filesystem::directory_iterator files(folder_);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

  std::string folder_;
};

TEST_F(SimulateCommands, WriteCompaniesToStandardOutputAndToAFile) {
  const Outcome printed = Run({"simulate", "companies", "--seed", "7", "--rows", "30"});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(std::count(printed.out.begin(), printed.out.end(), '\n'), 31);
  EXPECT_THAT(printed.out, StartsWith("Company,Industry,Revenue,Employees,#job30,#job90,"));
  EXPECT_THAT(printed.err, HasSubstr("30 companies (seed 7)"));
  const std::string path = folder_ + "/companies.csv";
  const Outcome written = Run({"simulate", "companies", "--seed", "7", "--rows", "30", "-o", path});
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(*runtime::ReadFile(path, 1 << 20), printed.out);
  EXPECT_EQ(Entries(), 1u);
}

TEST_F(SimulateCommands, CompressAFileWhoseNameSaysSo) {
  const std::vector<std::string> traffic = {"simulate",  "traffic", "--seed", "3",
                                            "--tenants", "8",       "--days", "60"};
  const Outcome printed = Run(traffic);
  const std::string path = folder_ + "/traffic.ndjson.gz";
  std::vector<std::string> compressed = traffic;
  compressed.insert(compressed.end(), {"-o", path});
  ASSERT_EQ(Run(compressed).code, 0);
  const auto file = runtime::InputFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status();
  std::string text(printed.out.size() + 1, '\0');
  size_t size = 0;
  while (const size_t count = *(*file)->Read(text.data() + size, text.size() - size)) size += count;
  EXPECT_EQ(text.substr(0, size), printed.out);
  EXPECT_LT(std::filesystem::file_size(path), printed.out.size() / 2) << "plain text";
  EXPECT_GT(printed.out.size(), size_t{1} << 19) << "more than is written at once";
}

TEST_F(SimulateCommands, TakeEverySeedAndNothingElseForOne) {
  EXPECT_EQ(Run({"simulate", "companies", "--rows", "1", "--seed", "18446744073709551615"}).code,
            0);
  for (const char* seed : {"-1", "18446744073709551616", "1.5", "x", ""}) {
    EXPECT_THROW(Run({"simulate", "companies", "--rows", "1", "--seed", seed}), CLI::ParseError)
        << seed;
  }
}

TEST_F(SimulateCommands, WriteTrafficFromTheDayThatIsNamed) {
  const Outcome traffic = Run({"simulate", "traffic", "--seed", "3", "--tenants", "4", "--days",
                               "20", "--start", "2024-02-28", "--repeat", "0.5", "--bad", "0.5"});
  EXPECT_EQ(traffic.code, 0) << traffic.err;
  EXPECT_THAT(traffic.out, HasSubstr("\"time\":\"2024-03-"));
  EXPECT_THAT(traffic.out, ::testing::Not(HasSubstr("\"time\":\"2024-02-27")));
  EXPECT_THAT(traffic.err, HasSubstr("repeated"));
  EXPECT_THAT(traffic.err, HasSubstr("(seed 3)"));
}

TEST_F(SimulateCommands, RefuseWhatMakesNoSense) {
  EXPECT_EQ(Run({"simulate", "traffic", "--start", "2025-02-30"}).code, 2);
  EXPECT_THROW(Run({"simulate", "traffic", "--tenants", "0"}), CLI::ParseError);
  EXPECT_EQ(Run({"simulate", "traffic", "--late", "7"}).code, 2);
  EXPECT_EQ(Run({"simulate", "companies", "--noise", "0.9"}).code, 2);
  EXPECT_EQ(Run({"simulate", "companies", "-o", folder_}).code, 2);
  EXPECT_EQ(Run({"simulate", "companies", "-o", folder_ + "/no/such/file"}).code, 5);
  EXPECT_EQ(Entries(), 0u);
}

}  // namespace
}  // namespace tenantry::app::simulation
