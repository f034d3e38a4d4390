#include "simulator/company_generator.h"

#include <algorithm>

#include "base/status.h"
#include "simulator/seeds.h"

namespace tenantry::simulator {
namespace {

int64_t Between(base::Random& random, int64_t lowest, int64_t highest) {
  return lowest + static_cast<int64_t>(random.Below(static_cast<uint64_t>(highest - lowest + 1)));
}

}  // namespace

const std::vector<std::string>& Industries() {
  static const std::vector<std::string> kIndustries = {
      "gov", "health", "retail", "travel", "energy", "IT", "finance", "consulting", "service"};
  return kIndustries;
}

bool LeavesByRule(const SimulatedCompany& company) {
  return company.industry == "retail" || company.industry == "consulting" ||
         company.industry == "IT" || company.job30 < 5 || company.job90 < 20;
}

absl::StatusOr<CompanyGenerator> CompanyGenerator::Make(uint64_t seed, double noise) {
  if (!(noise >= 0 && noise <= 0.5)) {
    return base::InvalidArgument("the share of flipped labels must lie from 0 to 0.5, not at {}",
                                 noise);
  }
  return CompanyGenerator(seed, noise);
}

SimulatedCompany CompanyGenerator::Next() {
  base::SeededRandom random(MixSeed(seed_, made_));
  SimulatedCompany company;
  company.company = fmt::format("comp_{}", made_++);
  company.industry = Industries()[random.Below(Industries().size())];
  company.revenue = 10 * Between(random, 1, 9'999);
  const int64_t each = Between(random, 2, 4);
  company.employees = (company.revenue + each / 2) / each;
  company.job30 = Between(random, 3, 9);
  company.job90 = Between(random, 10, 99);
  company.monthly_charge = Between(random, 100, 1'199);
  const double months_max = 1 + 11 * random.Uniform();
  const auto total_max =
      static_cast<int64_t>(static_cast<double>(company.monthly_charge) * months_max);
  company.total_charge =
      Between(random, company.monthly_charge, std::max(total_max, company.monthly_charge)) + 1;
  const bool flipped = random.Uniform() < noise_;
  company.churn = LeavesByRule(company) != flipped;
  return company;
}

std::string_view CompanyCsvHeader() {
  return "Company,Industry,Revenue,Employees,#job30,#job90,MonthlyCharge,TotalCharge,Churn";
}

std::string ToCsvLine(const SimulatedCompany& company) {
  return fmt::format("{},{},{},{},{},{},{},{},{}", company.company, company.industry,
                     company.revenue, company.employees, company.job30, company.job90,
                     company.monthly_charge, company.total_charge, company.churn ? 1 : 0);
}

}  // namespace tenantry::simulator
