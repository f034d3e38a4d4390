#include "scoring/training/linear_learner.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "scoring/logistic.h"

namespace tenantry::scoring::training {
namespace {

// Dense rows as a design matrix.
DesignMatrix Matrix(const std::vector<std::vector<double>>& rows) {
  DesignMatrix matrix;
  matrix.width = rows.at(0).size();
  matrix.stride = matrix.width;
  for (const auto& row : rows) {
    for (uint32_t column = 0; column < row.size(); ++column) {
      matrix.columns.push_back(column);
      matrix.values.push_back(row[column]);
    }
  }
  return matrix;
}

struct Sample {
  std::vector<std::vector<double>> rows;
  std::vector<uint8_t> outcomes;
};

// Rows drawn from a logistic model with these weights.
Sample Draw(size_t count, const std::vector<double>& weights, double intercept, uint64_t seed) {
  base::SeededRandom random(seed);
  Sample sample;
  for (size_t i = 0; i < count; ++i) {
    std::vector<double> row;
    double margin = intercept;
    for (const double weight : weights) {
      row.push_back(4 * random.Uniform() - 2);
      margin += weight * row.back();
    }
    sample.outcomes.push_back(random.Uniform() < Logistic(margin) ? 1 : 0);
    sample.rows.push_back(std::move(row));
  }
  return sample;
}

// The slope of the objective at a fit, by its definition.
std::vector<double> Slope(const Sample& sample, const LinearFit& fit, double l2) {
  std::vector<double> slope(fit.weights.size() + 1, 0.0);
  for (size_t i = 0; i < sample.rows.size(); ++i) {
    const double margin = std::inner_product(sample.rows[i].begin(), sample.rows[i].end(),
                                             fit.weights.begin(), fit.intercept);
    const double miss = 1 / (1 + std::exp(-margin)) - sample.outcomes[i];
    for (size_t j = 0; j < fit.weights.size(); ++j) slope[j] += miss * sample.rows[i][j];
    slope.back() += miss;
  }
  for (size_t j = 0; j < fit.weights.size(); ++j) slope[j] += l2 * fit.weights[j];
  return slope;
}

TEST(LinearLearner, FindsTheWeightsThatMadeTheData) {
  const Sample sample = Draw(20'000, {1.5, -0.7, 0}, 0.3, 11);
  const auto fit = FitLinear(Matrix(sample.rows), sample.outcomes, {});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->weights[0], 1.5, 0.08);
  EXPECT_NEAR(fit->weights[1], -0.7, 0.06);
  EXPECT_NEAR(fit->weights[2], 0, 0.06);
  EXPECT_NEAR(fit->intercept, 0.3, 0.06);
  EXPECT_LT(fit->iterations, 12);
}

RC_GTEST_PROP(LinearLearner, EndsWhereTheSlopeIsZero, ()) {
  const auto seed = *rc::gen::arbitrary<uint32_t>();
  const double l2 = *rc::gen::element(0.01, 1.0, 50.0);
  const Sample sample = Draw(150, {2, -1, 0.5, 0}, -0.5, seed);
  const auto fit = FitLinear(Matrix(sample.rows), sample.outcomes, {.l2 = l2});
  RC_ASSERT(fit.ok());
  for (const double slope : Slope(sample, *fit, l2)) RC_ASSERT(std::abs(slope) < 1e-3);
}

TEST(LinearLearner, AgreesWithAWorkedExample) {
  // One column, -1 and +1; of each four rows three follow it. With b = 0 by symmetry the minimum is
  // where 4·(1/(1+exp(-w))·2 − 1.5) + w = 0.
  Sample sample;
  for (const double x : {-1.0, 1.0}) {
    for (int i = 0; i < 4; ++i) {
      sample.rows.push_back({x});
      sample.outcomes.push_back((x > 0) == (i < 3) ? 1 : 0);
    }
  }
  const auto fit = FitLinear(Matrix(sample.rows), sample.outcomes, {.l2 = 1});
  ASSERT_TRUE(fit.ok());
  const double w = fit->weights[0];
  EXPECT_NEAR(4 * (2 / (1 + std::exp(-w)) - 1.5) + w, 0, 1e-5);
  EXPECT_NEAR(fit->intercept, 0, 1e-6);
}

TEST(LinearLearner, EndsThereTooWhereWholeStepsWouldDiverge) {
  // Few rows with extreme values: Newton's steps without a line search leave for infinity in some.
  for (uint64_t seed = 0; seed < 1'000; ++seed) {
    base::SeededRandom random(seed);
    Sample sample;
    for (int i = 0; i < 8; ++i) {
      sample.rows.emplace_back();
      for (int j = 0; j < 3; ++j) {
        sample.rows.back().push_back(std::tan(M_PI * (random.Uniform() - 0.5)));
      }
      sample.outcomes.push_back(i % 2 == 0 ? 1 : 0);
    }
    const auto fit = FitLinear(Matrix(sample.rows), sample.outcomes, {.l2 = 1e-3});
    ASSERT_TRUE(fit.ok()) << fit.status() << " seed " << seed;
    const std::vector<double> slope = Slope(sample, *fit, 1e-3);
    for (size_t j = 0; j < 3; ++j) {
      double scale = 1;
      for (const auto& row : sample.rows) scale = std::max(scale, std::abs(row[j]));
      EXPECT_LT(std::abs(slope[j]) / scale, 1e-3) << "seed " << seed;
    }
  }
}

TEST(LinearLearner, StaysFiniteWhenOneColumnTellsAll) {
  Sample sample;
  for (int i = 0; i < 1000; ++i) {
    sample.rows.push_back({i < 500 ? -1.0 : 1.0, 1e3});
    sample.outcomes.push_back(i < 500 ? 0 : 1);
  }
  const auto fit = FitLinear(Matrix(sample.rows), sample.outcomes, {.l2 = 1e-6});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_TRUE(std::isfinite(fit->weights[0]));
  EXPECT_GT(fit->weights[0], 5);
}

TEST(LinearLearner, IsTheSameEveryTime) {
  const Sample sample = Draw(500, {1, 2, 3}, 0, 5);
  const auto one = FitLinear(Matrix(sample.rows), sample.outcomes, {});
  const auto two = FitLinear(Matrix(sample.rows), sample.outcomes, {});
  EXPECT_EQ(one->weights, two->weights);
  EXPECT_EQ(one->intercept, two->intercept);
}

TEST(LinearLearner, ReadsSeveralEntriesOfARow) {
  // The same rows, once dense and once with the zeros left out in favour of a category's entry.
  DesignMatrix sparse;
  sparse.width = 4;
  sparse.stride = 2;
  std::vector<std::vector<double>> dense;
  std::vector<uint8_t> outcomes;
  base::SeededRandom random(3);
  for (int i = 0; i < 200; ++i) {
    const double number = random.Uniform();
    const uint32_t category = 1 + static_cast<uint32_t>(random.Below(3));
    sparse.columns.insert(sparse.columns.end(), {0, category});
    sparse.values.insert(sparse.values.end(), {number, 1.0});
    dense.push_back({number, 0, 0, 0});
    dense.back()[category] = 1;
    outcomes.push_back(random.Uniform() < 0.2 * category + 0.3 * number ? 1 : 0);
  }
  const auto from_sparse = FitLinear(sparse, outcomes, {});
  const auto from_dense = FitLinear(Matrix(dense), outcomes, {});
  ASSERT_TRUE(from_sparse.ok() && from_dense.ok());
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(from_sparse->weights[i], from_dense->weights[i], 1e-9);
  }
  EXPECT_EQ(Predict(*from_sparse, sparse).size(), 200u);
  EXPECT_NEAR(Predict(*from_sparse, sparse)[7], Predict(*from_dense, Matrix(dense))[7], 1e-9);
}

TEST(LinearLearner, RefusesARegularisationThatIsNotAboveZero) {
  const Sample sample = Draw(10, {1}, 0, 5);
  for (const double l2 : {0.0, -1.0, std::nan("")}) {
    EXPECT_EQ(FitLinear(Matrix(sample.rows), sample.outcomes, {.l2 = l2}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace tenantry::scoring::training
