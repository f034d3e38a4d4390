#include "scoring/training/leak_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "scoring/quality.h"

namespace tenantry::scoring::training {
namespace {

constexpr size_t kFolds = 5;
constexpr size_t kFewValues = 20;  // numbers of so few values are looked at as categories too

double BothWays(double auc) { return std::max(auc, 1 - auc); }

// AUC of values ranked by the share of positives among the rows of other folds that hold them.
double RankByShare(const std::vector<uint32_t>& codes, size_t values,
                   const std::vector<uint8_t>& outcomes) {
  struct Count {
    double rows = 0;
    double positives = 0;
  };
  std::vector<std::array<Count, kFolds>> counts(values);
  std::array<Count, kFolds> totals = {};
  for (size_t row = 0; row < codes.size(); ++row) {
    for (Count* count : {&counts[codes[row]][row % kFolds], &totals[row % kFolds]}) {
      count->rows += 1;
      count->positives += outcomes[row];
    }
  }
  const auto others = [](const std::array<Count, kFolds>& folds, size_t fold) {
    Count sum;
    for (size_t other = 0; other < kFolds; ++other) {
      if (other == fold) continue;
      sum.rows += folds[other].rows;
      sum.positives += folds[other].positives;
    }
    return sum;
  };
  std::vector<double> shares(codes.size());
  for (size_t row = 0; row < codes.size(); ++row) {
    const Count all = others(totals, row % kFolds);
    const Count here = others(counts[codes[row]], row % kFolds);
    const double base = all.rows > 0 ? all.positives / all.rows : 0.5;
    shares[row] = (here.positives + base) / (here.rows + 1);
  }
  return AreaUnderCurve(shares, outcomes);
}

double RankCategory(const TrainingColumn& column, const std::vector<uint8_t>& outcomes) {
  std::vector<uint32_t> codes = column.codes;
  const uint32_t missing = static_cast<uint32_t>(column.values.size());
  std::replace(codes.begin(), codes.end(), kMissingCode, missing);
  return RankByShare(codes, column.values.size() + 1, outcomes);
}

double RankBySize(const TrainingColumn& column, const std::vector<uint8_t>& outcomes) {
  double best = 0.5;
  for (const double end : {-HUGE_VAL, HUGE_VAL}) {
    std::vector<double> values = column.numbers;
    for (double& value : values) {
      if (std::isnan(value)) value = end;
    }
    best = std::max(best, BothWays(AreaUnderCurve(values, outcomes)));
  }
  return best;
}

double RankNumber(const TrainingColumn& column, const std::vector<uint8_t>& outcomes) {
  const double by_size = RankBySize(column, outcomes);
  std::map<double, uint32_t> code_of;
  std::vector<uint32_t> codes;
  codes.reserve(column.numbers.size());
  for (const double value : column.numbers) {
    const double key = std::isnan(value) ? HUGE_VAL : value;
    codes.push_back(code_of.emplace(key, static_cast<uint32_t>(code_of.size())).first->second);
    if (code_of.size() > kFewValues) return by_size;
  }
  return std::max(by_size, RankByShare(codes, code_of.size(), outcomes));
}

}  // namespace

std::vector<Leak> RankColumns(const TrainingSet& set) {
  std::vector<Leak> ranks;
  for (const TrainingColumn& column : set.columns) {
    const bool number = column.kind == FeatureKind::kNumber;
    const double auc = number ? RankNumber(column, set.outcomes)
                              : std::max(0.5, RankCategory(column, set.outcomes));
    ranks.push_back({column.name, auc});
  }
  return ranks;
}

std::vector<Leak> FindLeaks(const TrainingSet& set, double auc_min) {
  std::vector<Leak> leaks = RankColumns(set);
  std::erase_if(leaks, [auc_min](const Leak& leak) { return leak.auc < auc_min; });
  std::stable_sort(leaks.begin(), leaks.end(),
                   [](const Leak& a, const Leak& b) { return a.auc > b.auc; });
  return leaks;
}

}  // namespace tenantry::scoring::training
