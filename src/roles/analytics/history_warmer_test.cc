#include "roles/analytics/history_warmer.h"

#include <gtest/gtest.h>

#include "roles/analytics/analytics_role_testing.h"

namespace tenantry::roles {
namespace {

constexpr const char* kTwoMonthsAgo = "2023-09-10T10:00:00Z";

class HistoryWarmerTest : public AnalyticsRoleTest {
 protected:
  void SetUp() override {
    for (const char* tenant : {"acme", "globex"}) {
      Jobs(tenant, 3, kTwoMonthsAgo);
      Jobs(tenant, 2);
    }
    Settle();
  }

  int64_t JobsOfToday() {
    const nlohmann::json days = Body(Ask("getHistory", {}))["days"];
    return days.empty() ? -1 : days.back()["jobs"].get<int64_t>();
  }
};

TEST_F(HistoryWarmerTest, ReadsAheadWhatThePageAsksAndThenWhatIsNew) {
  ASSERT_TRUE(role_->WorkAhead().ok());
  const int ahead = events_read_;
  EXPECT_EQ(ahead, 8) << "the days, and the records of a month ago";
  EXPECT_EQ(JobsOfToday(), 4);
  const auto summary = Ask("getSummary", {}, {{"asOf", "2023-10-15"}});
  EXPECT_EQ(Body(summary)["tenants"], 2) << summary.body;
  EXPECT_EQ(events_read_, ahead) << "nothing was read for who asked";
  Jobs("acme", 5);
  Settle();
  ASSERT_TRUE(role_->WorkAhead().ok());
  EXPECT_EQ(events_read_, ahead + 1);
}

TEST_F(HistoryWarmerTest, BeginsAnewOnAnotherDay) {
  ASSERT_TRUE(role_->WorkAhead().ok());
  const int first = events_read_;
  env_.clock().Advance(absl::Hours(24));
  ASSERT_TRUE(role_->WorkAhead().ok());
  EXPECT_EQ(events_read_, 2 * first);
  EXPECT_EQ(JobsOfToday(), 0);
}

TEST_F(HistoryWarmerTest, WorksAtOnceAndTriesAgainWhatFailed) {
  past_is_there_ = false;
  HistoryWarmer warmer(*role_, absl::Milliseconds(1));
  ASSERT_TRUE(warmer.Start().ok());
  past_is_there_ = true;
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (events_read_ < 8 && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_GE(events_read_, 8);
  warmer.Stop();
}

TEST_F(HistoryWarmerTest, OneThatWasNotStartedStopsNothing) {
  {
    HistoryWarmer warmer(*role_, absl::Minutes(1));
  }
  EXPECT_EQ(JobsOfToday(), 4);
}

}  // namespace
}  // namespace tenantry::roles
