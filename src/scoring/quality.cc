#include "scoring/quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/check.h"
#include "base/status.h"

namespace tenantry::scoring {
namespace {

using nlohmann::json;

constexpr size_t kBins = 10;

// Rows that share a score, highest score first.
struct Tie {
  double positives = 0;
  double rows = 0;
};

std::vector<Tie> Ranked(absl::Span<const double> values, absl::Span<const uint8_t> outcomes) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&values](size_t a, size_t b) { return values[a] > values[b]; });
  std::vector<Tie> ranking;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || values[order[i]] != values[order[i - 1]]) ranking.emplace_back();
    ranking.back().rows += 1;
    ranking.back().positives += outcomes[order[i]];
  }
  return ranking;
}

double Area(const std::vector<Tie>& ranking, double positives, double negatives) {
  double above = 0;  // positives that rank above
  double area = 0;
  for (const Tie& tie : ranking) {
    area += (tie.rows - tie.positives) * (above + tie.positives / 2);
    above += tie.positives;
  }
  return area / (positives * negatives);
}

double AveragePrecision(const std::vector<Tie>& ranking, double positives) {
  double found = 0;
  double rows = 0;
  double sum = 0;
  for (const Tie& tie : ranking) {
    found += tie.positives;
    rows += tie.rows;
    sum += tie.positives / positives * (found / rows);
  }
  return sum;
}

double Lift(const std::vector<Tie>& ranking, double positives, double rows) {
  double wanted = rows / static_cast<double>(kBins);
  const double top = wanted;
  double found = 0;
  for (const Tie& tie : ranking) {
    const double taken = std::min(wanted, tie.rows);
    found += tie.positives * taken / tie.rows;
    wanted -= taken;
    if (wanted <= 0) break;
  }
  return found / top / (positives / rows);
}

double CalibrationError(absl::Span<const double> probabilities,
                        absl::Span<const uint8_t> outcomes) {
  std::array<double, kBins> difference = {};  // Σ probability − outcome
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double place = probabilities[i] * static_cast<double>(kBins);
    difference[std::min(kBins - 1, static_cast<size_t>(place))] += probabilities[i] - outcomes[i];
  }
  double sum = 0;
  for (const double bin : difference) sum += std::abs(bin);
  return sum / static_cast<double>(probabilities.size());
}

struct Measure {
  const char* name;
  double Quality::* fold;
  MeanAndSd CrossValidatedQuality::* summary;
};

constexpr std::array<Measure, 6> kMeasures = {{
    {"auc", &Quality::auc, &CrossValidatedQuality::auc},
    {"averagePrecision", &Quality::average_precision, &CrossValidatedQuality::average_precision},
    {"logLoss", &Quality::log_loss, &CrossValidatedQuality::log_loss},
    {"brier", &Quality::brier, &CrossValidatedQuality::brier},
    {"calibrationError", &Quality::calibration_error, &CrossValidatedQuality::calibration_error},
    {"lift10", &Quality::lift10, &CrossValidatedQuality::lift10},
}};

}  // namespace

double AreaUnderCurve(absl::Span<const double> values, absl::Span<const uint8_t> outcomes) {
  TENANTRY_CHECK(values.size() == outcomes.size());
  const double positives = std::accumulate(outcomes.begin(), outcomes.end(), 0.0);
  const double negatives = static_cast<double>(outcomes.size()) - positives;
  if (positives == 0 || negatives == 0) return 0.5;
  return Area(Ranked(values, outcomes), positives, negatives);
}

absl::StatusOr<Quality> MeasureQuality(absl::Span<const double> probabilities,
                                       absl::Span<const uint8_t> outcomes) {
  TENANTRY_CHECK(probabilities.size() == outcomes.size());
  const double rows = static_cast<double>(outcomes.size());
  const double positives = std::accumulate(outcomes.begin(), outcomes.end(), 0.0);
  if (positives == 0 || positives == rows) {
    return base::InvalidArgument(
        "all {} rows have the same outcome: quality needs rows of both "
        "kinds",
        outcomes.size());
  }
  const std::vector<Tie> ranking = Ranked(probabilities, outcomes);
  Quality quality;
  quality.auc = Area(ranking, positives, rows - positives);
  quality.average_precision = AveragePrecision(ranking, positives);
  quality.lift10 = Lift(ranking, positives, rows);
  quality.calibration_error = CalibrationError(probabilities, outcomes);
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double truth = outcomes[i] != 0 ? probabilities[i] : 1 - probabilities[i];
    quality.log_loss -= std::log(std::clamp(truth, 1e-15, 1 - 1e-15)) / rows;
    quality.brier += (1 - truth) * (1 - truth) / rows;
  }
  return quality;
}

CrossValidatedQuality Summarise(const std::vector<Quality>& folds) {
  TENANTRY_CHECK(!folds.empty());
  CrossValidatedQuality summary;
  summary.folds = static_cast<int>(folds.size());
  const double count = static_cast<double>(folds.size());
  for (const Measure& measure : kMeasures) {
    MeanAndSd& result = summary.*measure.summary;
    for (const Quality& fold : folds) result.mean += fold.*measure.fold / count;
    double variance = 0;
    for (const Quality& fold : folds) {
      const double distance = fold.*measure.fold - result.mean;
      variance += distance * distance / count;
    }
    result.sd = std::sqrt(variance);
  }
  return summary;
}

json ToJson(const Quality& quality) {
  json object = json::object();
  for (const Measure& measure : kMeasures) object[measure.name] = quality.*measure.fold;
  return object;
}

json ToJson(const CrossValidatedQuality& quality) {
  json object = json::object();
  for (const Measure& measure : kMeasures) {
    const MeanAndSd& value = quality.*measure.summary;
    object[measure.name] = {{"mean", value.mean}, {"sd", value.sd}};
  }
  return object;
}

absl::StatusOr<CrossValidatedQuality> QualityFromJson(const json& object, int folds) {
  CrossValidatedQuality quality;
  quality.folds = folds;
  try {
    for (const Measure& measure : kMeasures) {
      MeanAndSd& value = quality.*measure.summary;
      object.at(measure.name).at("mean").get_to(value.mean);
      object.at(measure.name).at("sd").get_to(value.sd);
    }
  } catch (const json::exception& fault) {
    return base::InvalidArgument("\"metrics\": {}", fault.what());
  }
  return quality;
}

}  // namespace tenantry::scoring
