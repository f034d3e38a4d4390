#pragma once

#include <string>
#include <vector>

#include "scoring/training/training_set.h"

namespace tenantry::scoring::training {

/// A feature that tells the outcome all by itself: most often something that is only known after
/// it.
struct Leak {
  std::string name;
  double auc = 0.5;  ///< of this feature alone, 0.5 to 1
};

/// How well each column alone ranks the outcomes, in the columns' order: AUC in the better
/// direction. Categories, and numbers of few values, are ranked by the share of positives that each
/// value has on other rows (five folds dealt by row number), so that many values don't look better
/// than they are; other numbers by size, missing ones at whichever end ranks better.
std::vector<Leak> RankColumns(const TrainingSet& set);

/// The columns of RankColumns at or above `auc_min`, the strongest first.
std::vector<Leak> FindLeaks(const TrainingSet& set, double auc_min);

}  // namespace tenantry::scoring::training
