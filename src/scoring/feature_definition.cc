#include "scoring/feature_definition.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/check.h"
#include "base/status.h"
#include "scoring/tables/csv_table.h"

namespace tenantry::scoring {
namespace {

using nlohmann::json;

// The greatest normalised number: what it is weighed and summed up to stays finite.
constexpr double kNormalMax = 1e200;

const FeatureValue kMissing;

const FeatureValue& ValueIn(const FeatureRow& row, const std::string& name) {
  const auto found = row.find(name);
  return found == row.end() ? kMissing : found->second;
}

json NumberToJson(const Feature& feature) {
  return {{"mean", feature.mean},
          {"sd", feature.sd},
          {"lowest", feature.lowest},
          {"highest", feature.highest},
          {"missingShare", feature.missing_share}};
}

json CategoryToJson(const Feature& feature) {
  return {{"categories", feature.categories},
          {"shares", feature.shares},
          {"otherShare", feature.other_share}};
}

bool IsShare(double share) { return std::isfinite(share) && share >= 0 && share <= 1; }

absl::Status CheckNumber(const Feature& feature) {
  const bool finite = std::isfinite(feature.mean) && std::isfinite(feature.sd) &&
                      std::isfinite(feature.lowest) && std::isfinite(feature.highest);
  const auto normal = [&](double value) { return (value - feature.mean) / feature.sd; };
  if (!finite || feature.sd <= 0 || !(std::abs(normal(feature.lowest)) <= kNormalMax) ||
      !(std::abs(normal(feature.highest)) <= kNormalMax) || feature.lowest > feature.highest ||
      !IsShare(feature.missing_share)) {
    return base::InvalidArgument(
        "feature \"{}\": mean, sd, range or missing share is no sensible "
        "number",
        feature.name);
  }
  return absl::OkStatus();
}

absl::Status CheckCategory(const Feature& feature) {
  const bool sorted = std::is_sorted(feature.categories.begin(), feature.categories.end()) &&
                      std::adjacent_find(feature.categories.begin(), feature.categories.end()) ==
                          feature.categories.end();
  if (!sorted || feature.shares.size() != feature.categories.size() ||
      !std::all_of(feature.shares.begin(), feature.shares.end(), IsShare) ||
      !IsShare(feature.other_share)) {
    return base::InvalidArgument(
        "feature \"{}\": categories must be sorted, each once, with a share "
        "from 0 to 1 each",
        feature.name);
  }
  return absl::OkStatus();
}

absl::StatusOr<Feature> FeatureFromJson(const json& json) {
  Feature feature;
  json.at("name").get_to(feature.name);
  const std::optional<FeatureKind> kind = KindOf(json.at("kind").get<std::string>());
  if (!kind) {
    return base::InvalidArgument("feature \"{}\": unknown kind {}", feature.name,
                                 json.at("kind").dump());
  }
  feature.kind = *kind;
  json.at("columns").get_to(feature.columns);
  json.at("missingValues").get_to(feature.missing_values);
  if (feature.name.empty() || feature.columns.empty()) {
    return base::InvalidArgument("a feature without a name or without columns");
  }
  if (feature.kind == FeatureKind::kNumber) {
    json.at("mean").get_to(feature.mean);
    json.at("sd").get_to(feature.sd);
    json.at("lowest").get_to(feature.lowest);
    json.at("highest").get_to(feature.highest);
    json.at("missingShare").get_to(feature.missing_share);
    TENANTRY_RETURN_IF_ERROR(CheckNumber(feature));
  } else {
    json.at("categories").get_to(feature.categories);
    json.at("shares").get_to(feature.shares);
    json.at("otherShare").get_to(feature.other_share);
    TENANTRY_RETURN_IF_ERROR(CheckCategory(feature));
  }
  return feature;
}

// Whole numbers as they are, others with as many digits as one looks at.
std::string ForPeople(double number) {
  constexpr double kWholeMax = 9e15;
  if (number == std::floor(number) && std::abs(number) < kWholeMax) {
    return fmt::format_int(static_cast<int64_t>(number)).str();
  }
  if (std::abs(number) >= kWholeMax) return fmt::format("{:.3g}", number);
  return std::abs(number) < 100 ? fmt::format("{:.3g}", number) : fmt::format("{:.1f}", number);
}

}  // namespace

size_t Feature::width() const {
  if (kind == FeatureKind::kNumber) return missing_share > 0 ? 2 : 1;
  return categories.size() + 1;
}

double NormaliseNumber(const Feature& feature, std::optional<double> value) {
  if (!value) return 0;
  return (std::clamp(*value, feature.lowest, feature.highest) - feature.mean) / feature.sd;
}

size_t CategoryColumn(const Feature& feature, std::optional<std::string_view> value) {
  const std::vector<std::string>& known = feature.categories;
  if (!value) return known.size();
  const auto place = std::lower_bound(known.begin(), known.end(), *value);
  if (place == known.end() || *place != *value) return known.size();
  return static_cast<size_t>(place - known.begin());
}

std::optional<double> NumberOf(const FeatureValue& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    return std::isfinite(*number) ? std::optional(*number) : std::nullopt;
  }
  if (const auto* text = std::get_if<std::string>(&value)) return tables::ToNumber(*text);
  return std::nullopt;
}

std::optional<std::string> CategoryOf(const FeatureValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return std::nullopt;
}

FeatureDefinition::FeatureDefinition(std::vector<Feature> features)
    : features_(std::move(features)) {
  std::set<std::string_view> names;
  for (const Feature& feature : features_) {
    TENANTRY_CHECK(names.insert(feature.name).second);
    offsets_.push_back(width_);
    width_ += feature.width();
    if (feature.kind == FeatureKind::kNumber) {
      means_.push_back(0);
      if (feature.missing_share > 0) means_.push_back(feature.missing_share);
    } else {
      means_.insert(means_.end(), feature.shares.begin(), feature.shares.end());
      means_.push_back(feature.other_share);
    }
  }
  by_name_.resize(features_.size());
  std::iota(by_name_.begin(), by_name_.end(), size_t{0});
  std::sort(by_name_.begin(), by_name_.end(),
            [this](size_t a, size_t b) { return features_[a].name < features_[b].name; });
}

std::string FeatureDefinition::ColumnName(size_t column) const {
  TENANTRY_CHECK(column < width_);
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), column);
  const size_t place = static_cast<size_t>(after - offsets_.begin()) - 1;
  const Feature& feature = features_[place];
  const size_t within = column - offsets_[place];
  if (feature.kind == FeatureKind::kNumber) {
    return within == 0 ? feature.name : feature.name + " missing";
  }
  if (within == feature.categories.size()) return feature.name + " other";
  return feature.name + "=" + feature.categories[within];
}

void FeatureDefinition::Encode(const FeatureRow& row, absl::Span<double> columns) const {
  TENANTRY_CHECK(columns.size() == width_);
  std::fill(columns.begin(), columns.end(), 0.0);
  auto at = row.begin();
  for (const size_t i : by_name_) {
    const Feature& feature = features_[i];
    while (at != row.end() && at->first < feature.name) ++at;
    const bool there = at != row.end() && at->first == feature.name;
    const FeatureValue& value = there ? at->second : kMissing;
    double* const first = columns.data() + offsets_[i];
    if (feature.kind == FeatureKind::kNumber) {
      const std::optional<double> number = NumberOf(value);
      first[0] = NormaliseNumber(feature, number);
      if (!number && feature.missing_share > 0) first[1] = 1;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      first[CategoryColumn(feature, *text)] = 1;
    } else {
      first[CategoryColumn(feature, CategoryOf(value))] = 1;
    }
  }
}

std::string FeatureDefinition::ShowValue(size_t feature, const FeatureRow& row) const {
  const FeatureValue& value = ValueIn(row, features_[feature].name);
  if (features_[feature].kind == FeatureKind::kCategory) {
    return CategoryOf(value).value_or("missing");
  }
  const std::optional<double> number = NumberOf(value);
  return number ? ForPeople(*number) : "missing";
}

json FeatureDefinition::ToJson() const {
  json list = json::array();
  for (const Feature& feature : features_) {
    json entry =
        feature.kind == FeatureKind::kNumber ? NumberToJson(feature) : CategoryToJson(feature);
    entry["name"] = feature.name;
    entry["kind"] = KindName(feature.kind);
    entry["columns"] = feature.columns;
    entry["missingValues"] = feature.missing_values;
    list.push_back(std::move(entry));
  }
  return list;
}

absl::StatusOr<FeatureDefinition> FeatureDefinition::FromJson(const json& json) {
  try {
    if (!json.is_array()) return base::InvalidArgument("\"features\" is no list");
    std::vector<Feature> features;
    std::set<std::string> names;
    for (const auto& entry : json) {
      TENANTRY_ASSIGN_OR_RETURN(Feature feature, FeatureFromJson(entry));
      if (!names.insert(feature.name).second) {
        return base::InvalidArgument("feature \"{}\" is there twice", feature.name);
      }
      features.push_back(std::move(feature));
    }
    return FeatureDefinition(std::move(features));
  } catch (const nlohmann::json::exception& fault) {
    return base::InvalidArgument("\"features\": {}", fault.what());
  }
}

}  // namespace tenantry::scoring
