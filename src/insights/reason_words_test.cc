#include "insights/reason_words.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/disk/files.h"
#include "scoring/feature_names.h"

namespace tenantry::insights {
namespace {

TEST(ReasonWords, SayEveryKnownFeatureWithoutItsName) {
  for (const scoring::KnownFeature& feature : scoring::KnownFeatures()) {
    const std::string name(feature.name);
    EXPECT_NE(FeatureLabel(name), name);
    const std::string clause = ReasonClause(name, "7");
    EXPECT_THAT(clause, testing::HasSubstr("7")) << name;
    EXPECT_THAT(clause, testing::Not(testing::StartsWith(name + " is"))) << "no words";
    EXPECT_THAT(clause, testing::Not(testing::HasSubstr("{}"))) << name;
  }
}

TEST(ReasonWords, AreThoseOfThePage) {
  const auto page = runtime::ReadFile("dashboard/src/format/risk.ts", 100'000);
  ASSERT_TRUE(page.ok()) << page.status() << ": tests run in the repository's folder";
  for (const scoring::KnownFeature& feature : scoring::KnownFeatures()) {
    const std::string name(feature.name);
    EXPECT_THAT(*page, testing::HasSubstr(fmt::format("  {}: '{}',\n", name, FeatureLabel(name))));
  }
}

TEST(ReasonWords, SayNumbersAsAManagerReadsThem) {
  EXPECT_EQ(ReasonClause("jobTrend", "0.2"),
            "it submitted 20 % as many jobs in 30 days as it does on average");
  EXPECT_EQ(ReasonClause("users", "1"), "it has 1 user");
  EXPECT_EQ(ReasonClause("job30", "1284"), "it submitted 1,284 jobs in 30 days");
  EXPECT_EQ(ReasonClause("job30", "0"), "it submitted 0 jobs in 30 days");
  EXPECT_EQ(ReasonClause("logins30", "0"), "its users logged in 0 times in 30 days");
  EXPECT_EQ(ReasonClause("dataEvents30", "1"), "it changed its data once in 30 days");
  EXPECT_EQ(ReasonClause("dataBytes", "3400000000"), "it has 3.4 GB of data");
  EXPECT_EQ(ReasonClause("idleShare30", "0.912"), "91 % of its sessions in 30 days did nothing");
  EXPECT_EQ(ReasonClause("loginsPerUser30", "2.3333333"),
            "each user logged in 2.33 times in 30 days");
  EXPECT_EQ(ReasonClause("loginsPerUser30", "1"), "each user logged in once in 30 days");
  EXPECT_EQ(ReasonClause("plan", "free"), "its plan is free");
  EXPECT_EQ(FeatureLabel("jobTrend"), "Job trend (1 is steady)");
  EXPECT_EQ(FeatureValueText("0.16129"), "0.161");
  EXPECT_EQ(FeatureValueText("1284"), "1,284");
  EXPECT_EQ(FeatureValueText("bank"), "bank");
}

TEST(ReasonWords, SayWhatTheyDoNotKnowAsItIs) {
  EXPECT_EQ(ReasonClause("contract", "Month-to-month"), "contract is Month-to-month");
  EXPECT_EQ(FeatureLabel("contract"), "contract");
  EXPECT_EQ(ReasonClause("jobTrend", "missing"), "job trend (1 is steady) is not known");
  EXPECT_EQ(ReasonClause("plan", "missing"), "plan is not known");
  EXPECT_EQ(ReasonClause("users", "nan"), "users is nan");
}

}  // namespace
}  // namespace tenantry::insights
