#pragma once

#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "scoring/scorer.h"

namespace tenantry::scoring::embedded {

/// A scorer for tests: scores by a function and remembers the sizes of the batches. Thread-safe
/// when the function is.
class FakeScorer final : public Scorer {
 public:
  using Function = std::function<Score(const FeatureRow&)>;

  /// Answers as `model` by `score`; an empty name stands for no model.
  explicit FakeScorer(std::string model, Function score)
      : model_(std::move(model)), score_(std::move(score)) {}

  absl::StatusOr<Scores> ScoreRows(const std::vector<FeatureRow>& rows) override {
    absl::MutexLock lock(&mutex_);
    if (model_.empty()) return base::FailedPrecondition("there is no model");
    batches_.push_back(rows.size());
    Scores scores{model_, std::vector<Score>(rows.size())};
    std::transform(rows.begin(), rows.end(), scores.rows.begin(), score_);
    return scores;
  }

  /// How many rows each call brought.
  std::vector<size_t> batches() const {
    absl::MutexLock lock(&mutex_);
    return batches_;
  }

 private:
  mutable absl::Mutex mutex_;
  const std::string model_;
  const Function score_;
  std::vector<size_t> batches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::scoring::embedded
