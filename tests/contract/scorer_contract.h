#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "scoring/scorer.h"

namespace tenantry::scoring {

/// A scorer under test.
struct ScorerCase {
  std::string name;
  /// Makes a scorer that has a model; `keep` holds what must outlive it.
  std::function<Scorer*(std::vector<std::shared_ptr<void>>& keep)> with_model;
  /// The same without a model.
  std::function<Scorer*(std::vector<std::shared_ptr<void>>& keep)> without_model;
};

/// What every Scorer must do. Enrol one with INSTANTIATE_TEST_SUITE_P.
class ScorerContract : public ::testing::TestWithParam<ScorerCase> {
 protected:
  std::vector<std::shared_ptr<void>> keep_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ScorerContract);

/// Rows that differ, of every kind of value.
inline std::vector<FeatureRow> ContractRows() {
  return {
      {{"industry", "retail"}, {"job30", 3.0}, {"job90", 12.0}},
      {{"industry", "gov"}, {"job30", 9.0}, {"job90", 90.0}},
      {},
      {{"industry", std::monostate()}, {"job30", std::monostate()}},
      {{"industry", 7.0}, {"job30", "4"}, {"nobody knows this one", "x"}},
      {{"industry", "space mining"}, {"job30", 1e300}, {"job90", -1e300}},
  };
}

TEST_P(ScorerContract, GivesOneScoreARowInOrder) {
  Scorer& scorer = *GetParam().with_model(keep_);
  const std::vector<FeatureRow> rows = ContractRows();
  const auto together = scorer.ScoreRows(rows);
  ASSERT_TRUE(together.ok()) << together.status();
  ASSERT_EQ(together->rows.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto alone = scorer.ScoreRows({rows[i]});
    ASSERT_TRUE(alone.ok()) << alone.status();
    ASSERT_EQ(alone->rows.size(), 1u);
    EXPECT_EQ(alone->rows.front().probability, together->rows[i].probability) << "row " << i;
    EXPECT_EQ(alone->rows.front().positive, together->rows[i].positive) << "row " << i;
  }
  EXPECT_NE(together->rows[0].probability, together->rows[1].probability);
}

TEST_P(ScorerContract, GivesProbabilitiesAndAtMostFiveReasonsStrongestFirst) {
  Scorer& scorer = *GetParam().with_model(keep_);
  const auto scores = scorer.ScoreRows(ContractRows());
  ASSERT_TRUE(scores.ok()) << scores.status();
  for (const Score& score : scores->rows) {
    EXPECT_GE(score.probability, 0.0);
    EXPECT_LE(score.probability, 1.0);
    EXPECT_LE(score.reasons.size(), 5u);
    for (size_t i = 0; i < score.reasons.size(); ++i) {
      EXPECT_FALSE(score.reasons[i].feature.empty());
      EXPECT_TRUE(std::isfinite(score.reasons[i].effect));
      if (i == 0) continue;
      EXPECT_LE(std::abs(score.reasons[i].effect), std::abs(score.reasons[i - 1].effect));
    }
  }
}

TEST_P(ScorerContract, AnswersNoRowsWithNoScores) {
  const auto scores = GetParam().with_model(keep_)->ScoreRows({});
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_TRUE(scores->rows.empty());
}

TEST_P(ScorerContract, NamesItsModel) {
  const auto scores = GetParam().with_model(keep_)->ScoreRows({{}});
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_FALSE(scores->model.empty());
}

TEST_P(ScorerContract, NeverAnswersWithoutAModel) {
  Scorer& scorer = *GetParam().without_model(keep_);
  const auto scores = scorer.ScoreRows(ContractRows());
  EXPECT_EQ(scores.status().code(), absl::StatusCode::kFailedPrecondition) << scores.status();
  EXPECT_FALSE(scores.status().message().empty());
}

TEST_P(ScorerContract, ScoresForManyThreadsAtOnce) {
  Scorer& scorer = *GetParam().with_model(keep_);
  const std::vector<FeatureRow> rows = ContractRows();
  const double expected = scorer.ScoreRows(rows)->rows[0].probability;
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (int& count : right) {
    threads.emplace_back([&scorer, &rows, &count, expected] {
      for (int i = 0; i < 50; ++i) {
        const auto scores = scorer.ScoreRows(rows);
        if (scores.ok() && scores->rows[0].probability == expected) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 50));
}

}  // namespace tenantry::scoring
