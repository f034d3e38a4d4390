#include "scoring/company_features.h"

#include <gtest/gtest.h>

#include "scoring/feature_names.h"

namespace tenantry::scoring {
namespace {

base::Instant At(const char* text) { return *base::ParseRfc3339(text); }

events::CompanyRecord Record() {
  events::CompanyRecord record;
  record.tenant = base::TenantId("comp_4");
  record.industry = "\"retail\"";
  record.plan = "\"team\"";
  record.revenue = "99420";
  record.employees = "4635.5";
  record.monthly_fee = "4e2";
  record.total_fee = "1200";
  record.job30 = 10;
  record.job90 = 100;
  record.users = 1;
  record.active_users30 = 2;
  record.tutorials = 3;
  record.logins30 = 4;
  record.data_events30 = 5;
  record.sessions30 = 6;
  record.sessions_with_data30 = 7;
  record.sessions_with_jobs30 = 8;
  record.idle_sessions30 = 9;
  record.ran30 = 11;
  record.failed30 = 12;
  record.data_sets = 13;
  record.data_bytes = 14;
  record.as_of = At("2025-03-31T00:00:00Z");
  record.last_activity = At("2025-03-28T23:59:59Z");
  record.registered = At("2025-03-01T12:00:00Z");
  return record;
}

TEST(CompanyFeatures, GivesEveryKnownFeatureUnderItsName) {
  const FeatureRow row = CompanyFeatures(Record());
  const FeatureRow expected = {
      {"industry", "retail"},
      {"plan", "team"},
      {"revenue", 99420.0},
      {"employees", 4635.5},
      {"monthlyFee", 400.0},
      {"totalFee", 1200.0},
      {"job30", 10.0},
      {"job90", 100.0},
      {"users", 1.0},
      {"activeUsers30", 2.0},
      {"tutorials", 3.0},
      {"logins30", 4.0},
      {"dataEvents30", 5.0},
      {"sessions30", 6.0},
      {"sessionsWithData30", 7.0},
      {"sessionsWithJobs30", 8.0},
      {"idleSessions30", 9.0},
      {"ran30", 11.0},
      {"failed30", 12.0},
      {"dataSets", 13.0},
      {"dataBytes", 14.0},
      {"daysSinceLastActivity", 3.0},
      {"daysRegistered", 30.0},
      {"jobTrend", 10.0 / 100 * 31 / 30},
      {"loginsPerUser30", 4.0},
      {"idleShare30", 1.5},
      {"failedShare30", 12.0 / 11},
  };
  EXPECT_EQ(row, expected);
  EXPECT_EQ(row.size(), KnownFeatures().size());
  for (const KnownFeature& known : KnownFeatures()) {
    ASSERT_TRUE(row.contains(known.name)) << known.name;
    const bool is_text = std::holds_alternative<std::string>(row.find(known.name)->second);
    EXPECT_EQ(is_text, known.kind == FeatureKind::kCategory) << known.name;
  }
}

TEST(CompanyFeatures, TakesProfileValuesOfOtherKindsAsMissing) {
  events::CompanyRecord record = Record();
  for (const char* token : {"null", "\"9270\"", "{\"a\":1}", "[1]", "true", "", "1e999"}) {
    record.revenue = token;
    EXPECT_EQ(CompanyFeatures(record)["revenue"], FeatureValue()) << token;
  }
  for (const char* token : {"null", "7", "\"\"", "{}", ""}) {
    record.industry = token;
    EXPECT_EQ(CompanyFeatures(record)["industry"], FeatureValue()) << token;
  }
}

TEST(CompanyFeatures, LeavesDaysMissingWithoutTheEvent) {
  events::CompanyRecord record = Record();
  record.last_activity.reset();
  record.registered = At("2025-04-02T00:00:00Z");
  EXPECT_EQ(CompanyFeatures(record)["daysSinceLastActivity"], FeatureValue());
  EXPECT_EQ(CompanyFeatures(record)["daysRegistered"], FeatureValue(0.0));
}

TEST(AddDerivedFeatures, ComparesAMonthWithTheMonthsBefore) {
  FeatureRow row = {{"job30", 30.0}, {"job90", 90.0}};
  AddDerivedFeatures(row);
  EXPECT_EQ(row["jobTrend"], FeatureValue(1.0));
  row["daysRegistered"] = 10.0;  // no month before: nothing to compare with
  row["job90"] = 30.0;
  AddDerivedFeatures(row);
  EXPECT_EQ(row["jobTrend"], FeatureValue(1.0));
  row["daysRegistered"] = 400.0;
  AddDerivedFeatures(row);
  EXPECT_EQ(row["jobTrend"], FeatureValue(3.0));
}

TEST(AddDerivedFeatures, LeavesMissingWhatWouldDivideByNothing) {
  FeatureRow row = {{"job30", 0.0}, {"job90", 0.0}, {"logins30", 4.0}, {"sessions30", 0.0}};
  AddDerivedFeatures(row);
  for (const char* name : {"jobTrend", "loginsPerUser30", "idleShare30", "failedShare30"}) {
    EXPECT_EQ(row.at(name), FeatureValue()) << name;
  }
}

}  // namespace
}  // namespace tenantry::scoring
