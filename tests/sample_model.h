#pragma once

#include <string>

#include "scoring/model_file.h"

namespace tenantry::scoring {

/// A small model made by hand: retail and few jobs make churn likely.
inline Model SampleModel(const std::string& name = "sample-1") {
  Feature job30;
  job30.name = "job30";
  job30.columns = {"#job30", "job30"};
  job30.mean = 6;
  job30.sd = 2;
  job30.lowest = 3;
  job30.highest = 9;
  job30.missing_share = 0.25;
  Feature industry;
  industry.name = "industry";
  industry.kind = FeatureKind::kCategory;
  industry.columns = {"Industry", "industry"};
  industry.categories = {"gov", "retail"};
  industry.shares = {0.5, 0.375};
  industry.other_share = 0.125;
  Model model;
  model.name = name;
  model.created = absl::FromUnixSeconds(1'738'324'800);
  model.learner = "linear";
  model.target = "Churn";
  model.positive = "1";
  model.negative = "0";
  model.id = "Company";
  model.definition = FeatureDefinition({job30, industry});
  model.intercept = 0.25;
  model.weights = {-1.5, 0.5, -2, 3, 0.1 + 0.2};
  model.data = {"0123456789abcdef0123456789abcdef", 1000, 400, {"Company", "#job30", "Industry"}};
  model.quality.folds = 5;
  model.quality.auc = {0.968, 0.003};
  return model;
}

}  // namespace tenantry::scoring
