#include "scoring/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/random.h"
#include "base/status.h"
#include "scoring/embedded/embedded_scorer.h"
#include "scoring/feature_table.h"
#include "scoring/training/design_matrix.h"
#include "test_data.h"

namespace tenantry::scoring::training {
namespace {

using ::testing::HasSubstr;

const base::ManualClock kClock(absl::FromUnixSeconds(1'700'000'000));
constexpr auto kNoProgress = [](int, int) {};

TrainingSet Read(const tables::CsvTable& table, std::string target, std::string id = "") {
  TrainingSetOptions options;
  options.target = std::move(target);
  options.id = std::move(id);
  auto set = ReadTrainingSet(table, options);
  EXPECT_TRUE(set.ok()) << set.status();
  return *std::move(set);
}

// Rows with a number, a number with gaps and a category, and an outcome that follows them.
std::string SampleText(int rows, uint64_t seed) {
  base::SeededRandom random(seed);
  const std::vector<std::string> colours = {"red", "green", "blue", "rare"};
  std::string text = "id,size,gap,colour,y\n";
  for (int row = 0; row < rows; ++row) {
    const double size = random.Uniform();
    const bool gap = random.Uniform() < 0.2;
    const std::string& colour = colours[row == 7 ? 3 : random.Below(3)];
    const double chance = 0.1 + 0.5 * size + (colour == "red" ? 0.3 : 0) + (gap ? 0.1 : 0);
    text +=
        fmt::format("r{},{},{},{},{}\n", row, size, gap ? "" : fmt::format("{}", random.Below(9)),
                    colour, random.Uniform() < chance ? 1 : 0);
  }
  return text;
}

tables::CsvTable Sample(int rows, uint64_t seed = 1) {
  return *tables::CsvTable::Parse(SampleText(rows, seed), "sample.csv");
}

Training TrainOk(const TrainingSet& set, const TrainOptions& options = {}) {
  auto training = Train(set, options, kClock, kNoProgress);
  EXPECT_TRUE(training.ok()) << training.status();
  return *std::move(training);
}

std::string TrainFault(const TrainingSet& set, const TrainOptions& options) {
  const auto training = Train(set, options, kClock, kNoProgress);
  EXPECT_EQ(training.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(base::Message(training.status()));
}

TEST(Trainer, ReachesThePublishedQualityOnTheCompanies) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "companies");
  const auto table = tables::CsvTable::Read(folder + "/companies.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  const Training training = TrainOk(Read(*table, "Churn", "Company"));
  EXPECT_NEAR(training.model.quality.auc.mean, 0.968, 0.003);
  EXPECT_LT(training.model.quality.auc.sd, 0.01);
  EXPECT_EQ(training.model.data.rows, 10'000);
  EXPECT_TRUE(training.leaks.empty());
  std::vector<std::string> names;
  for (const Feature& feature : training.model.definition.features()) names.push_back(feature.name);
  EXPECT_EQ(names, (std::vector<std::string>{"industry", "revenue", "employees", "job30", "job90",
                                             "monthlyFee", "totalFee"}));
}

TEST(Trainer, ReachesThePublishedQualityOnATableItHasNeverSeen) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "ibm_telco");
  const auto table = tables::CsvTable::Read(folder + "/Telco-Customer-Churn.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  const TrainingSet set = Read(*table, "Churn");
  EXPECT_EQ(set.positive, "Yes");
  const Training training = TrainOk(set);
  EXPECT_NEAR(training.model.quality.auc.mean, 0.845, 0.013);
  const auto& features = training.model.definition.features();
  const auto charges = std::find_if(features.begin(), features.end(), [](const Feature& feature) {
    return feature.name == "TotalCharges";
  });
  ASSERT_NE(charges, features.end());
  EXPECT_EQ(charges->kind, FeatureKind::kNumber);
  EXPECT_NEAR(charges->missing_share, 11.0 / 7043, 1e-12);
}

TEST(Trainer, IsTheSameBitByBit) {
  const TrainingSet set = Read(Sample(400), "y", "id");
  EXPECT_EQ(ToModelFile(TrainOk(set).model), ToModelFile(TrainOk(set).model));
  TrainOptions other;
  other.seed = 2;
  EXPECT_NE(TrainOk(set).model.quality.auc.mean, TrainOk(set, other).model.quality.auc.mean);
}

TEST(Trainer, EncodesRowsExactlyAsServingDoes) {
  const tables::CsvTable table = Sample(300);
  const TrainingSet set = Read(table, "y", "id");
  std::vector<uint32_t> rows(set.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  const FeatureDefinition definition = FitDefinition(set, rows, {.category_rows_min = 3});
  const DesignMatrix matrix = EncodeRows(set, definition, rows);
  const auto matched = FeatureTable::Match(table, definition);
  ASSERT_TRUE(matched.ok());
  std::vector<double> means(definition.width(), 0.0);
  for (uint32_t row = 0; row < rows.size(); ++row) {
    std::vector<double> served(definition.width());
    definition.Encode(*matched->Row(row), absl::MakeSpan(served));
    std::vector<double> trained(definition.width(), 0.0);
    for (size_t i = row * matrix.stride; i < (row + 1) * matrix.stride; ++i) {
      trained[matrix.columns[i]] = matrix.values[i];
    }
    ASSERT_EQ(trained, served) << "row " << row;
    for (size_t i = 0; i < means.size(); ++i) means[i] += served[i] / 300;
  }
  for (size_t i = 0; i < means.size(); ++i) {
    EXPECT_NEAR(means[i], definition.column_means()[i], 1e-12) << definition.ColumnName(i);
  }
}

TEST(Trainer, MeasuresMeanDeviationAndRangeOfTheRowsItIsGiven) {
  const auto table = tables::CsvTable::Parse("y,x\n1,2\n0,4\n1,9\n0,\n1,1000\n", "t.csv");
  const std::vector<uint32_t> rows = {0, 1, 2, 3};
  const FeatureDefinition definition = FitDefinition(Read(*table, "y"), rows, {});
  const Feature& x = definition.features()[0];
  EXPECT_DOUBLE_EQ(x.mean, 5);
  EXPECT_DOUBLE_EQ(x.sd, std::sqrt((9.0 + 1 + 16) / 3));
  EXPECT_EQ(x.lowest, 2);
  EXPECT_EQ(x.highest, 9);
  EXPECT_DOUBLE_EQ(x.missing_share, 0.25);
}

TEST(Trainer, PutsRareCategoriesAmongTheOthers) {
  const TrainingSet set = Read(Sample(1000), "y", "id");
  const Training training = TrainOk(set);
  const Feature& colour = training.model.definition.features().back();
  EXPECT_EQ(colour.categories, (std::vector<std::string>{"blue", "green", "red"}));
  EXPECT_NEAR(colour.other_share, 0.001, 1e-12);
}

TEST(Trainer, MeasuresQualityOnRowsItHasNotLearned) {
  // Pure noise with many columns: a fit that was measured on its own rows would look good.
  base::SeededRandom random(4);
  std::string text = "y";
  for (int i = 0; i < 40; ++i) text += fmt::format(",x{}", i);
  for (int row = 0; row < 200; ++row) {
    text += fmt::format("\n{}", random.Below(2));
    for (int i = 0; i < 40; ++i) text += fmt::format(",{}", random.Uniform());
  }
  const Training training = TrainOk(Read(*tables::CsvTable::Parse(text, "noise.csv"), "y"));
  EXPECT_LT(training.model.quality.auc.mean, 0.62);
  EXPECT_GT(training.model.quality.auc.mean, 0.38);
}

TEST(Trainer, FindsColumnsThatGiveTheOutcomeAway) {
  base::SeededRandom random(4);
  std::string text = "y,size,refund,reason,month\n";
  for (int row = 0; row < 1000; ++row) {
    const bool left = random.Uniform() < 0.3;
    const char* const reason = left ? (row % 2 == 0 ? "price" : "support") : "none";
    text += fmt::format("{},{},{},{},{}\n", left ? 1 : 0, random.Uniform(),
                        left ? fmt::format("{}", random.Uniform()) : "", reason,
                        left ? 2 : 1 + 2 * random.Below(2));
  }
  const Training training = TrainOk(Read(*tables::CsvTable::Parse(text, "t.csv"), "y"));
  std::vector<std::string> names;
  for (const Leak& leak : training.leaks) names.push_back(leak.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("refund", "reason", "month"));
  EXPECT_THAT(training.warnings, ::testing::Contains(HasSubstr("refund alone tells the outcome")));
}

TEST(Trainer, DoesNotTakeManyRandomCategoriesForALeak) {
  base::SeededRandom random(4);
  std::string text = "y,size,town\n";
  for (int row = 0; row < 150; ++row) {
    text += fmt::format("{},{},t{}\n", random.Below(2), random.Uniform(), random.Below(50));
  }
  const TrainingSet set = Read(*tables::CsvTable::Parse(text, "t.csv"), "y");
  ASSERT_EQ(set.columns.size(), 2u);
  EXPECT_LT(RankColumns(set)[1].auc, 0.65);
}

TEST(Trainer, DealsFoldsOfEqualSizeAndMix) {
  std::vector<uint8_t> outcomes(103, 0);
  for (size_t i = 0; i < 21; ++i) outcomes[i * 4] = 1;
  const std::vector<int> fold_of = DealFolds(outcomes, 5, 9);
  std::vector<int> rows(5, 0);
  std::vector<int> positives(5, 0);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    ++rows[fold_of[i]];
    positives[fold_of[i]] += outcomes[i];
  }
  for (int fold = 0; fold < 5; ++fold) {
    EXPECT_NEAR(rows[fold], 20.5, 0.6);
    EXPECT_NEAR(positives[fold], 4.5, 0.6);
  }
  EXPECT_NE(fold_of, DealFolds(outcomes, 5, 10));
}

TEST(Trainer, RefusesWhatItCannotDo) {
  const TrainingSet set = Read(Sample(100), "y", "id");
  EXPECT_THAT(TrainFault(set, {.learner = "trees"}),
              HasSubstr("not built into this release: use linear"));
  EXPECT_THAT(TrainFault(set, {.learner = "forest"}), HasSubstr("unknown learner \"forest\""));
  EXPECT_THAT(TrainFault(set, {.folds = 1}), HasSubstr("2 to 20"));
  EXPECT_THAT(TrainFault(set, {.threshold = 1}), HasSubstr("between 0 and 1"));
  EXPECT_THAT(TrainFault(set, {.width_max = 3}), HasSubstr("at most 3"));
  const auto few = tables::CsvTable::Parse("y,x\n1,1\n0,2\n0,5\n0,4\n1,9\n0,1\n", "t.csv");
  EXPECT_THAT(TrainFault(Read(*few, "y"), {}), HasSubstr("only 2 of 6 rows have y = \"1\""));
  EXPECT_TRUE(Train(Read(*few, "y"), {.folds = 2}, kClock, kNoProgress).ok());
}

TEST(Trainer, TellsWhatScriptsRead) {
  const nlohmann::json told = ToJson(TrainOk(Read(Sample(400), "y", "id")));
  EXPECT_EQ(told.at("learner"), "linear");
  EXPECT_EQ(told.at("rows"), 400);
  EXPECT_EQ(told.at("folds"), 5);
  EXPECT_TRUE(told.at("metrics").at("auc").contains("sd"));
  EXPECT_EQ(told.at("features").at(0), (nlohmann::json{{"name", "size"}, {"type", "number"}}));
  EXPECT_EQ(told.at("features").at(2), (nlohmann::json{{"name", "colour"}, {"type", "category"}}));
  EXPECT_EQ(told.at("dropped").at(0).at("name"), "id");
  EXPECT_TRUE(told.at("leaks").is_array() && told.at("warnings").is_array());
}

TEST(Trainer, LearnsFromTheLargestNumbersThatAreTaken) {
  std::string text = "y,x\n";
  for (int row = 0; row < 60; ++row) {
    text += fmt::format("{},{}\n", row % 2, row % 2 == 0 ? "1e140" : fmt::format("-1e{}", row));
  }
  const auto table = tables::CsvTable::Parse(std::move(text), "t.csv");
  const Training training = TrainOk(Read(*table, "y"));
  EXPECT_GT(training.model.quality.auc.mean, 0.9);
}

TEST(Trainer, EndsSoonOnceItIsStopped) {
  const TrainingSet set = Read(Sample(400), "y", "id");
  int asked = 0;
  TrainOptions options;
  options.linear.stopped = [&] { return ++asked > 3; };
  const auto stopped = Train(set, options, kClock, kNoProgress);
  EXPECT_TRUE(absl::IsCancelled(stopped.status())) << stopped.status();
  EXPECT_EQ(asked, 4);
}

TEST(Trainer, ReportsProgressToTheEnd) {
  std::vector<int> steps;
  const auto training =
      Train(Read(Sample(200), "y", "id"), {}, kClock, [&steps](int done, int all) {
        EXPECT_LE(done, all);
        steps.push_back(done);
      });
  ASSERT_TRUE(training.ok());
  EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end()));
  EXPECT_EQ(steps.back(), 7);
}

}  // namespace
}  // namespace tenantry::scoring::training
