#include "simulator/company_generator.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "runtime/disk/files.h"
#include "scoring/tables/csv_table.h"
#include "test_data.h"

namespace tenantry::simulator {
namespace {

std::vector<SimulatedCompany> Make(uint64_t seed, double noise, size_t count) {
  CompanyGenerator generator = *CompanyGenerator::Make(seed, noise);
  std::vector<SimulatedCompany> companies;
  for (size_t i = 0; i < count; ++i) companies.push_back(generator.Next());
  return companies;
}

std::string Text(const std::vector<SimulatedCompany>& companies) {
  std::string text(CompanyCsvHeader());
  for (const SimulatedCompany& company : companies) text += "\n" + ToCsvLine(company);
  return text;
}

TEST(CompanyGenerator, GivesTheSameCompaniesForTheSameSeed) {
  EXPECT_EQ(Text(Make(2, 0, 50)), Text(Make(2, 0, 50)));
  EXPECT_NE(Text(Make(2, 0, 50)), Text(Make(3, 0, 50)));
}

TEST(CompanyGenerator, LabelsByTheClosedRule) {
  int leaving = 0;
  for (const SimulatedCompany& company : Make(1, 0, 5'000)) {
    EXPECT_EQ(company.churn, LeavesByRule(company));
    leaving += company.churn ? 1 : 0;
  }
  EXPECT_NEAR(leaving / 5'000.0, 0.57, 0.03);
  SimulatedCompany company{"c", "gov", 10, 5, 5, 20, 100, 200, false};
  EXPECT_FALSE(LeavesByRule(company));
  company.job30 = 4;
  EXPECT_TRUE(LeavesByRule(company));
  company.job30 = 5;
  company.job90 = 19;
  EXPECT_TRUE(LeavesByRule(company));
  company.job90 = 20;
  for (const char* industry : {"retail", "consulting", "IT"}) {
    company.industry = industry;
    EXPECT_TRUE(LeavesByRule(company));
  }
}

TEST(CompanyGenerator, FlipsAShareOfLabelsAndNothingElse) {
  const auto clean = Make(1, 0, 5'000);
  const auto noisy = Make(1, 0.1, 5'000);
  int flipped = 0;
  for (size_t i = 0; i < clean.size(); ++i) {
    SimulatedCompany same = noisy[i];
    same.churn = clean[i].churn;
    EXPECT_EQ(ToCsvLine(same), ToCsvLine(clean[i]));
    flipped += clean[i].churn != noisy[i].churn ? 1 : 0;
  }
  EXPECT_NEAR(flipped / 5'000.0, 0.1, 0.02);
  for (const double noise : {-0.1, 0.51}) EXPECT_FALSE(CompanyGenerator::Make(1, noise).ok());
}

TEST(CompanyGenerator, StaysWithinTheRangesOfThePublishedTable) {
  std::map<std::string, int> industries;
  for (const SimulatedCompany& company : Make(1, 0, 9'000)) {
    ++industries[company.industry];
    EXPECT_TRUE(company.revenue >= 10 && company.revenue <= 99'990 && company.revenue % 10 == 0);
    EXPECT_TRUE(company.employees >= 2 && company.employees <= 49'995);
    EXPECT_TRUE(company.job30 >= 3 && company.job30 <= 9);
    EXPECT_TRUE(company.job90 >= 10 && company.job90 <= 99);
    EXPECT_TRUE(company.monthly_charge >= 100 && company.monthly_charge <= 1'199);
    EXPECT_GT(company.total_charge, company.monthly_charge);
    EXPECT_LE(company.total_charge, 12 * company.monthly_charge + 1);
  }
  EXPECT_EQ(industries.size(), 9u);
  for (const auto& [industry, count] : industries) EXPECT_NEAR(count, 1'000, 150) << industry;
}

TEST(CompanyGenerator, LooksLikeThePublishedTable) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "companies");
  const auto published = scoring::tables::CsvTable::Read(folder + "/companies.csv");
  ASSERT_TRUE(published.ok()) << published.status();
  const auto ours = scoring::tables::CsvTable::Parse(Text(Make(5, 0, 10'000)), "ours");
  ASSERT_TRUE(ours.ok()) << ours.status();
  EXPECT_EQ(ours->header(), published->header());
  EXPECT_EQ(ours->cell(7, 0), published->cell(7, 0));
  const auto mean = [](const scoring::tables::CsvTable& table, size_t column) {
    double sum = 0;
    for (size_t row = 0; row < table.rows(); ++row) {
      sum += *scoring::tables::ToNumber(table.cell(row, column));
    }
    return sum / static_cast<double>(table.rows());
  };
  for (size_t column = 2; column < 9; ++column) {
    const double expected = mean(*published, column);
    EXPECT_NEAR(mean(*ours, column), expected, 0.05 * expected) << ours->header()[column];
  }
}

}  // namespace
}  // namespace tenantry::simulator
