#include "scoring/training/linear_learner.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>

#include "base/check.h"
#include "base/status.h"
#include "scoring/logistic.h"

namespace tenantry::scoring::training {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// log(1 + exp(-margin)) without overflow.
double Loss(double margin) {
  return margin > 0 ? std::log1p(std::exp(-margin)) : std::log1p(std::exp(margin)) - margin;
}

// One minimisation. The last coordinate is the intercept.
class NewtonFit {
 public:
  NewtonFit(const DesignMatrix& matrix, absl::Span<const uint8_t> outcomes, double l2)
      : matrix_(matrix),
        outcomes_(outcomes),
        l2_(l2),
        width_(static_cast<Eigen::Index>(matrix.width)),
        point_(VectorXd::Zero(width_ + 1)),
        margins_(matrix.rows(), 0.0) {}

  absl::StatusOr<LinearFit> Run(const LinearLearnerOptions& options);

 private:
  void AddDerivatives();
  void AddRow(size_t row, double slope, double curve);
  double Objective(const VectorXd& point, const std::vector<double>& margins) const;
  std::vector<double> MarginsOf(const VectorXd& point) const;
  bool Step(const VectorXd& direction, double decrement);

  const DesignMatrix& matrix_;
  const absl::Span<const uint8_t> outcomes_;
  const double l2_;
  const Eigen::Index width_;
  VectorXd point_;
  std::vector<double> margins_;  // of the point, one a row
  VectorXd gradient_;
  MatrixXd hessian_;  // lower triangle
};

void NewtonFit::AddRow(size_t row, double slope, double curve) {
  const uint32_t* const columns = matrix_.columns.data() + row * matrix_.stride;
  const double* const values = matrix_.values.data() + row * matrix_.stride;
  double* const hessian = hessian_.data();
  const size_t height = static_cast<size_t>(width_) + 1;
  for (size_t i = 0; i < matrix_.stride; ++i) {
    const size_t column = columns[i];
    gradient_[static_cast<Eigen::Index>(column)] += slope * values[i];
    const double weighted = curve * values[i];
    if (weighted == 0) continue;
    // A row's columns rise, so that (j, i) with j ≥ i lies in the lower triangle.
    for (size_t j = i; j < matrix_.stride; ++j) {
      hessian[column * height + columns[j]] += weighted * values[j];
    }
    hessian[column * height + static_cast<size_t>(width_)] += weighted;
  }
  gradient_[width_] += slope;
  hessian_(width_, width_) += curve;
}

void NewtonFit::AddDerivatives() {
  gradient_ = l2_ * point_;
  gradient_[width_] = 0;
  hessian_ = MatrixXd::Zero(width_ + 1, width_ + 1);
  hessian_.diagonal().setConstant(l2_);
  hessian_(width_, width_) = 1e-12;  // keeps it invertible when every row is certain
  for (size_t row = 0; row < matrix_.rows(); ++row) {
    const double probability = Logistic(margins_[row]);
    AddRow(row, probability - outcomes_[row], probability * (1 - probability));
  }
}

double NewtonFit::Objective(const VectorXd& point, const std::vector<double>& margins) const {
  double sum = 0;
  for (size_t row = 0; row < margins.size(); ++row) {
    sum += Loss(outcomes_[row] != 0 ? margins[row] : -margins[row]);
  }
  return sum + l2_ / 2 * point.head(width_).squaredNorm();
}

std::vector<double> NewtonFit::MarginsOf(const VectorXd& point) const {
  std::vector<double> margins(matrix_.rows(), point[width_]);
  size_t entry = 0;
  for (double& margin : margins) {
    for (size_t i = 0; i < matrix_.stride; ++i, ++entry) {
      margin += matrix_.values[entry] * point[static_cast<Eigen::Index>(matrix_.columns[entry])];
    }
  }
  return margins;
}

// Goes along the direction until the objective falls enough (Armijo); false when it never does,
// which is where rounding hides any further fall.
bool NewtonFit::Step(const VectorXd& direction, double decrement) {
  const double before = Objective(point_, margins_);
  for (double length = 1; length > 1e-6; length /= 2) {
    const VectorXd point = point_ - length * direction;
    std::vector<double> margins = MarginsOf(point);
    if (Objective(point, margins) > before - 1e-4 * length * decrement) continue;
    point_ = point;
    margins_ = std::move(margins);
    return true;
  }
  return false;
}

absl::StatusOr<LinearFit> NewtonFit::Run(const LinearLearnerOptions& options) {
  LinearFit fit;
  for (;;) {
    if (options.stopped && options.stopped())
      return absl::CancelledError("the training was stopped");
    AddDerivatives();
    const Eigen::LLT<MatrixXd, Eigen::Lower> cholesky(hessian_);
    if (cholesky.info() != Eigen::Success) {
      return base::Internal("logistic regression: the Hessian is not positive definite");
    }
    const VectorXd direction = cholesky.solve(gradient_);
    const double decrement = gradient_.dot(direction);
    if (!std::isfinite(decrement)) {
      return base::Internal("logistic regression: the numbers left their range");
    }
    const double scale = 1 + 1e-3 * static_cast<double>(matrix_.rows());
    if (decrement <= 1e-10 * scale) break;
    if (!Step(direction, decrement)) {
      if (decrement <= 1e-5 * scale) break;
      return base::Internal("logistic regression: no way down at a slope of {}", decrement);
    }
    if (++fit.iterations == options.iterations_max) {
      return base::Internal("logistic regression: no minimum after {} steps",
                            options.iterations_max);
    }
  }
  fit.intercept = point_[width_];
  fit.weights.assign(point_.data(), point_.data() + width_);
  return fit;
}

}  // namespace

absl::StatusOr<LinearFit> FitLinear(const DesignMatrix& matrix, absl::Span<const uint8_t> outcomes,
                                    const LinearLearnerOptions& options) {
  TENANTRY_CHECK(outcomes.size() == matrix.rows());
  if (!(options.l2 > 0) || !std::isfinite(options.l2)) {
    return base::InvalidArgument("the regularisation (l2) must be above 0, not {}", options.l2);
  }
  return NewtonFit(matrix, outcomes, options.l2).Run(options);
}

std::vector<double> Predict(const LinearFit& fit, const DesignMatrix& matrix) {
  TENANTRY_CHECK(fit.weights.size() == matrix.width);
  std::vector<double> probabilities(matrix.rows());
  size_t entry = 0;
  for (double& probability : probabilities) {
    double margin = fit.intercept;
    for (size_t i = 0; i < matrix.stride; ++i, ++entry) {
      margin += matrix.values[entry] * fit.weights[matrix.columns[entry]];
    }
    probability = Logistic(margin);
  }
  return probabilities;
}

}  // namespace tenantry::scoring::training
