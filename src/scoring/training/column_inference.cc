#include "scoring/training/column_inference.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/status.h"
#include "base/words/counted.h"
#include "scoring/feature_table.h"

namespace tenantry::scoring::training {
namespace {

using tables::CsvTable;
using tables::ToNumber;
using tables::Trimmed;

using Inferred = std::variant<TrainingColumn, DroppedColumn>;

constexpr size_t kDifferentMax = 100'000;  // texts are told apart up to here
constexpr double kLargest = 1e140;         // squares of more, added up, leave a double's range
constexpr size_t kFilledMin = 20;          // rows before a share of numbers says anything

using Texts = absl::flat_hash_map<std::string, size_t>;

// What the cells of a column look like.
struct Survey {
  size_t filled = 0;  // cells that are not blank
  size_t numbers = 0;
  size_t missing = 0;              // NA and its like
  std::optional<size_t> odd_row;   // the first that is neither number nor missing
  std::optional<size_t> huge_row;  // the first number that can't be learned from
  Texts odd;                       // those texts and how often they stand there
  Texts texts;                     // all filled ones
};

Survey Look(const CsvTable& table, size_t column) {
  Survey survey;
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string_view text = Trimmed(table.cell(row, column));
    if (text.empty()) continue;
    ++survey.filled;
    if (survey.texts.size() < kDifferentMax) ++survey.texts[std::string(text)];
    if (const std::optional<double> number = ToNumber(text)) {
      ++survey.numbers;
      if (std::abs(*number) > kLargest && !survey.huge_row) survey.huge_row = row;
    } else if (MeansMissing(text)) {
      ++survey.missing;
    } else {
      if (!survey.odd_row) survey.odd_row = row;
      if (survey.odd.size() < kDifferentMax) ++survey.odd[std::string(text)];
    }
  }
  return survey;
}

// A few texts, each repeated, among many different numbers: "unknown", "?", "-".
bool OddTextsMeanMissing(const Survey& survey, const InferenceLimits& limits) {
  if (survey.odd.size() > limits.missing_values_max || survey.numbers * 5 < survey.filled * 4) {
    return false;
  }
  if (survey.texts.size() - survey.odd.size() < kFilledMin) return false;
  return std::all_of(survey.odd.begin(), survey.odd.end(),
                     [](const auto& text) { return text.second > 1; });
}

bool NamesRows(std::string_view column) {
  return column == "id" || column.ends_with("ID") || column.ends_with("Id") ||
         column.ends_with("_id") || column.ends_with(" id");
}

std::optional<std::string> WhyNoNumber(const TrainingColumn& column) {
  const std::vector<double>& numbers = column.numbers;
  const bool missing =
      std::any_of(numbers.begin(), numbers.end(), [](double x) { return std::isnan(x); });
  if (missing) return std::nullopt;
  if (std::all_of(numbers.begin(), numbers.end(), [&](double x) { return x == numbers[0]; })) {
    return "the same value in every row";
  }
  bool counts = numbers.size() >= kFilledMin;
  for (size_t i = 1; i < numbers.size() && counts; ++i) counts = numbers[i] == numbers[i - 1] + 1;
  if (counts) return "counts the rows";
  const absl::flat_hash_set<double> different(numbers.begin(), numbers.end());
  if (NamesRows(column.column) && different.size() == numbers.size()) return "names the row";
  return std::nullopt;
}

absl::Status OddText(const CsvTable& table, size_t column, const Survey& survey) {
  return base::InvalidArgument(
      "{}: line {}, column {}: \"{}\" is no number, as the column's other values are: correct it, "
      "leave it blank if it is missing, or leave the column out with --drop",
      table.name(), table.line(*survey.odd_row), table.header()[column],
      Trimmed(table.cell(*survey.odd_row, column)).substr(0, 40));
}

absl::Status HugeNumber(const CsvTable& table, size_t column, const Survey& survey) {
  return base::InvalidArgument(
      "{}: line {}, column {}: {} is too large to learn from, beyond {:g}: correct it, leave it "
      "blank if it is missing, or leave the column out with --drop",
      table.name(), table.line(*survey.huge_row), table.header()[column],
      Trimmed(table.cell(*survey.huge_row, column)).substr(0, 40), kLargest);
}

absl::StatusOr<Inferred> AsNumber(const CsvTable& table, size_t column, const Survey& survey) {
  if (survey.huge_row) return HugeNumber(table, column, survey);
  TrainingColumn result;
  result.column = table.header()[column];
  result.name = CanonicalName(result.column);
  result.kind = FeatureKind::kNumber;
  result.numbers.reserve(table.rows());
  for (size_t row = 0; row < table.rows(); ++row) {
    result.numbers.push_back(ToNumber(table.cell(row, column)).value_or(std::nan("")));
  }
  for (const auto& [text, count] : survey.odd) {
    result.missing_values.push_back(text);
    result.warnings.push_back(fmt::format("column {}: \"{}\" ({}) was taken for a missing number",
                                          result.column, text, base::Counted(count, "row")));
  }
  std::sort(result.missing_values.begin(), result.missing_values.end());
  std::sort(result.warnings.begin(), result.warnings.end());
  if (const std::optional<std::string> why = WhyNoNumber(result)) {
    return DroppedColumn{result.column, *why};
  }
  return result;
}

Inferred AsCategory(const CsvTable& table, size_t column, const Survey& survey) {
  TrainingColumn result;
  result.column = table.header()[column];
  result.name = CanonicalName(result.column);
  result.kind = FeatureKind::kCategory;
  for (const auto& [text, count] : survey.texts) result.values.push_back(text);
  std::sort(result.values.begin(), result.values.end());
  result.codes.reserve(table.rows());
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string_view text = Trimmed(table.cell(row, column));
    const auto place = std::lower_bound(result.values.begin(), result.values.end(), text);
    const bool known = place != result.values.end() && *place == text;
    result.codes.push_back(known ? static_cast<uint32_t>(place - result.values.begin())
                                 : kMissingCode);
  }
  return result;
}

std::optional<std::string> WhyNoCategory(const CsvTable& table, const Survey& survey,
                                         const InferenceLimits& limits) {
  const size_t different = survey.texts.size();
  if (different == 1 && survey.filled == table.rows()) return "the same value in every row";
  if (different > limits.category_values_max || different * 2 > survey.filled) {
    return fmt::format("text with {}{} different values in {} rows",
                       different >= kDifferentMax ? "at least " : "", different, survey.filled);
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Inferred> InferColumn(const CsvTable& table, size_t column,
                                     const InferenceLimits& limits) {
  const std::string& name = table.header()[column];
  const Survey survey = Look(table, column);
  if (survey.filled == survey.missing) return DroppedColumn{name, "no row has a value"};
  const KnownFeature* known = FindKnownFeature(name);
  if (known != nullptr && known->kind == FeatureKind::kCategory) {
    if (survey.texts.size() == 1 && survey.filled == table.rows()) {
      return DroppedColumn{name, "the same value in every row"};
    }
    return AsCategory(table, column, survey);
  }
  const bool known_number = known != nullptr && known->kind == FeatureKind::kNumber;
  if (survey.odd.empty()) return AsNumber(table, column, survey);
  if (OddTextsMeanMissing(survey, limits)) return AsNumber(table, column, survey);
  const double share = static_cast<double>(survey.numbers) / static_cast<double>(survey.filled);
  const bool mistake = survey.filled >= kFilledMin && share >= limits.number_share_min;
  if (known_number || mistake) return OddText(table, column, survey);
  if (const auto why = WhyNoCategory(table, survey, limits)) return DroppedColumn{name, *why};
  return AsCategory(table, column, survey);
}

}  // namespace tenantry::scoring::training
