#include "scoring/embedded/embedded_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "contract/scorer_contract.h"
#include "sample_model.h"
#include "scoring/embedded/fake_scorer.h"
#include "scoring/embedded/faulty_scorer.h"

namespace tenantry::scoring::embedded {
namespace {

using Keep = std::vector<std::shared_ptr<void>>;

template <typename T, typename... Args>
T* Hold(Keep& keep, Args&&... args) {
  auto held = std::make_shared<T>(std::forward<Args>(args)...);
  keep.push_back(held);
  return held.get();
}

Scorer* Embedded(Keep& keep) {
  auto* const scorer = Hold<EmbeddedScorer>(keep);
  scorer->Use(SampleModel());
  return scorer;
}

Score ByIndustry(const FeatureRow& row) {
  const auto industry = row.find("industry");
  const bool retail = industry != row.end() && industry->second == FeatureValue("retail");
  return {retail ? 0.9 : 0.1, retail, {{"industry", retail ? "retail" : "other", 1.0}}};
}

INSTANTIATE_TEST_SUITE_P(
    Scorers, ScorerContract,
    ::testing::Values(
        ScorerCase{"Embedded", Embedded, [](Keep& keep) { return Hold<EmbeddedScorer>(keep); }},
        ScorerCase{"Fake", [](Keep& keep) { return Hold<FakeScorer>(keep, "fake", ByIndustry); },
                   [](Keep& keep) { return Hold<FakeScorer>(keep, "", ByIndustry); }},
        ScorerCase{"Faulty",
                   [](Keep& keep) {
                     auto& faults = *Hold<base::NoFaults>(keep);
                     return Hold<FaultyScorer>(keep, *Embedded(keep), faults);
                   },
                   [](Keep& keep) {
                     auto& faults = *Hold<base::NoFaults>(keep);
                     return Hold<FaultyScorer>(keep, *Hold<EmbeddedScorer>(keep), faults);
                   }}),
    [](const auto& scorer) { return scorer.param.name; });

TEST(EmbeddedScorer, ScoresByTheModelsFormula) {
  const Score score = ScoreRow(SampleModel(), {{"job30", 4.0}, {"industry", "retail"}});
  EXPECT_DOUBLE_EQ(score.probability, 1 / (1 + std::exp(-(0.25 + -1.5 * -1 + 3))));
  EXPECT_TRUE(score.positive);
}

TEST(EmbeddedScorer, TellsReasonsAgainstTheAverageRow) {
  const Score score = ScoreRow(SampleModel(), {{"job30", 4.0}, {"industry", "retail"}});
  ASSERT_EQ(score.reasons.size(), 2u);
  EXPECT_EQ(score.reasons[0].feature, "industry");
  EXPECT_EQ(score.reasons[0].value, "retail");
  EXPECT_NEAR(score.reasons[0].effect, -2 * (0 - 0.5) + 3 * (1 - 0.375) + 0.3 * (0 - 0.125), 1e-12);
  EXPECT_EQ(score.reasons[1].feature, "job30");
  EXPECT_EQ(score.reasons[1].value, "4");
  EXPECT_NEAR(score.reasons[1].effect, -1.5 * -1 + 0.5 * (0 - 0.25), 1e-12);
}

TEST(EmbeddedScorer, ReasonsAddUpToTheScore) {
  const Model model = SampleModel();
  double average = model.intercept;
  for (size_t i = 0; i < model.weights.size(); ++i) {
    average += model.weights[i] * model.definition.column_means()[i];
  }
  for (const FeatureRow& row : ContractRows()) {
    const Score score = ScoreRow(model, row);
    double sum = average;
    for (const ScoreReason& reason : score.reasons) sum += reason.effect;
    EXPECT_NEAR(std::log(score.probability / (1 - score.probability)), sum, 1e-9);
  }
}

TEST(EmbeddedScorer, KnowsMissingFromUnknown) {
  const Score score = ScoreRow(SampleModel(), {{"industry", "space mining"}});
  for (const ScoreReason& reason : score.reasons) {
    EXPECT_EQ(reason.value, reason.feature == "industry" ? "space mining" : "missing");
  }
}

TEST(EmbeddedScorer, SaysYesFromTheThresholdOn) {
  Model model = SampleModel();
  const FeatureRow row = {{"job30", 6.0}, {"industry", "gov"}};
  model.threshold = ScoreRow(model, row).probability;
  EXPECT_TRUE(ScoreRow(model, row).positive);
  model.threshold = std::nextafter(model.threshold, 1);
  EXPECT_FALSE(ScoreRow(model, row).positive);
}

TEST(EmbeddedScorer, TellsAModelThatFailsFromNone) {
  EmbeddedScorer scorer;
  EXPECT_TRUE(absl::IsFailedPrecondition(scorer.ScoreRows({{}}).status()));
  EXPECT_TRUE(scorer.Ready().ok());
  scorer.Fail(absl::DataLossError("cut short"));
  EXPECT_TRUE(absl::IsUnavailable(scorer.ScoreRows({{}}).status()));
  EXPECT_TRUE(absl::IsUnavailable(scorer.Ready()));
  scorer.Use(SampleModel());
  EXPECT_TRUE(scorer.ScoreRows({{}}).ok());
  EXPECT_TRUE(scorer.Ready().ok());
  scorer.Fail(absl::DataLossError("cut short"));
  EXPECT_TRUE(scorer.ScoreRows({{}}).ok()) << "by the one before";
  EXPECT_TRUE(absl::IsUnavailable(scorer.Ready()));
  scorer.Clear();
  EXPECT_TRUE(absl::IsFailedPrecondition(scorer.ScoreRows({{}}).status()));
}

TEST(EmbeddedScorer, ExchangesModelsUnderLoad) {
  EmbeddedScorer scorer;
  Model sure = SampleModel("sure");
  sure.intercept = 100;
  Model unsure = SampleModel("unsure");
  unsure.intercept = -100;
  scorer.Use(sure);
  std::vector<std::thread> threads;
  std::vector<int> mixed(2, 0);
  for (int& count : mixed) {
    threads.emplace_back([&scorer, &count] {
      for (int i = 0; i < 500; ++i) {
        const auto scores = scorer.ScoreRows({{}, {}, {}});
        if (!scores.ok() || scores->rows[0].positive != scores->rows[2].positive ||
            (scores->model == "sure") != scores->rows[0].positive) {
          ++count;
        }
      }
    });
  }
  for (int i = 0; i < 200; ++i) scorer.Use(i % 2 == 0 ? unsure : sure);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mixed, std::vector<int>(2, 0));
  scorer.Clear();
  EXPECT_FALSE(scorer.ScoreRows({{}}).ok());
}

TEST(FaultyScorer, FailsWhereItIsTold) {
  EmbeddedScorer embedded;
  embedded.Use(SampleModel());
  base::ScriptedFaults faults;
  faults.Fail("scoring.score", absl::UnavailableError("the scorer is away"), 1, 2);
  FaultyScorer scorer(embedded, faults);
  EXPECT_TRUE(scorer.ScoreRows({{}}).ok());
  EXPECT_EQ(scorer.ScoreRows({{}}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(scorer.ScoreRows({{}}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(scorer.ScoreRows({{}}).ok());
}

TEST(FakeScorer, RemembersItsBatches) {
  FakeScorer scorer("fake", ByIndustry);
  ASSERT_TRUE(scorer.ScoreRows({{}, {}, {}}).ok());
  ASSERT_TRUE(scorer.ScoreRows({{}}).ok());
  EXPECT_THAT(scorer.batches(), ::testing::ElementsAre(3, 1));
}

}  // namespace
}  // namespace tenantry::scoring::embedded
