#include "scoring/training/training_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/status.h"
#include "scoring/training/label_column.h"

namespace tenantry::scoring::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

tables::CsvTable Table(std::string text) {
  auto table = tables::CsvTable::Parse(std::move(text), "t.csv");
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

// A table of 40 rows whose column `x` holds what `value` says, with a target `y` of 0 and 1.
tables::CsvTable Column(const std::function<std::string(int)>& value, std::string name = "x") {
  std::string text = name + ",y\n";
  for (int row = 0; row < 40; ++row) {
    text += tables::ToCsvField(value(row)) + (row % 3 == 0 ? ",1\n" : ",0\n");
  }
  return Table(text);
}

std::variant<TrainingColumn, DroppedColumn> Infer(const tables::CsvTable& table) {
  auto inferred = InferColumn(table, 0, {});
  EXPECT_TRUE(inferred.ok()) << inferred.status();
  return *std::move(inferred);
}

TrainingColumn Taken(const tables::CsvTable& table) {
  auto inferred = Infer(table);
  EXPECT_TRUE(std::holds_alternative<TrainingColumn>(inferred));
  return std::get<TrainingColumn>(inferred);
}

std::string WhyDropped(const tables::CsvTable& table) {
  auto inferred = Infer(table);
  EXPECT_TRUE(std::holds_alternative<DroppedColumn>(inferred));
  return std::get<DroppedColumn>(inferred).why;
}

TEST(ColumnInference, RefusesNumbersWhoseSquaresLeaveTheirRange) {
  const auto with = [](const std::string& huge) {
    return InferColumn(
        Column([&](int row) { return row == 17 ? huge : std::to_string(row * row); }), 0, {});
  };
  const auto refused = with("-1.7e308");
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  EXPECT_THAT(refused.status().ToString(),
              HasSubstr("t.csv: line 19, column x: -1.7e308 is too large to learn from"));
  EXPECT_TRUE(with("1e140").ok());
}

TEST(ColumnInference, TakesNumbersWithBlanksAsNumbersWithMissingOnes) {
  const TrainingColumn column = Taken(Column([](int row) -> std::string {
    if (row == 3) return " ";
    if (row == 4) return "NA";
    return fmt::format("{}.5", row * row);
  }));
  EXPECT_EQ(column.kind, FeatureKind::kNumber);
  EXPECT_EQ(column.numbers[2], 4.5);
  EXPECT_TRUE(std::isnan(column.numbers[3]) && std::isnan(column.numbers[4]));
  EXPECT_THAT(column.warnings, IsEmpty());
}

TEST(ColumnInference, KeepsIntegersOfFewValuesAsNumbers) {
  const TrainingColumn column = Taken(Column([](int row) { return fmt::format("{}", row % 2); }));
  EXPECT_EQ(column.kind, FeatureKind::kNumber);
}

TEST(ColumnInference, TakesTextOfFewValuesAsACategory) {
  const TrainingColumn column = Taken(Column([](int row) -> std::string {
    if (row == 5) return "";
    return row % 2 == 0 ? "No" : " Yes ";
  }));
  EXPECT_EQ(column.kind, FeatureKind::kCategory);
  EXPECT_THAT(column.values, ElementsAre("No", "Yes"));
  EXPECT_EQ(column.codes[4], 0u);
  EXPECT_EQ(column.codes[5], kMissingCode);
  EXPECT_EQ(column.codes[7], 1u);
}

TEST(ColumnInference, DropsWhatSaysNothing) {
  EXPECT_THAT(WhyDropped(Column([](int) { return ""; })), HasSubstr("no row has a value"));
  EXPECT_THAT(WhyDropped(Column([](int) { return "7"; })), HasSubstr("the same value"));
  EXPECT_THAT(WhyDropped(Column([](int) { return "seven"; })), HasSubstr("the same value"));
  EXPECT_THAT(WhyDropped(Column([](int row) { return fmt::format("c{}", row); })),
              HasSubstr("text with 40 different values in 40 rows"));
  EXPECT_THAT(WhyDropped(Column([](int row) { return fmt::format("{}", row + 100); })),
              HasSubstr("counts the rows"));
  EXPECT_THAT(
      WhyDropped(Column([](int row) { return fmt::format("{}", row * row); }, "customerID")),
      HasSubstr("names the row"));
}

TEST(ColumnInference, KeepsAConstantThatIsSometimesMissing) {
  EXPECT_EQ(Taken(Column([](int row) { return row < 20 ? "7" : ""; })).kind, FeatureKind::kNumber);
  EXPECT_EQ(Taken(Column([](int row) { return row < 20 ? "x" : ""; })).kind,
            FeatureKind::kCategory);
}

TEST(ColumnInference, TakesARepeatedTextAmongNumbersForMissing) {
  const TrainingColumn column = Taken(
      Column([](int row) { return row % 10 == 9 ? "unknown" : fmt::format("{}", row * row); }));
  EXPECT_EQ(column.kind, FeatureKind::kNumber);
  EXPECT_THAT(column.missing_values, ElementsAre("unknown"));
  EXPECT_TRUE(std::isnan(column.numbers[9]));
  EXPECT_THAT(column.warnings, ElementsAre(HasSubstr("\"unknown\" (4 rows)")));
}

TEST(ColumnInference, RefusesAnOddTextAmongNumbers) {
  const tables::CsvTable table =
      Column([](int row) { return row == 17 ? "12O" : fmt::format("{}", row * row); });
  const auto inferred = InferColumn(table, 0, {});
  EXPECT_EQ(inferred.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::Message(inferred.status())),
              HasSubstr("t.csv: line 19, column x: \"12O\" is no number"));
}

TEST(ColumnInference, KnowsTheKindOfKnownFeatures) {
  const tables::CsvTable industry =
      Column([](int row) { return fmt::format("{}", row); }, "Industry");
  EXPECT_EQ(Taken(industry).kind, FeatureKind::kCategory);
  const tables::CsvTable revenue =
      Column([](int row) { return row % 2 == 0 ? "a" : "b"; }, "Revenue");
  EXPECT_FALSE(InferColumn(revenue, 0, {}).ok());
}

Labels Detect(std::string text, std::string_view positive = "") {
  const tables::CsvTable table = Table("y,x\n" + text);
  auto labels = DetectLabels(table, 0, positive);
  EXPECT_TRUE(labels.ok()) << labels.status();
  return labels.ok() ? *std::move(labels) : Labels();
}

std::string LabelFault(std::string text, std::string_view positive = "") {
  const tables::CsvTable table = Table("y,x\n" + text);
  const auto labels = DetectLabels(table, 0, positive);
  EXPECT_EQ(labels.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(base::Message(labels.status()));
}

TEST(LabelColumn, KnowsTheUsualWordsForYesAndNo) {
  EXPECT_THAT(Detect("1,a\n0,a\n1,a\n").outcomes, ElementsAre(1, 0, 1));
  EXPECT_THAT(Detect("No,a\nYes,a\nYes,a\n").outcomes, ElementsAre(0, 1, 1));
  EXPECT_THAT(Detect("TRUE,a\nTRUE,a\nFALSE,a\n").outcomes, ElementsAre(1, 1, 0));
  EXPECT_THAT(Detect("1.0,a\n0.0,a\n1.0,a\n").outcomes, ElementsAre(1, 0, 1));
  EXPECT_THAT(Detect("1,a\n0,a\n1,a\n").warnings, IsEmpty());
}

TEST(LabelColumn, TakesTheRarerOfTwoOtherValuesWithAWarning) {
  const Labels labels = Detect("stayed,a\nleft,a\nstayed,a\n");
  EXPECT_EQ(labels.positive, "left");
  EXPECT_EQ(labels.negative, "stayed");
  EXPECT_THAT(labels.outcomes, ElementsAre(0, 1, 0));
  EXPECT_THAT(labels.warnings, ElementsAre(HasSubstr("--positive")));
}

TEST(LabelColumn, LetsTheCallerChooseThePositive) {
  EXPECT_THAT(Detect("Yes,a\nNo,a\nNo,a\n", "No").outcomes, ElementsAre(0, 1, 1));
  EXPECT_THAT(LabelFault("Yes,a\nNo,a\n", "Maybe"), HasSubstr("never \"Maybe\""));
  for (const char* same : {"1,a\n1.0,a\n", "yes,a\ntrue,a\n", "no,a\n0,a\n", "7,a\n7.0,a\n"}) {
    EXPECT_THAT(LabelFault(same, ""), HasSubstr("which mean the same")) << same;
  }
}

TEST(LabelColumn, RefusesAnythingButTwoValues) {
  EXPECT_THAT(LabelFault("1,a\n1,a\n"), HasSubstr("the target is \"1\" in every row"));
  EXPECT_THAT(LabelFault("a,a\nb,a\nc,a\n"), HasSubstr("has 3 values (\"a\", \"b\", \"c\")"));
  EXPECT_THAT(LabelFault("1,a\n2,a\n3,a\n4,a\n5,a\n6,a\n7,a\n"), HasSubstr("more than 5 values"));
  EXPECT_THAT(LabelFault("1,a\n,a\n0,a\n"), HasSubstr("line 3, column y: the target is blank"));
  EXPECT_THAT(LabelFault(""), HasSubstr("no rows"));
}

TEST(LabelColumn, ReadsKnownLabelsAndNamesOthers) {
  const tables::CsvTable table = Table("y,x\nYes,a\nno,a\n1,a\nNo,a\n");
  EXPECT_THAT(*ReadLabels(table, 0, "Yes", "No"), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(*ReadLabels(table, 0, "No", "Yes"), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(std::string(base::Message(ReadLabels(table, 0, "left", "stayed").status())),
              HasSubstr("line 2, column y: \"Yes\" is neither \"left\" nor \"stayed\""));
}

TrainingSetOptions Options() {
  TrainingSetOptions options;
  options.target = "Churn";
  options.id = "Company";
  return options;
}

constexpr char kCompanies[] =
    "Company,Industry,Revenue,Notes,Churn\n"
    "a,gov,10,x1,0\nb,IT,20,x2,1\nc,gov,30,x3,0\nd,IT,50,x4,1\n";

TEST(TrainingSet, TakesColumnsUnderTheirCanonicalNames) {
  const tables::CsvTable table = Table(kCompanies);
  const auto set = ReadTrainingSet(table, Options());
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->columns.size(), 2u);
  EXPECT_EQ(set->columns[0].name, "industry");
  EXPECT_EQ(set->columns[1].name, "revenue");
  EXPECT_THAT(set->outcomes, ElementsAre(0, 1, 0, 1));
  EXPECT_EQ(set->positives(), 2u);
  ASSERT_EQ(set->dropped.size(), 2u);
  EXPECT_EQ(set->dropped[0].name, "Company");
  EXPECT_EQ(set->dropped[1].name, "Notes");
  EXPECT_EQ(set->fingerprint, table.fingerprint());
}

TEST(TrainingSet, LeavesOutWhatItIsToldTo) {
  TrainingSetOptions options = Options();
  options.drop = {"revenue", "Notes"};
  const auto set = ReadTrainingSet(Table(kCompanies), options);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->columns.size(), 1u);
  EXPECT_EQ(set->columns[0].name, "industry");
}

std::string SetFault(const std::string& text, const TrainingSetOptions& options) {
  const auto set = ReadTrainingSet(Table(text), options);
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(base::Message(set.status()));
}

TEST(TrainingSet, RefusesOptionsThatDoNotFitTheTable) {
  TrainingSetOptions options = Options();
  options.target = "churn";
  EXPECT_THAT(SetFault(kCompanies, options), HasSubstr("no column \"churn\" (the target)"));
  options = Options();
  options.id = "Firm";
  EXPECT_THAT(SetFault(kCompanies, options), HasSubstr("no column \"Firm\" (the id)"));
  options.id = "Churn";
  EXPECT_THAT(SetFault(kCompanies, options), HasSubstr("both the target and the id"));
  options = Options();
  options.drop = {"Note"};
  EXPECT_THAT(SetFault(kCompanies, options), HasSubstr("did you mean \"Notes\"?"));
  options.drop = {"Churn"};
  EXPECT_THAT(SetFault(kCompanies, options), HasSubstr("both the target and left out"));
  options.drop = {"Industry", "Revenue"};
  EXPECT_THAT(SetFault(kCompanies, options), HasSubstr("no column is left to learn from"));
}

TEST(TrainingSet, RefusesTwoColumnsOfOneMeaning) {
  TrainingSetOptions options;
  options.target = "Churn";
  const std::string text = "Revenue,revenu,Churn\n1,2,0\n2,3,1\n5,9,1\n";
  EXPECT_THAT(SetFault(text, options), HasSubstr("columns Revenue and revenu both mean revenue"));
  options.drop = {"revenu"};
  EXPECT_TRUE(ReadTrainingSet(Table(text), options).ok());
}

}  // namespace
}  // namespace tenantry::scoring::training
