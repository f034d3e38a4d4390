#include "insights/company_list.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tenantry::insights {
namespace {

using events::CompanyRecord;

CompanyRecord Company(const std::string& id, const std::string& name, const std::string& industry,
                      const std::string& fee, int jobs) {
  CompanyRecord record;
  record.tenant = base::TenantId(id);
  record.name = name;
  record.industry = industry;
  record.monthly_fee = fee;
  record.job30 = static_cast<uint64_t>(jobs);
  return record;
}

class CompanyListTest : public testing::Test {
 protected:
  std::vector<std::string> Listed(const ListQuery& query) {
    std::vector<std::string> ids;
    for (const auto* record : ListCompanies(records_, query)) ids.push_back(record->tenant.value());
    return ids;
  }
  std::vector<std::string> Sorted(const std::string& sort) {
    ListQuery query;
    EXPECT_TRUE(ReadSort(sort, query).ok());
    return Listed(query);
  }

  std::vector<CompanyRecord> records_ = {Company("c", R"("Zeta")", R"("IT")", "10", 5),
                                         Company("a", "null", "null", "null", 5),
                                         Company("b", R"("alpha \"x\"")", R"("retail")", "9.5", 70),
                                         Company("d", R"("Beta")", R"("IT")", R"("20")", 0)};
};

using Ids = std::vector<std::string>;

TEST_F(CompanyListTest, SortsByNumbersNotByTheirDigitsEqualOnesById) {
  EXPECT_EQ(Sorted("monthlyFee"), (Ids{"b", "c", "a", "d"}));
  EXPECT_EQ(Sorted("job30"), (Ids{"d", "a", "c", "b"}));
  EXPECT_EQ(Sorted("-job30"), (Ids{"b", "a", "c", "d"}));
}

TEST_F(CompanyListTest, WhatIsUnknownComesLastBothWays) {
  EXPECT_EQ(Sorted("-monthlyFee"), (Ids{"c", "b", "a", "d"}));
  EXPECT_EQ(Sorted("name"), (Ids{"d", "c", "b", "a"}));
  EXPECT_EQ(Sorted("-name"), (Ids{"b", "c", "d", "a"}));
  EXPECT_EQ(Sorted("-score"), (Ids{"a", "b", "c", "d"}));
}

TEST_F(CompanyListTest, TellsTheFieldsOfAnUnknownSort) {
  ListQuery query;
  const absl::Status status = ReadSort("-jobs", query);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_NE(status.message().find("job30"), absl::string_view::npos);
}

TEST_F(CompanyListTest, FindsTextsWithoutTheirEscapesAndLeavesTheDeletedOut) {
  EXPECT_EQ(Listed({.search = "a \"x"}), (Ids{"b"}));
  EXPECT_EQ(Listed({.search = "it"}), (Ids{"c", "d"}));
  records_[0].deleted = true;
  EXPECT_EQ(Listed({.search = "it"}), (Ids{"d"}));
}

TEST_F(CompanyListTest, FiltersByIndustryAndRisk) {
  EXPECT_EQ(Listed({.industry = "IT"}), (Ids{"c", "d"}));
  EXPECT_EQ(Listed({.industry = ""}), (Ids{"a"}));
  records_[0].risk.score = 0.2;
  records_[0].risk.churn = true;  // the model's threshold may be low
  records_[1].risk.score = 0.3;
  records_[2].risk.score = 0.299;
  EXPECT_EQ(Listed({.risk = RiskWord::kHigh}), (Ids{"c"}));
  EXPECT_EQ(Listed({.risk = RiskWord::kWatch}), (Ids{"a"}));
  EXPECT_EQ(Listed({.risk = RiskWord::kLow}), (Ids{"b"}));
  EXPECT_EQ(Listed({.risk = RiskWord::kUnknown}), (Ids{"d"}));
}

TEST_F(CompanyListTest, ABriefRowLacksDaysAndReasonsAlone) {
  records_[0].jobs_by_day[20000] = 5;
  records_[0].risk.reasons.push_back({"job30", "5", 1});
  const auto full = nlohmann::json::parse(events::ToJson(records_[0], true));
  auto brief = nlohmann::json::parse(BriefJson(records_[0]));
  EXPECT_TRUE(brief["jobsByDay"].empty());
  EXPECT_TRUE(brief["risk"]["reasons"].empty());
  brief["jobsByDay"] = full["jobsByDay"];
  brief["risk"] = full["risk"];
  EXPECT_EQ(brief, full);
}

}  // namespace
}  // namespace tenantry::insights
