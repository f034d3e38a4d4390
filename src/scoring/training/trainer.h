#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "scoring/model_file.h"
#include "scoring/quality.h"
#include "scoring/training/leak_check.h"
#include "scoring/training/linear_learner.h"
#include "scoring/training/training_set.h"

namespace tenantry::scoring::training {

/// How to train.
struct TrainOptions {
  std::string learner = "auto";  ///< "linear", or "auto" for the best there is
  int folds = 5;                 ///< of the cross-validation, 2 to 20
  uint64_t seed = 1;             ///< deals the rows to the folds
  double threshold = 0.5;        ///< probability from which a row counts as positive
  double leak_auc_min = 0.99;    ///< a feature that alone ranks so well is reported as a leak
  size_t width_max = 2'000;      ///< encoded columns
  LinearLearnerOptions linear;
  DefinitionLimits definition;
};

/// A trained model and what was found on the way.
struct Training {
  Model model;
  std::vector<DroppedColumn> dropped;
  std::vector<Leak> leaks;
  std::vector<std::string> warnings;
};

/// Cross-validates, then fits all rows. The folds hold the same share of positives; a fold's
/// definition (means, ranges, categories) is made without the fold. The same set, options and clock
/// give the same model, bit by bit. `progress` hears the steps done and all of them.
/// InvalidArgument, with what to do: an option out of bounds, a learner that this release has not,
/// fewer rows of an outcome than folds, more encoded columns than `width_max`. Cancelled:
/// `options.linear.stopped` said so.
absl::StatusOr<Training> Train(const TrainingSet& set, const TrainOptions& options,
                               const base::Clock& clock,
                               absl::FunctionRef<void(int, int)> progress);

/// What `train --json` prints: learner, rows, folds, metrics, features, dropped, leaks, warnings,
/// and the model's name, target, positive and threshold.
nlohmann::json ToJson(const Training& training);

/// Deals rows to `folds` folds so that each has its share of either outcome: the fold of each row.
std::vector<int> DealFolds(const std::vector<uint8_t>& outcomes, int folds, uint64_t seed);

}  // namespace tenantry::scoring::training
