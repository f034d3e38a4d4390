#include "scoring/feature_definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace tenantry::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Feature Number(std::string name, double missing_share = 0) {
  Feature feature;
  feature.name = name;
  feature.columns = {name};
  feature.mean = 10;
  feature.sd = 4;
  feature.lowest = 2;
  feature.highest = 30;
  feature.missing_share = missing_share;
  return feature;
}

Feature Industry() {
  Feature feature;
  feature.name = "industry";
  feature.kind = FeatureKind::kCategory;
  feature.columns = {"Industry", "industry"};
  feature.categories = {"IT", "gov"};
  feature.shares = {0.25, 0.5};
  feature.other_share = 0.25;
  return feature;
}

std::vector<double> Encoded(const FeatureDefinition& definition, const FeatureRow& row) {
  std::vector<double> columns(definition.width(), 99);
  definition.Encode(row, absl::MakeSpan(columns));
  return columns;
}

TEST(FeatureNames, TakeEverySpellingOfTheFirstDemonstration) {
  EXPECT_EQ(CanonicalName("Revenue"), "revenue");
  EXPECT_EQ(CanonicalName("revenu"), "revenue");
  EXPECT_EQ(CanonicalName("Employees"), "employees");
  EXPECT_EQ(CanonicalName("employee"), "employees");
  EXPECT_EQ(CanonicalName("#job30"), "job30");
  EXPECT_EQ(CanonicalName("#job90"), "job90");
  EXPECT_EQ(CanonicalName("MonthlyCharge"), "monthlyFee");
  EXPECT_EQ(CanonicalName("TotalCharge"), "totalFee");
  EXPECT_EQ(CanonicalName("Industry"), "industry");
  EXPECT_EQ(CanonicalName("MonthlyCharges"), "MonthlyCharges");
}

TEST(FeatureDefinition, NormalisesNumbersAndSetsOneColumnACategory) {
  const FeatureDefinition definition({Number("job30"), Industry()});
  EXPECT_EQ(definition.width(), 4u);
  EXPECT_THAT(Encoded(definition, {{"job30", 14.0}, {"industry", "gov"}}), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(Encoded(definition, {{"job30", "14"}, {"industry", "IT"}}), ElementsAre(1, 1, 0, 0));
}

TEST(FeatureDefinition, PutsUnknownAndMissingCategoriesIntoTheLastColumn) {
  const FeatureDefinition definition({Industry()});
  EXPECT_THAT(Encoded(definition, {{"industry", "space mining"}}), ElementsAre(0, 0, 1));
  EXPECT_THAT(Encoded(definition, {}), ElementsAre(0, 0, 1));
  EXPECT_THAT(Encoded(definition, {{"industry", 7.0}}), ElementsAre(0, 0, 1));
}

TEST(FeatureDefinition, KeepsMissingNumbersAtTheMeanAndMarksThemIfTrainingSawAny) {
  const FeatureDefinition definition({Number("job30"), Number("job90", 0.125)});
  EXPECT_THAT(Encoded(definition, {}), ElementsAre(0, 0, 1));
  EXPECT_THAT(Encoded(definition, {{"job30", "many"}, {"job90", 10.0}}), ElementsAre(0, 0, 0));
  EXPECT_THAT(
      Encoded(definition, {{"job30", std::numeric_limits<double>::quiet_NaN()}, {"job90", 6.0}}),
      ElementsAre(0, -1, 0));
}

TEST(FeatureDefinition, CutsNumbersToTheRangeThatTrainingSaw) {
  const FeatureDefinition definition({Number("job30")});
  EXPECT_THAT(Encoded(definition, {{"job30", 1e12}}), ElementsAre(5));
  EXPECT_THAT(Encoded(definition, {{"job30", -1e12}}), ElementsAre(-2));
}

TEST(FeatureDefinition, NamesColumnsAndMeans) {
  const FeatureDefinition definition({Number("job90", 0.125), Industry()});
  std::vector<std::string> names;
  for (size_t i = 0; i < definition.width(); ++i) names.push_back(definition.ColumnName(i));
  EXPECT_THAT(names, ElementsAre("job90", "job90 missing", "industry=IT", "industry=gov",
                                 "industry other"));
  EXPECT_THAT(definition.column_means(), ElementsAre(0, 0.125, 0.25, 0.5, 0.25));
}

TEST(FeatureDefinition, ShowsValuesAsPeopleReadThem) {
  const FeatureDefinition definition({Number("job30"), Industry()});
  const FeatureRow row = {{"job30", 6.0}, {"industry", "space mining"}};
  EXPECT_EQ(definition.ShowValue(0, row), "6");
  EXPECT_EQ(definition.ShowValue(1, row), "space mining");
  EXPECT_EQ(definition.ShowValue(0, {{"job30", 5 / 31.0}}), "0.161");
  EXPECT_EQ(definition.ShowValue(0, {{"job30", -12.345}}), "-12.3");
  EXPECT_EQ(definition.ShowValue(0, {{"job30", 1284.54}}), "1284.5");
  EXPECT_EQ(definition.ShowValue(0, {{"job30", 123456789.0}}), "123456789");
  EXPECT_EQ(definition.ShowValue(0, {{"job30", 1e300}}), "1e+300");
  EXPECT_EQ(definition.ShowValue(0, {{"job30", -1.23456e16}}), "-1.23e+16");
  EXPECT_EQ(definition.ShowValue(0, {}), "missing");
  EXPECT_EQ(definition.ShowValue(1, {}), "missing");
}

TEST(FeatureDefinition, IsTheSameAfterJson) {
  Feature odd = Number("job30", 0.125);
  odd.mean = 0.1 + 0.2;
  odd.missing_values = {"?"};
  const FeatureDefinition definition({odd, Industry()});
  const auto read = FeatureDefinition::FromJson(nlohmann::json::parse(definition.ToJson().dump()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->ToJson(), definition.ToJson());
  const FeatureRow row = {{"job30", 7.7}, {"industry", "IT"}};
  EXPECT_EQ(Encoded(*read, row), Encoded(definition, row));
}

TEST(FeatureDefinition, RefusesJsonThatMakesNoSense) {
  const auto fault = [](const std::function<void(nlohmann::json&)>& change) {
    nlohmann::json json = FeatureDefinition({Number("job30"), Industry()}).ToJson();
    change(json);
    const auto read = FeatureDefinition::FromJson(json);
    EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument) << json;
    return std::string(base::Message(read.status()));
  };
  EXPECT_THAT(fault([](auto& json) { json[0]["sd"] = 0; }), HasSubstr("job30"));
  EXPECT_THAT(fault([](auto& json) { json[0].erase("mean"); }), HasSubstr("mean"));
  EXPECT_THAT(fault([](auto& json) { json[0]["kind"] = "tensor"; }), HasSubstr("tensor"));
  EXPECT_THAT(fault([](auto& json) { json[1]["categories"] = {"gov", "IT"}; }),
              HasSubstr("sorted"));
  EXPECT_THAT(fault([](auto& json) { json[1]["shares"] = {0.5}; }), HasSubstr("share"));
  EXPECT_THAT(fault([](auto& json) { json[1]["name"] = "job30"; }), HasSubstr("twice"));
  EXPECT_THAT(fault([](auto& json) { json = "x"; }), HasSubstr("no list"));
}

}  // namespace
}  // namespace tenantry::scoring
