#include "scoring/training/trainer.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/check.h"
#include "base/random.h"
#include "base/status.h"
#include "scoring/training/design_matrix.h"

namespace tenantry::scoring::training {
namespace {

using nlohmann::json;

constexpr size_t kRowsWarned = 200;  // below, the measured quality is a rough guess

absl::Status CheckOptions(const TrainingSet& set, const TrainOptions& options) {
  if (options.learner == "trees") {
    return base::InvalidArgument(
        "the learner \"trees\" is not built into this release: use linear");
  }
  if (options.learner != "linear" && options.learner != "auto") {
    return base::InvalidArgument("unknown learner \"{}\": use linear or auto", options.learner);
  }
  if (options.folds < 2 || options.folds > 20) {
    return base::InvalidArgument("{} folds: cross-validation takes 2 to 20", options.folds);
  }
  if (!(options.threshold > 0 && options.threshold < 1)) {
    return base::InvalidArgument("the threshold must lie between 0 and 1, not at {}",
                                 options.threshold);
  }
  const size_t rarer = std::min(set.positives(), set.rows() - set.positives());
  if (rarer < static_cast<size_t>(options.folds)) {
    const bool positive = set.positives() == rarer;
    return base::InvalidArgument(
        "only {} of {} rows have {} = \"{}\": cross-validation with {} folds "
        "needs that many of each outcome: bring more rows{}",
        rarer, set.rows(), set.target, positive ? set.positive : set.negative, options.folds,
        rarer >= 2 ? " or ask for fewer folds" : "");
  }
  return absl::OkStatus();
}

std::vector<uint8_t> Pick(const std::vector<uint8_t>& outcomes, const std::vector<uint32_t>& rows) {
  std::vector<uint8_t> picked;
  picked.reserve(rows.size());
  for (const uint32_t row : rows) picked.push_back(outcomes[row]);
  return picked;
}

struct Fitted {
  FeatureDefinition definition;
  LinearFit fit;
};

absl::StatusOr<Fitted> Fit(const TrainingSet& set, const std::vector<uint32_t>& rows,
                           const TrainOptions& options) {
  Fitted fitted;
  fitted.definition = FitDefinition(set, rows, options.definition);
  if (fitted.definition.width() > options.width_max) {
    return base::InvalidArgument(
        "the table makes {} encoded columns; at most {} are taken: leave "
        "some out with --drop",
        fitted.definition.width(), options.width_max);
  }
  TENANTRY_ASSIGN_OR_RETURN(fitted.fit, FitLinear(EncodeRows(set, fitted.definition, rows),
                                                  Pick(set.outcomes, rows), options.linear));
  return fitted;
}

absl::StatusOr<Quality> MeasureFold(const TrainingSet& set, const std::vector<int>& fold_of,
                                    int fold, const TrainOptions& options) {
  std::vector<uint32_t> learned;
  std::vector<uint32_t> held;
  for (uint32_t row = 0; row < set.rows(); ++row) {
    (fold_of[row] == fold ? held : learned).push_back(row);
  }
  TENANTRY_ASSIGN_OR_RETURN(const Fitted fitted, Fit(set, learned, options));
  const DesignMatrix matrix = EncodeRows(set, fitted.definition, held);
  return MeasureQuality(Predict(fitted.fit, matrix), Pick(set.outcomes, held));
}

std::vector<std::string> Warnings(const TrainingSet& set, const std::vector<Leak>& leaks,
                                  const CrossValidatedQuality& quality) {
  std::vector<std::string> warnings = set.warnings;
  for (const Leak& leak : leaks) {
    warnings.push_back(
        fmt::format("{} alone tells the outcome (AUC {:.4f}): if it is only known afterwards, "
                    "leave it out with "
                    "--drop",
                    leak.name, leak.auc));
  }
  if (leaks.empty() && quality.auc.mean >= 0.999) {
    warnings.push_back(
        fmt::format("an AUC of {:.4f} is too good to be true on real data: look for "
                    "columns that are only known afterwards",
                    quality.auc.mean));
  }
  if (set.rows() < kRowsWarned) {
    warnings.push_back(
        fmt::format("{} rows are few: the measured quality is a rough guess", set.rows()));
  }
  return warnings;
}

Model MakeModel(const TrainingSet& set, Fitted fitted, const TrainOptions& options,
                const CrossValidatedQuality& quality, absl::Time now) {
  Model model;
  model.created = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  model.learner = "linear";
  model.target = set.target;
  model.positive = set.positive;
  model.negative = set.negative;
  model.id = set.id;
  model.definition = std::move(fitted.definition);
  model.intercept = fitted.fit.intercept;
  model.weights = std::move(fitted.fit.weights);
  model.threshold = options.threshold;
  model.data.fingerprint = set.fingerprint;
  model.data.rows = static_cast<int64_t>(set.rows());
  model.data.positives = static_cast<int64_t>(set.positives());
  model.data.columns = set.table_columns;
  model.quality = quality;
  model.name = ModelName(model.learner, model.created, ToModelFile(model));
  return model;
}

}  // namespace

std::vector<int> DealFolds(const std::vector<uint8_t>& outcomes, int folds, uint64_t seed) {
  TENANTRY_CHECK(folds > 0);
  base::SeededRandom random(seed);
  std::vector<int> fold_of(outcomes.size());
  int next = 0;  // goes on from one outcome to the other, so that folds are of equal size
  for (const uint8_t outcome : {uint8_t{1}, uint8_t{0}}) {
    std::vector<size_t> rows;
    for (size_t row = 0; row < outcomes.size(); ++row) {
      if (outcomes[row] == outcome) rows.push_back(row);
    }
    for (size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.Below(i)]);
    for (const size_t row : rows) fold_of[row] = next++ % folds;
  }
  return fold_of;
}

absl::StatusOr<Training> Train(const TrainingSet& set, const TrainOptions& options,
                               const base::Clock& clock,
                               absl::FunctionRef<void(int, int)> progress) {
  TENANTRY_RETURN_IF_ERROR(CheckOptions(set, options));
  const int steps = options.folds + 2;
  const std::vector<int> fold_of = DealFolds(set.outcomes, options.folds, options.seed);
  std::vector<Quality> folds;
  for (int fold = 0; fold < options.folds; ++fold) {
    progress(fold, steps);
    TENANTRY_ASSIGN_OR_RETURN(Quality quality, MeasureFold(set, fold_of, fold, options));
    folds.push_back(quality);
  }
  progress(options.folds, steps);
  std::vector<uint32_t> rows(set.rows());
  std::iota(rows.begin(), rows.end(), uint32_t{0});
  TENANTRY_ASSIGN_OR_RETURN(Fitted fitted, Fit(set, rows, options));
  progress(options.folds + 1, steps);
  Training training;
  const CrossValidatedQuality quality = Summarise(folds);
  training.model = MakeModel(set, std::move(fitted), options, quality, clock.Now());
  training.dropped = set.dropped;
  training.leaks = FindLeaks(set, options.leak_auc_min);
  training.warnings = Warnings(set, training.leaks, quality);
  progress(steps, steps);
  return training;
}

json ToJson(const Training& training) {
  json object = DescribeModel(training.model);
  object["dropped"] = json::array();
  for (const DroppedColumn& column : training.dropped) {
    object["dropped"].push_back({{"name", column.name}, {"why", column.why}});
  }
  object["leaks"] = json::array();
  for (const Leak& leak : training.leaks) {
    object["leaks"].push_back({{"name", leak.name}, {"auc", leak.auc}});
  }
  object["warnings"] = training.warnings;
  return object;
}

}  // namespace tenantry::scoring::training
