#include "scoring/quality.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace tenantry::scoring {
namespace {

using Outcomes = std::vector<uint8_t>;
using Values = std::vector<double>;

// Every pair of a positive and a negative, counted one by one.
double AreaByPairs(const Values& values, const Outcomes& outcomes) {
  double wins = 0;
  double pairs = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      if (outcomes[i] == 0 || outcomes[j] != 0) continue;
      pairs += 1;
      wins += values[i] > values[j] ? 1 : values[i] == values[j] ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

RC_GTEST_PROP(Quality, AreaIsTheShareOfPairsInOrder, ()) {
  const auto size = *rc::gen::inRange<size_t>(2, 40);
  // Few different values, so that there are ties.
  const auto tenths = *rc::gen::container<std::vector<int>>(size, rc::gen::inRange(0, 11));
  auto outcomes = *rc::gen::container<Outcomes>(size, rc::gen::inRange<uint8_t>(0, 2));
  outcomes[0] = 1;
  outcomes[1] = 0;
  Values values(tenths.begin(), tenths.end());
  for (double& value : values) value /= 10;
  RC_ASSERT(std::abs(AreaUnderCurve(values, outcomes) - AreaByPairs(values, outcomes)) < 1e-12);
  const auto quality = MeasureQuality(values, outcomes);
  RC_ASSERT(quality.ok());
  RC_ASSERT(std::abs(quality->auc - AreaByPairs(values, outcomes)) < 1e-12);
}

TEST(Quality, IsPerfectForAPerfectRanking) {
  const auto quality = MeasureQuality(Values{1, 1, 0, 0}, Outcomes{1, 1, 0, 0});
  ASSERT_TRUE(quality.ok());
  EXPECT_EQ(quality->auc, 1);
  EXPECT_EQ(quality->average_precision, 1);
  EXPECT_NEAR(quality->log_loss, 0, 1e-12);
  EXPECT_EQ(quality->brier, 0);
  EXPECT_EQ(quality->calibration_error, 0);
  EXPECT_EQ(quality->lift10, 2);
}

TEST(Quality, AgreesWithAWorkedExample) {
  // Ranked: 0.9 +, 0.8 −, 0.7 +, 0.1 −.
  const auto quality = MeasureQuality(Values{0.1, 0.7, 0.8, 0.9}, Outcomes{0, 1, 0, 1});
  ASSERT_TRUE(quality.ok());
  EXPECT_DOUBLE_EQ(quality->auc, 0.75);
  EXPECT_DOUBLE_EQ(quality->average_precision, 0.5 * 1 + 0.5 * 2 / 3);
  EXPECT_DOUBLE_EQ(quality->log_loss,
                   -(std::log(0.9) + std::log(0.7) + std::log(0.2) + std::log(0.9)) / 4);
  EXPECT_DOUBLE_EQ(quality->brier, (0.01 + 0.09 + 0.64 + 0.01) / 4);
  EXPECT_DOUBLE_EQ(quality->calibration_error, (0.1 + 0.3 + 0.8 + 0.1) / 4);
  EXPECT_DOUBLE_EQ(quality->lift10, 2);
}

TEST(Quality, SharesOutRowsThatTieAtTheTopTenth) {
  // Twenty rows that all tie: the top two are any two of them.
  Values values(20, 0.5);
  Outcomes outcomes(20, 0);
  for (size_t i = 0; i < 5; ++i) outcomes[i] = 1;
  const auto quality = MeasureQuality(values, outcomes);
  ASSERT_TRUE(quality.ok());
  EXPECT_DOUBLE_EQ(quality->lift10, 1);
  EXPECT_DOUBLE_EQ(quality->auc, 0.5);
  EXPECT_DOUBLE_EQ(quality->average_precision, 0.25);
  EXPECT_DOUBLE_EQ(quality->calibration_error, 0.25);
}

TEST(Quality, CountsCertainMistakesWithoutInfinity) {
  const auto quality = MeasureQuality(Values{0, 1}, Outcomes{1, 0});
  ASSERT_TRUE(quality.ok());
  EXPECT_TRUE(std::isfinite(quality->log_loss));
  EXPECT_GT(quality->log_loss, 30);
}

TEST(Quality, RefusesRowsOfOneKind) {
  EXPECT_EQ(MeasureQuality(Values{0.1, 0.2}, Outcomes{1, 1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MeasureQuality(Values{}, Outcomes{}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Quality, SummarisesFoldsByMeanAndDeviation) {
  Quality low;
  low.auc = 0.6;
  Quality high;
  high.auc = 0.8;
  const CrossValidatedQuality summary = Summarise({low, high});
  EXPECT_EQ(summary.folds, 2);
  EXPECT_DOUBLE_EQ(summary.auc.mean, 0.7);
  EXPECT_NEAR(summary.auc.sd, 0.1, 1e-12);
  EXPECT_EQ(summary.brier.sd, 0);
}

TEST(Quality, IsTheSameAfterJson) {
  Quality fold;
  fold.auc = 0.1 + 0.2;
  fold.lift10 = 7;
  const CrossValidatedQuality summary = Summarise({fold, Quality()});
  const auto read = QualityFromJson(nlohmann::json::parse(ToJson(summary).dump()), summary.folds);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(ToJson(*read), ToJson(summary));
  EXPECT_TRUE(ToJson(summary).at("averagePrecision").contains("sd"));
  EXPECT_FALSE(QualityFromJson(nlohmann::json::object(), 5).ok());
}

}  // namespace
}  // namespace tenantry::scoring
