#include "scoring/embedded/embedded_scorer.h"

#include <absl/types/span.h>

#include <algorithm>
#include <cmath>

#include "base/status.h"
#include "scoring/logistic.h"

namespace tenantry::scoring::embedded {
namespace {

constexpr size_t kReasonsMax = 5;
constexpr double kEffectMin = 1e-9;

struct Effect {
  size_t feature = 0;
  double size = 0;
};

std::vector<Effect> EffectsOf(const Model& model, const std::vector<double>& columns) {
  const FeatureDefinition& definition = model.definition;
  std::vector<Effect> effects;
  effects.reserve(definition.features().size());
  for (size_t feature = 0; feature < definition.features().size(); ++feature) {
    Effect effect{feature, 0};
    const size_t first = definition.offset(feature);
    const size_t end = first + definition.features()[feature].width();
    for (size_t i = first; i < end; ++i) {
      effect.size += model.weights[i] * (columns[i] - definition.column_means()[i]);
    }
    if (std::abs(effect.size) >= kEffectMin) effects.push_back(effect);
  }
  const size_t kept = std::min(kReasonsMax, effects.size());
  std::partial_sort(effects.begin(), effects.begin() + static_cast<std::ptrdiff_t>(kept),
                    effects.end(), [](const Effect& a, const Effect& b) {
                      if (std::abs(a.size) != std::abs(b.size)) {
                        return std::abs(a.size) > std::abs(b.size);
                      }
                      return a.feature < b.feature;
                    });
  effects.resize(kept);
  return effects;
}

}  // namespace

Score ScoreRow(const Model& model, const FeatureRow& row) {
  std::vector<double> columns(model.definition.width());
  model.definition.Encode(row, absl::MakeSpan(columns));
  double margin = model.intercept;
  for (size_t i = 0; i < columns.size(); ++i) margin += model.weights[i] * columns[i];
  Score score;
  score.probability = Logistic(margin);
  score.positive = score.probability >= model.threshold;
  score.reasons.reserve(kReasonsMax);
  for (const Effect& effect : EffectsOf(model, columns)) {
    score.reasons.push_back({model.definition.features()[effect.feature].name,
                             model.definition.ShowValue(effect.feature, row), effect.size});
  }
  return score;
}

absl::StatusOr<Scores> EmbeddedScorer::ScoreRows(const std::vector<FeatureRow>& rows) {
  const std::shared_ptr<const Model> model = Current();
  if (model == nullptr) {
    TENANTRY_RETURN_IF_ERROR(Ready());
    return base::FailedPrecondition("there is no model: train one and promote it");
  }
  Scores scores{model->name, {}};
  scores.rows.reserve(rows.size());
  for (const FeatureRow& row : rows) scores.rows.push_back(ScoreRow(*model, row));
  return scores;
}

void EmbeddedScorer::Use(Model model) {
  auto next = std::make_shared<const Model>(std::move(model));
  absl::MutexLock lock(&mutex_);
  model_.swap(next);
  failure_ = absl::OkStatus();
}

void EmbeddedScorer::Clear() {
  std::shared_ptr<const Model> none;
  absl::MutexLock lock(&mutex_);
  model_.swap(none);
  failure_ = absl::OkStatus();
}

void EmbeddedScorer::Fail(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  failure_ = base::Unavailable("the model can't be used: {}", base::Message(why));
}

absl::Status EmbeddedScorer::Ready() const {
  absl::MutexLock lock(&mutex_);
  return failure_;
}

std::shared_ptr<const Model> EmbeddedScorer::Current() const {
  absl::MutexLock lock(&mutex_);
  return model_;
}

}  // namespace tenantry::scoring::embedded
