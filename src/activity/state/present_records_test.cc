#include "activity/state/present_records.h"

#include <gtest/gtest.h>

namespace tenantry::activity {
namespace {

constexpr int64_t kDay = base::kSecondsPerDay;

events::CompanyRecord Record(const char* tenant, uint64_t revision, base::Instant as_of) {
  events::CompanyRecord record;
  record.tenant = base::TenantId(tenant);
  record.revision = revision;
  record.as_of = as_of;
  return record;
}

TEST(PresentRecords, KeepsARecordOfTheSameRevisionRiskAndDay) {
  PresentRecords kept;
  const base::Instant noon{kDay + 43'200, 0};
  kept.Begin(noon);
  EXPECT_FALSE(kept.Keep("b", 1, {})) << "nobody put it";
  kept.Put(Record("b", 1, noon));
  kept.Put(Record("a", 3, noon));
  ASSERT_EQ(kept.Sorted().size(), 2U);
  EXPECT_EQ(kept.Sorted()[0].tenant.value(), "a");

  const base::Instant later{kDay + 43'201, 0};
  kept.Begin(later);
  EXPECT_TRUE(kept.Keep("b", 1, {}));
  EXPECT_EQ(kept.Sorted()[1].as_of, later);
  EXPECT_FALSE(kept.Keep("b", 2, {})) << "another event was counted";
  events::Risk risk;
  risk.as_of = later;
  EXPECT_FALSE(kept.Keep("b", 1, risk)) << "it was scored";
  kept.Put(Record("b", 2, later));
  EXPECT_TRUE(kept.Keep("b", 2, {}));
  ASSERT_EQ(kept.Sorted().size(), 2U);
  EXPECT_EQ(kept.Sorted()[1].revision, 2U);

  kept.Begin(base::Instant{2 * kDay, 0});
  EXPECT_FALSE(kept.Keep("b", 2, {})) << "windows slid";
  EXPECT_TRUE(kept.Sorted().empty());
}

TEST(PresentRecords, FindsRecordsAgainAfterOthersCameBetweenThem) {
  PresentRecords kept;
  const base::Instant now{kDay, 0};
  kept.Begin(now);
  kept.Put(Record("m", 1, now));
  kept.Put(Record("z", 2, now));
  (void)kept.Sorted();
  kept.Put(Record("a", 3, now));
  (void)kept.Sorted();
  EXPECT_TRUE(kept.Keep("a", 3, {}));
  EXPECT_TRUE(kept.Keep("m", 1, {}));
  EXPECT_TRUE(kept.Keep("z", 2, {}));
  EXPECT_FALSE(kept.Keep("m", 2, {}));
}

}  // namespace
}  // namespace tenantry::activity
