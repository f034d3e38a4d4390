#include "app/learning/learning_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/exit_code.h"
#include "base/random.h"
#include "base/status.h"
#include "runtime/disk/files.h"
#include "scoring/model_file.h"
#include "test_data.h"

namespace tenantry::app::learning {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class LearningCommands : public ::testing::Test {
 protected:
  LearningCommands() {
    std::string name = ::testing::TempDir() + "/learning.XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~LearningCommands() override { std::filesystem::remove_all(folder_); }

  struct Outcome {
    int code = 0;
    std::string out;
    std::string err;
  };

  Outcome Run(std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    console::Terminal terminal{in, out, err, clock_, random_};
    commands::Invocation invocation(terminal);
    CLI::App app;
    AddTrainCommand(app, invocation);
    AddEvaluateCommand(app, invocation);
    AddScoreCommand(app, invocation);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    const absl::Status status = invocation.action()();
    return {static_cast<int>(ExitCodeOf(status)), out.str(),
            err.str() + std::string(base::Message(status))};
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string Write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(runtime::WriteFileAtomically(Path(name), text, 0644).ok());
    return Path(name);
  }

  // Companies that leave when they run few jobs.
  std::string Companies() {
    base::SeededRandom random(1);
    std::string text = "Company,Industry,#job30,Churn\n";
    for (int i = 0; i < 300; ++i) {
      const uint64_t jobs = random.Below(10);
      const bool left = random.Below(10) > jobs;
      text += fmt::format("c{},{},{},{}\n", i, i % 3 == 0 ? "gov" : "IT", jobs, left ? 1 : 0);
    }
    return Write("companies.csv", text);
  }

  std::string folder_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'738'324'800)};
  base::SeededRandom random_{7};
};

TEST_F(LearningCommands, TrainEvaluateAndScoreWorkTogether) {
  const std::string table = Companies();
  const std::string model = Path("m.json");
  const Outcome trained =
      Run({"train", table, "--target", "Churn", "--id", "Company", "--out", model, "--json"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const json told = json::parse(trained.out);
  EXPECT_EQ(told.at("rows"), 300);
  EXPECT_GT(told.at("metrics").at("auc").at("mean"), 0.7);
  EXPECT_EQ(scoring::ReadModelFile(model)->created, clock_.Now());

  const Outcome evaluated = Run({"evaluate", model, table, "--json"});
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  const json quality = json::parse(evaluated.out);
  EXPECT_NEAR(quality.at("auc").get<double>(), told["metrics"]["auc"]["mean"].get<double>(), 0.06);
  EXPECT_EQ(quality.at("rows"), 300);

  const Outcome scored = Run({"score", model, table, "--json"});
  ASSERT_EQ(scored.code, 0) << scored.err;
  std::istringstream lines(scored.out);
  std::string line;
  int row = 0;
  while (std::getline(lines, line)) {
    const json score = json::parse(line);
    EXPECT_EQ(score.size(), 4u);
    EXPECT_EQ(score.at("id"), fmt::format("c{}", row));
    EXPECT_EQ(score.at("row"), ++row);
    EXPECT_EQ(score.at("churn"), score.at("score") >= 0.5);
  }
  EXPECT_EQ(row, 300);
}

TEST_F(LearningCommands, PrintTablesForPeople) {
  const std::string table = Companies();
  const std::string model = Path("m.json");
  const Outcome trained =
      Run({"train", table, "--target", "Churn", "--id", "Company", "--out", model});
  EXPECT_THAT(trained.out, HasSubstr("AUC"));
  EXPECT_THAT(trained.out, HasSubstr("names the row"));
  EXPECT_THAT(trained.err, HasSubstr(model));
  EXPECT_THAT(Run({"evaluate", model, table}).out, HasSubstr("calibrationError"));
  EXPECT_THAT(Run({"score", model, table}).out, HasSubstr("c299"));
}

TEST_F(LearningCommands, ScoreTableFromStandardInputWithoutIdsOrSomeColumns) {
  const std::string model = Path("m.json");
  ASSERT_EQ(
      Run({"train", Companies(), "--target", "Churn", "--id", "Company", "--out", model}).code, 0);
  const Outcome scored = Run({"score", model, "-", "--json"}, "job30\n3\n\n");
  ASSERT_EQ(scored.code, 0) << scored.err;
  EXPECT_THAT(scored.err, HasSubstr("no column for industry"));
  const json first = json::parse(scored.out.substr(0, scored.out.find('\n')));
  EXPECT_TRUE(first.at("id").is_null());
}

TEST_F(LearningCommands, RefuseTreesUntilTheyAreBuilt) {
  const Outcome trees = Run(
      {"train", Companies(), "--target", "Churn", "--learner", "trees", "--out", Path("m.json")});
  EXPECT_EQ(trees.code, 2);
  EXPECT_THAT(trees.err, HasSubstr("not built into this release: use linear"));
  EXPECT_FALSE(std::filesystem::exists(Path("m.json")));
}

TEST_F(LearningCommands, SayWhatIsWrongAndPrintNoHalves) {
  const std::string table = Companies();
  const std::string model = Path("m.json");
  EXPECT_EQ(Run({"train", Path("absent.csv"), "--target", "Churn"}).code, 5);
  EXPECT_EQ(Run({"train", table, "--target", "churn", "--out", model}).code, 2);
  ASSERT_EQ(Run({"train", table, "--target", "Churn", "--out", model}).code, 0);
  const std::string broken = Write("broken.csv", "Industry,job30\ngov,1\ngov,many\n");
  const Outcome scored = Run({"score", model, broken, "--json"});
  EXPECT_EQ(scored.code, 2);
  EXPECT_EQ(scored.out, "");
  EXPECT_THAT(scored.err, HasSubstr("line 3, column job30: \"many\""));
  const Outcome same = Run({"evaluate", model, Write("same.csv", "job30,Churn\n1,1\n2,1\n")});
  EXPECT_EQ(same.code, 2);
  EXPECT_THAT(same.err, HasSubstr("rows of both kinds"));
  EXPECT_EQ(Run({"score", Write("no_model", "{}"), table}).code, 2);
  EXPECT_EQ(Run({"score", model, table, "--id", "company"}).code, 2);
  EXPECT_EQ(Run({"score", model, "-", "--bytes-max", "10"}, "job30\n1\n2\n3\n4\n").code, 2);
}

TEST_F(LearningCommands, TrainOnTheCompaniesAsPublished) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "companies");
  const Outcome trained = Run({"train", folder + "/companies.csv", "--target", "Churn", "--id",
                               "Company", "--out", Path("m.json"), "--json"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_NEAR(json::parse(trained.out)["metrics"]["auc"]["mean"].get<double>(), 0.968, 0.003);
}

}  // namespace
}  // namespace tenantry::app::learning
