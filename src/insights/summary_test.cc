#include "insights/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tenantry::insights {
namespace {

using events::CompanyRecord;
using nlohmann::json;

constexpr base::Day kToday = 20000;
constexpr base::Instant kNow{int64_t{kToday} * base::kSecondsPerDay + 60, 0};

CompanyRecord Company(const std::string& id) {
  CompanyRecord record;
  record.tenant = base::TenantId(id);
  return record;
}

json Summed(const std::vector<CompanyRecord>& records) {
  return json::parse(Summary(records, kNow));
}

TEST(Summary, AddsUpWhatIsGivenAndCountsWhatIsNot) {
  CompanyRecord a = Company("a"), b = Company("b");
  a.industry = R"("IT")";
  a.monthly_fee = "0.1";
  b.monthly_fee = "0.2";
  a.employees = "7";
  b.employees = R"("many")";
  a.users = 3;
  b.users = 4;
  a.data_bytes = b.data_bytes = uint64_t{1} << 63;
  const json sum = Summed({a, b});
  EXPECT_EQ(sum["tenants"], 2);
  EXPECT_EQ(sum["users"], 7);
  EXPECT_EQ(sum["monthlyFee"], 0.3);
  EXPECT_EQ(sum["employees"], 7);
  EXPECT_EQ(sum["unknown"]["employees"], 1);
  EXPECT_EQ(sum["unknown"]["monthlyFee"], 0);
  EXPECT_NE(Summary({a, b}, kNow).find("\"dataBytes\":18446744073709551616,"), std::string::npos);
  ASSERT_EQ(sum["industries"].size(), 2u);
  EXPECT_EQ(sum["industries"][0]["industry"], "");
  EXPECT_EQ(sum["industries"][1]["industry"], "IT");
  EXPECT_EQ(sum["industries"][1]["tenants"], 1);
}

TEST(Summary, CallsIdleAndQuietWhatTheQuestionsDo) {
  CompanyRecord few = Company("few"), half = Company("half"), busy = Company("busy");
  few.sessions30 = few.idle_sessions30 = 2;
  half.sessions30 = 4;
  half.idle_sessions30 = 2;
  busy.sessions30 = 9;
  busy.idle_sessions30 = 4;
  busy.job30 = 1;
  const json sum = Summed({few, half, busy});
  EXPECT_EQ(sum["idleTenants"], 1);
  EXPECT_EQ(sum["quietTenants"], 2);
  EXPECT_EQ(sum["sessions30"], 15);
  EXPECT_EQ(sum["idleSessions30"], 8);
  EXPECT_EQ(sum["activity"]["sessions"], 15);
  EXPECT_EQ(sum["activity"]["idle"], 8);
}

TEST(Summary, TheDeletedCountInQuestionOneAlone) {
  CompanyRecord gone = Company("gone");
  gone.deleted = true;
  gone.users = 3;
  gone.logins30 = gone.sessions30 = 5;
  gone.idle_sessions30 = 4;
  gone.job30 = gone.job90 = 8;
  gone.ran30 = 7;
  gone.jobs_by_day[kToday - 1] = 8;
  gone.ran_by_day[kToday - 1] = 7;
  gone.registrations_by_day[kToday - 1] = 1;
  gone.logins_by_day[kToday - 1] = 5;
  gone.data_events_by_day[kToday - 1] = 2;
  const json sum = Summed({gone});
  for (const char* const field : {"tenants", "users", "job30", "job90", "ran30", "sessions30",
                                  "idleSessions30", "quietTenants", "idleTenants"}) {
    EXPECT_EQ(sum[field], 0) << field;
  }
  EXPECT_EQ(sum["activity"]["logins"], 5);
  EXPECT_EQ(sum["activity"]["sessions"], 5);
  EXPECT_EQ(sum["activity"]["idle"], 4);
  EXPECT_EQ(sum["days"][88], (json{{"day", base::FormatDay(kToday - 1)},
                                   {"jobs", 8},
                                   {"ran", 0},
                                   {"tenantsWithJobs", 0},
                                   {"registrations", 1},
                                   {"logins", 5},
                                   {"dataEvents", 2}}));
  EXPECT_TRUE(sum["industries"].empty());
}

TEST(Summary, TheDaysAddUpToTheTotals) {
  CompanyRecord here = Company("here"), gone = Company("gone");
  for (CompanyRecord* const one : {&here, &gone}) {
    one->ran30 = 3;
    one->ran_by_day = {{kToday, 2}, {kToday - 29, 1}, {kToday - 30, 8}};
  }
  gone.deleted = true;
  const json sum = Summed({here, gone});
  int64_t ran = 0;
  for (size_t day = 60; day < 90; ++day) ran += sum["days"][day]["ran"].get<int64_t>();
  EXPECT_EQ(ran, 3);
  EXPECT_EQ(sum["ran30"], ran);
}

TEST(Summary, HoldsTheLast90DaysAndThatOfToday) {
  CompanyRecord a = Company("a"), b = Company("b");
  a.jobs_by_day[kToday - 89] = 2;
  b.jobs_by_day[kToday - 89] = 3;
  a.jobs_by_day[kToday] = 4;
  a.ran_by_day[kToday] = 1;
  a.logins_by_day[kToday - 29] = 6;
  const json days = Summed({a, b})["days"];
  ASSERT_EQ(days.size(), 90u);
  EXPECT_EQ(days[0]["day"], base::FormatDay(kToday - 89));
  EXPECT_EQ(days[0]["jobs"], 5);
  EXPECT_EQ(days[0]["tenantsWithJobs"], 2);
  EXPECT_EQ(days[89]["jobs"], 4);
  EXPECT_EQ(days[89]["ran"], 1);
  EXPECT_EQ(days[60]["logins"], 6);
  EXPECT_FALSE(days[59].contains("logins"));
}

TEST(Summary, CountsRiskAndTheMoneyAtIt) {
  CompanyRecord high = Company("high"), watch = Company("watch"), unknown = Company("unknown");
  high.risk.score = 0.9;
  high.risk.churn = true;
  high.monthly_fee = "100";
  watch.risk.score = 0.4;
  watch.risk.churn = false;
  watch.monthly_fee = "50";
  const json risk = Summed({high, watch, unknown})["risk"];
  EXPECT_EQ(
      risk,
      (json{{"high", 1}, {"watch", 1}, {"low", 0}, {"unknown", 1}, {"monthlyFeeAtRisk", 100}}));
}

}  // namespace
}  // namespace tenantry::insights
