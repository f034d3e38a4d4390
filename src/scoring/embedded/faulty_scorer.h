#pragma once

#include <string>
#include <vector>

#include "base/faults.h"
#include "scoring/scorer.h"

namespace tenantry::scoring::embedded {

/// Another scorer that fails where faults say so: point `scoring.score`, asked before each call.
class FaultyScorer final : public Scorer {
 public:
  /// Both outlive this.
  FaultyScorer(Scorer& scorer, base::Faults& faults) : scorer_(scorer), faults_(faults) {}

  absl::StatusOr<Scores> ScoreRows(const std::vector<FeatureRow>& rows) override {
    if (absl::Status status = faults_.At("scoring.score"); !status.ok()) return status;
    return scorer_.ScoreRows(rows);
  }

 private:
  Scorer& scorer_;
  base::Faults& faults_;
};

}  // namespace tenantry::scoring::embedded
