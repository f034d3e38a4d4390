#pragma once

#include <absl/status/statusor.h>
#include <absl/types/span.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "scoring/training/design_matrix.h"

namespace tenantry::scoring::training {

/// How to fit a logistic regression.
struct LinearLearnerOptions {
  double l2 = 1;             ///< λ: the weights are held back by λ/2 · |w|²; the intercept is not
  int iterations_max = 100;  ///< Newton steps
  std::function<bool()> stopped;  ///< asked before each step: true ends it with Cancelled
};

/// A fitted logistic regression.
struct LinearFit {
  double intercept = 0;
  std::vector<double> weights;  ///< one a column of the design matrix
  int iterations = 0;           ///< Newton steps taken
};

/// Minimises Σ log(1 + exp(−y·(b + w·x))) + λ/2·|w|² (y is +1 for an outcome of 1, else −1): what
/// liblinear's `-s 0` minimises at C = 1/λ, but for the intercept, which is left free here.
///
/// By Newton's method with a line search (iteratively reweighted least squares). The specification
/// names Adam, which is for models too large for a Hessian; for the few hundred columns of a table
/// Newton reaches the minimum to full precision in some eight passes, the same for every run. The
/// Hessian is added up from the entries that a row has: a category costs one, however many values.
///
/// Deterministic; uses the calling thread alone. InvalidArgument: λ is not above 0. Cancelled: it
/// was stopped. Internal: the minimum was not reached, which the convex problem does not do with
/// finite numbers.
absl::StatusOr<LinearFit> FitLinear(const DesignMatrix& matrix, absl::Span<const uint8_t> outcomes,
                                    const LinearLearnerOptions& options);

/// The probabilities that a fit gives to encoded rows.
std::vector<double> Predict(const LinearFit& fit, const DesignMatrix& matrix);

}  // namespace tenantry::scoring::training
