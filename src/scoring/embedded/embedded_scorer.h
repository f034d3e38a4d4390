#pragma once

#include <absl/synchronization/mutex.h>

#include <memory>
#include <string>
#include <vector>

#include "scoring/model_file.h"
#include "scoring/scorer.h"

namespace tenantry::scoring::embedded {

/// Scores one row by a model. A reason's effect is Σ weight × (column − its mean in training) over
/// the feature's columns: with the intercept of the average row they add up to the score's
/// log-odds.
Score ScoreRow(const Model& model, const FeatureRow& row);

/// Scores in this process, by a model held in memory that can be exchanged at any moment: a call is
/// answered by one model throughout. Thread-safe; the lock is held for a pointer's copy alone.
class EmbeddedScorer final : public Scorer {
 public:
  EmbeddedScorer() = default;

  absl::StatusOr<Scores> ScoreRows(const std::vector<FeatureRow>& rows) override;

  /// Scores by `model` from now on.
  void Use(Model model);

  /// Scores nothing from now on: there is no model.
  void Clear();

  /// The model that is to answer can't be used, and `why`: the one before goes on answering; where
  /// there is none, every answer is Unavailable.
  void Fail(const absl::Status& why);

  /// OK, also without a model; else why the model that is to answer can't be used.
  absl::Status Ready() const;

  /// The model that answers now, for whoever tells its name with its answer; null without one.
  /// Shared: calls under way keep the model that they began with while another takes its place.
  std::shared_ptr<const Model> Current() const;

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Model> model_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::scoring::embedded
