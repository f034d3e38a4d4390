#pragma once

#include <absl/status/statusor.h>
#include <absl/types/span.h>

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace tenantry::scoring {

/// How well probabilities tell positives from negatives, on rows that the model has not learned
/// from. Independent of the rows' order.
struct Quality {
  /// The probability that a positive scores above a negative, ties counted half (Mann and Whitney).
  double auc = 0;
  /// Σ (recall step × precision) down the ranking, rows of equal score taken together.
  double average_precision = 0;
  /// −mean log of the probability given to what happened, in nats; probabilities are kept 1e-15
  /// away from 0 and 1.
  double log_loss = 0;
  /// Mean squared difference of probability and outcome.
  double brier = 0;
  /// Expected calibration error: over ten bins of equal width, the share of rows in the bin times
  /// the distance between its mean probability and its share of positives.
  double calibration_error = 0;
  /// The share of positives among the tenth of rows that score highest, over their share in all;
  /// rows that tie at the border count in part.
  double lift10 = 0;
};

/// Measures probabilities against outcomes, 1 for a positive and 0 for a negative, of the same
/// length. InvalidArgument when either kind is absent: nothing can be ranked then.
absl::StatusOr<Quality> MeasureQuality(absl::Span<const double> probabilities,
                                       absl::Span<const uint8_t> outcomes);

/// The probability that a positive has a higher value than a negative, ties counted half; 0.5 when
/// either kind is absent. Values must not be NaN.
double AreaUnderCurve(absl::Span<const double> values, absl::Span<const uint8_t> outcomes);

/// A measure over the folds of a cross-validation: the mean, and the standard deviation with the
/// number of folds as divisor.
struct MeanAndSd {
  double mean = 0;
  double sd = 0;
};

/// The quality over the folds of a cross-validation.
struct CrossValidatedQuality {
  int folds = 0;
  MeanAndSd auc, average_precision, log_loss, brier, calibration_error, lift10;
};

/// Adds up the folds; there must be at least one.
CrossValidatedQuality Summarise(const std::vector<Quality>& folds);

/// `{"auc": 0.97, "averagePrecision", "logLoss", "brier", "calibrationError", "lift10"}`.
nlohmann::json ToJson(const Quality& quality);

/// The same names, each with `{"mean", "sd"}`; the folds are not in it.
nlohmann::json ToJson(const CrossValidatedQuality& quality);

/// Reads what ToJson wrote; InvalidArgument when a measure is absent or no number.
absl::StatusOr<CrossValidatedQuality> QualityFromJson(const nlohmann::json& json, int folds);

}  // namespace tenantry::scoring
