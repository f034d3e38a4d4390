#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace tenantry::simulator {

/// The industries that the specification knows.
const std::vector<std::string>& Industries();

/// A company as the first demonstration's training table has it.
struct SimulatedCompany {
  std::string company;
  std::string industry;
  int64_t revenue = 0;  ///< millions of dollars
  int64_t employees = 0;
  int64_t job30 = 0;
  int64_t job90 = 0;
  int64_t monthly_charge = 0;
  int64_t total_charge = 0;
  bool churn = false;
};

/// The first demonstration's closed rule: a company leaves if it is in retail, consulting or IT, or
/// ran fewer than 5 jobs in 30 days, or fewer than 20 in 90.
bool LeavesByRule(const SimulatedCompany& company);

/// Companies as the first demonstration's generator made them, over the ranges of its published
/// table: nine industries alike, revenue 10 to 99,990 by tens, a half to a quarter as many
/// employees, 3 to 9 jobs in 30 days, 10 to 99 in 90, 100 to 1,199 a month, up to twelve times that
/// in all. The label is the closed rule, but for a share `noise` that is flipped. The same seed
/// gives the same companies; noise changes labels alone. Not thread-safe.
class CompanyGenerator {
 public:
  /// InvalidArgument unless `noise` lies from 0 to 0.5.
  static absl::StatusOr<CompanyGenerator> Make(uint64_t seed, double noise);

  /// The next company: comp_0, comp_1, ...
  SimulatedCompany Next();

 private:
  CompanyGenerator(uint64_t seed, double noise) : seed_(seed), noise_(noise) {}

  uint64_t seed_;
  double noise_;
  uint64_t made_ = 0;
};

/// The header of the training table, without a line end.
std::string_view CompanyCsvHeader();

/// A company as a line of that table, without a line end.
std::string ToCsvLine(const SimulatedCompany& company);

}  // namespace tenantry::simulator
