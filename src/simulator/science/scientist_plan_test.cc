#include "simulator/science/scientist_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace tenantry::simulator::science {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'764'460'800);
constexpr int kDays = 60;

TenantStory Story(const std::string& tenant, const std::string& industry,
                  Mood mood = Mood::kSteady) {
  TenantStory story;
  story.tenant = base::TenantId(tenant);
  story.industry = industry;
  story.mood = mood;
  return story;
}

std::vector<std::string> Tenants(const std::vector<ScientistPlan>& plans) {
  std::vector<std::string> tenants;
  for (const ScientistPlan& plan : plans) tenants.push_back(plan.tenant.value());
  return tenants;
}

TEST(ScientistPlan, ChoosesByIndustryAmongThoseThatDoWellAndStay) {
  TenantStory leaving = Story("leaving", "retail");
  leaving.gone_day = kDays - 1;
  TenantStory later = Story("goes later", "energy");
  later.gone_day = kDays;
  const std::vector<TenantStory> stories = {
      leaving, Story("idle shop", "retail", Mood::kIdle), Story("bank", "finance"),
      later,   Story("shop", "retail", Mood::kThrive),    Story("idle systems", "IT", Mood::kIdle)};
  const auto plans = PlanScientists(stories, kStart, kDays);
  EXPECT_EQ(Tenants(plans), (std::vector<std::string>{"shop", "bank", "goes later"}));
  EXPECT_EQ(plans[1].assignment->industry, "IT");
}

TEST(ScientistPlan, GivesNoTenantTwoAndNobodyToThoseThatGo) {
  TenantStory gone = Story("gone", "energy");
  gone.gone_day = 20;
  const auto plans = PlanScientists({gone, Story("shop", "retail")}, kStart, kDays);
  EXPECT_EQ(Tenants(plans), std::vector<std::string>{"shop"});
  EXPECT_TRUE(plans[0].slips);
  EXPECT_TRUE(PlanScientists({gone}, kStart, kDays).empty());
}

TEST(ScientistPlan, ComesWeeklyFromTheDayAfterTheBirthToTheLastDay) {
  TenantStory young = Story("young", "IT");
  young.born_day = kDays - 15;  // the second visit's day
  const auto plans = PlanScientists({Story("shop", "retail"), young}, kStart, kDays);
  ASSERT_EQ(plans.size(), 2u);
  ASSERT_EQ(plans[0].visits.size(), 4u);
  ASSERT_EQ(plans[1].visits.size(), 2u);
  for (const ScientistPlan& plan : plans) {
    for (size_t i = 1; i < plan.visits.size(); ++i) {
      EXPECT_EQ(plan.visits[i] - plan.visits[i - 1], absl::Hours(24 * 7));
    }
    EXPECT_GE(plan.visits.back(), kStart + absl::Hours(24) * (kDays - 1));
    EXPECT_LT(plan.visits.back(), kStart + absl::Hours(24) * kDays);
  }
  EXPECT_GE(plans[1].visits[0], kStart + absl::Hours(24) * (young.born_day + 1));
  EXPECT_NE(plans[0].visits.back(), plans[1].visits.back()) << "one after the other";
}

TEST(ScientistPlan, LetsTheLastOneAloneSlip) {
  const auto plans = PlanScientists(
      {Story("a", "IT"), Story("b", "retail"), Story("c", "energy"), Story("d", "energy")}, kStart,
      kDays);
  ASSERT_EQ(plans.size(), 3u);
  EXPECT_FALSE(plans[0].slips || plans[1].slips);
  EXPECT_TRUE(plans[2].slips);
}

TEST(Assignment, SlipsOnceAndInTheThirdStep) {
  std::set<std::string_view> users, results;
  for (const Assignment& assignment : Assignments()) {
    const std::string wrong = MisspeltSpec(assignment);
    EXPECT_NE(wrong, assignment.spec);
    const size_t slip = wrong.find(assignment.slip);
    EXPECT_GT(slip, wrong.find("kind = \"process\""));
    EXPECT_LT(slip, wrong.find("kind = \"persist\""));
    EXPECT_EQ(assignment.spec.find(assignment.slip), std::string_view::npos);
    users.insert(assignment.user);
    results.insert(assignment.result);
  }
  EXPECT_EQ(users.size(), 3u);
  EXPECT_EQ(results.size(), 3u);
}

}  // namespace
}  // namespace tenantry::simulator::science
