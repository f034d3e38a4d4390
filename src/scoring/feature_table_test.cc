#include "scoring/feature_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"

namespace tenantry::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FeatureDefinition Definition() {
  Feature revenue;
  revenue.name = "revenue";
  revenue.columns = {"Revenue", "revenue", "revenu"};
  Feature visits;
  visits.name = "Visits";
  visits.columns = {"Visits"};
  visits.missing_values = {"unknown"};
  Feature industry;
  industry.name = "industry";
  industry.kind = FeatureKind::kCategory;
  industry.columns = {"Industry"};
  industry.categories = {"gov"};
  industry.shares = {1};
  return FeatureDefinition({revenue, visits, industry});
}

tables::CsvTable Table(std::string text) {
  return *tables::CsvTable::Parse(std::move(text), "t.csv");
}

TEST(FeatureTable, ReadsRowsByTheFeaturesNames) {
  const FeatureDefinition definition = Definition();
  const tables::CsvTable table =
      Table("x,revenu,INDUSTRY,Visits\n1, 12.5 , gov ,3\n1,NA,,unknown\n");
  const auto matched = FeatureTable::Match(table, definition);
  ASSERT_TRUE(matched.ok()) << matched.status();
  EXPECT_THAT(matched->absent(), ElementsAre());
  EXPECT_EQ(*matched->Row(0),
            (FeatureRow{{"revenue", 12.5}, {"Visits", 3.0}, {"industry", "gov"}}));
  EXPECT_EQ(*matched->Row(1), FeatureRow());
}

TEST(FeatureTable, TellsWhichFeaturesTheTableHasNot) {
  const FeatureDefinition definition = Definition();
  const tables::CsvTable table = Table("Revenue,visits\n1,2\n");
  const auto matched = FeatureTable::Match(table, definition);
  ASSERT_TRUE(matched.ok()) << matched.status();
  EXPECT_THAT(matched->absent(), ElementsAre("Visits", "industry"));
}

TEST(FeatureTable, RefusesATextWhereANumberIsWanted) {
  const FeatureDefinition definition = Definition();
  const tables::CsvTable table = Table("Revenue,x\n1,2\nmuch,2\n");
  const auto row = FeatureTable::Match(table, definition)->Row(1);
  EXPECT_EQ(row.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::Message(row.status())),
              HasSubstr("t.csv: line 3, column Revenue: \"much\" is no number"));
}

TEST(FeatureTable, RefusesAnotherTableAltogether) {
  const FeatureDefinition definition = Definition();
  const tables::CsvTable strange = Table("a,b\n1,2\n");
  EXPECT_THAT(std::string(base::Message(FeatureTable::Match(strange, definition).status())),
              HasSubstr("no column is one that the model knows (it wants Revenue"));
  const tables::CsvTable twice = Table("Revenue,revenu\n1,2\n");
  EXPECT_THAT(std::string(base::Message(FeatureTable::Match(twice, definition).status())),
              HasSubstr("columns Revenue and revenu both mean revenue"));
}

}  // namespace
}  // namespace tenantry::scoring
