#pragma once

#include <absl/status/statusor.h>

#include <boost/container/flat_map.hpp>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace tenantry::scoring {

/// A value of a feature: missing, a number, or a category.
using FeatureValue = std::variant<std::monostate, double, std::string>;

/// One thing to score: values by canonical feature name (`industry`, `revenue`, `job30`, ...).
/// Names that the model does not know are ignored; names that it wants and that are absent count as
/// missing.
using FeatureRow = boost::container::flat_map<std::string, FeatureValue, std::less<>>;

/// What moved a score. `effect` is a contribution in log-odds against the average training row,
/// positive towards the target (churn).
struct ScoreReason {
  std::string feature;
  std::string value;
  double effect = 0;
};

/// The answer for one row.
struct Score {
  double probability = 0;            ///< of the target, 0 to 1
  bool positive = false;             ///< probability at or above the model's threshold
  std::vector<ScoreReason> reasons;  ///< strongest first, at most 5
};

/// The answer for some rows: a score each, in order, all by one model.
struct Scores {
  std::string model;  ///< its name and version
  std::vector<Score> rows;
};

/// Scores rows by a model. Thread-safe.
class Scorer {
 public:
  virtual ~Scorer() = default;

  /// A score for each row; for no row, whether it would answer. FailedPrecondition when there is no
  /// model; Unavailable when the scorer is away; DeadlineExceeded when it does not answer in time.
  virtual absl::StatusOr<Scores> ScoreRows(const std::vector<FeatureRow>& rows) = 0;
};

}  // namespace tenantry::scoring
