#pragma once

#include <absl/status/statusor.h>
#include <absl/types/span.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/feature_names.h"
#include "scoring/scorer.h"

namespace tenantry::scoring {

/// How one feature becomes columns of numbers.
///
/// A number is cut to the range that training saw (a line fitted there says nothing beyond it),
/// then normalised: (x − mean) / sd. A missing one stands at the mean, so that it moves nothing by
/// itself; when training saw missing ones, a second column is 1 for them.
///
/// A category has one column a value, in the order of `categories`, and a last one for all others:
/// values that training never or seldom saw, and missing ones.
struct Feature {
  std::string name;  ///< canonical where the column is a known one
  FeatureKind kind = FeatureKind::kNumber;
  std::vector<std::string> columns;         ///< spellings in tables, the training table's first
  std::vector<std::string> missing_values;  ///< texts that mean "missing" besides blanks and NA

  double mean = 0;           ///< of the numbers that are there
  double sd = 1;             ///< of the numbers that are there; above 0
  double lowest = 0;         ///< the range seen in training
  double highest = 0;        ///< the range seen in training
  double missing_share = 0;  ///< of the training rows; 0: there is no column for it

  std::vector<std::string> categories;  ///< sorted by bytes, each once
  std::vector<double> shares;           ///< of the training rows, one a category
  double other_share = 0;               ///< of the training rows

  /// How many columns the feature fills.
  size_t width() const;
};

/// The one feature definition of a model: training, serving and the facade encode by it, and it is
/// saved in the model file. Immutable; thread-safe.
class FeatureDefinition {
 public:
  FeatureDefinition() = default;

  /// Takes the features in their order; aborts when two have the same name.
  explicit FeatureDefinition(std::vector<Feature> features);

  /// The features, in the order of their columns.
  const std::vector<Feature>& features() const { return features_; }

  /// How many columns a row is encoded in.
  size_t width() const { return width_; }

  /// The first column of a feature.
  size_t offset(size_t feature) const { return offsets_[feature]; }

  /// The average encoded training row: what reasons are told against.
  const std::vector<double>& column_means() const { return means_; }

  /// The name of a column: `revenue`, `revenue missing`, `industry=gov`, `industry other`.
  std::string ColumnName(size_t column) const;

  /// Writes the encoded row to `columns`, `width()` numbers.
  void Encode(const FeatureRow& row, absl::Span<double> columns) const;

  /// A feature's value as a reason shows it: `6`, `0.161`, `1284.5`, `travel`, `missing`.
  std::string ShowValue(size_t feature, const FeatureRow& row) const;

  /// The definition as the model file holds it.
  nlohmann::json ToJson() const;

  /// Reads what ToJson wrote; InvalidArgument says what is wrong where.
  static absl::StatusOr<FeatureDefinition> FromJson(const nlohmann::json& json);

 private:
  std::vector<Feature> features_;
  std::vector<size_t> offsets_;
  std::vector<size_t> by_name_;  // the features in the order of a row
  std::vector<double> means_;
  size_t width_ = 0;
};

/// Where a number lies in its feature's first column; what is missing lies at 0.
double NormaliseNumber(const Feature& feature, std::optional<double> value);

/// Which of a category feature's columns a value fills: its place in `categories`, or their count
/// for any other value and for none.
size_t CategoryColumn(const Feature& feature, std::optional<std::string_view> value);

/// The value as the feature's kind reads it: a text of digits is a number, a number a category's
/// text.
std::optional<double> NumberOf(const FeatureValue& value);
/// See NumberOf.
std::optional<std::string> CategoryOf(const FeatureValue& value);

}  // namespace tenantry::scoring
