#include "scoring/training/label_column.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/status.h"

namespace tenantry::scoring::training {
namespace {

using tables::CsvTable;
using tables::Trimmed;

constexpr size_t kShownMax = 5;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// What a usual spelling of true or false means.
std::optional<bool> Truth(std::string_view text) {
  const std::string word = Lower(text);
  if (const std::optional<double> number = tables::ToNumber(word)) {
    if (*number == 1) return true;
    if (*number == 0) return false;
    return std::nullopt;
  }
  if (word == "true" || word == "yes" || word == "y" || word == "t") return true;
  if (word == "false" || word == "no" || word == "n" || word == "f") return false;
  return std::nullopt;
}

// Whether two texts mean one outcome, such as 1 and 1.0, or yes and true.
bool SayTheSame(std::string_view one, std::string_view other) {
  const std::optional<bool> truth = Truth(one);
  if (truth) return truth == Truth(other);
  const std::optional<double> number = tables::ToNumber(one);
  return number && number == tables::ToNumber(other);
}

using Counts = std::map<std::string_view, size_t>;

absl::StatusOr<Counts> CountValues(const CsvTable& table, size_t column) {
  Counts counts;
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string_view value = Trimmed(table.cell(row, column));
    if (value.empty()) {
      return base::InvalidArgument(
          "{}: line {}, column {}: the target is blank: fill it in or leave "
          "the row out",
          table.name(), table.line(row), table.header()[column]);
    }
    ++counts[value];
    if (counts.size() > kShownMax) break;
  }
  return counts;
}

absl::Status NotTwo(const CsvTable& table, size_t column, const Counts& counts) {
  if (counts.empty()) {
    return base::InvalidArgument("{}: the table has a header and no rows", table.name());
  }
  std::string shown;
  for (const auto& [value, count] : counts) {
    if (!shown.empty()) shown += ", ";
    shown += fmt::format("\"{}\"", value.substr(0, 40));
  }
  if (counts.size() == 1) {
    return base::InvalidArgument(
        "{}: column {}: the target is {} in every row: both outcomes are "
        "needed to learn from",
        table.name(), table.header()[column], shown);
  }
  const bool more = counts.size() > kShownMax;
  return base::InvalidArgument(
      "{}: column {}: the target has {} values ({}{}): it must have two, such "
      "as 0 and 1 or No and Yes",
      table.name(), table.header()[column],
      more ? fmt::format("more than {}", kShownMax) : fmt::format("{}", counts.size()), shown,
      more ? ", ..." : "");
}

// Sets positive and negative of a target with two values.
absl::Status Choose(const CsvTable& table, size_t column, const Counts& counts,
                    std::string_view wanted, Labels& labels) {
  const auto& [first, first_count] = *counts.begin();
  const auto& [second, second_count] = *counts.rbegin();
  if (SayTheSame(first, second)) {
    return base::InvalidArgument(
        "{}: column {}: the target is \"{}\" or \"{}\", which mean the same: write each outcome in "
        "one way, and two of them",
        table.name(), table.header()[column], first, second);
  }
  bool first_is_positive = first_count < second_count;
  const std::optional<bool> first_truth = Truth(first);
  const std::optional<bool> second_truth = Truth(second);
  if (!wanted.empty()) {
    if (wanted != first && wanted != second) {
      return base::InvalidArgument(
          "{}: column {}: the target is \"{}\" or \"{}\", never \"{}\": "
          "choose one of the two as the positive",
          table.name(), table.header()[column], first, second, wanted);
    }
    first_is_positive = wanted == first;
  } else if (first_truth && second_truth && *first_truth != *second_truth) {
    first_is_positive = *first_truth;
  } else {
    labels.warnings.push_back(fmt::format(
        "the target is \"{}\" or \"{}\": the rarer, \"{}\", was taken as the outcome to foretell; "
        "say which one it is with --positive",
        first, second, first_is_positive ? first : second));
  }
  labels.positive = first_is_positive ? first : second;
  labels.negative = first_is_positive ? second : first;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Labels> DetectLabels(const CsvTable& table, size_t column,
                                    std::string_view positive) {
  TENANTRY_ASSIGN_OR_RETURN(const Counts counts, CountValues(table, column));
  if (counts.size() != 2) return NotTwo(table, column, counts);
  Labels labels;
  TENANTRY_RETURN_IF_ERROR(Choose(table, column, counts, positive, labels));
  labels.outcomes.reserve(table.rows());
  for (size_t row = 0; row < table.rows(); ++row) {
    labels.outcomes.push_back(Trimmed(table.cell(row, column)) == labels.positive ? 1 : 0);
  }
  return labels;
}

absl::StatusOr<std::vector<uint8_t>> ReadLabels(const CsvTable& table, size_t column,
                                                std::string_view positive,
                                                std::string_view negative) {
  const std::optional<bool> positive_truth = Truth(positive);
  std::vector<uint8_t> outcomes;
  outcomes.reserve(table.rows());
  for (size_t row = 0; row < table.rows(); ++row) {
    const std::string_view value = Trimmed(table.cell(row, column));
    const std::optional<bool> truth = positive_truth ? Truth(value) : std::nullopt;
    if (value != positive && value != negative && !truth) {
      return base::InvalidArgument(
          "{}: line {}, column {}: \"{}\" is neither \"{}\" nor \"{}\", the "
          "outcomes that the model was trained on",
          table.name(), table.line(row), table.header()[column], value.substr(0, 40), positive,
          negative);
    }
    outcomes.push_back(value == positive || (value != negative && truth == positive_truth) ? 1 : 0);
  }
  return outcomes;
}

}  // namespace tenantry::scoring::training
