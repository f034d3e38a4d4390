#pragma once

#include <cmath>

namespace tenantry::scoring {

/// The probability of log-odds `margin`: 1 / (1 + exp(−margin)), without overflow.
inline double Logistic(double margin) {
  if (margin >= 0) return 1 / (1 + std::exp(-margin));
  const double odds = std::exp(margin);
  return odds / (1 + odds);
}

}  // namespace tenantry::scoring
