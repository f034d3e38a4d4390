#include "events/counts_by_day.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace tenantry::events {
namespace {

TEST(CountsByDay, KeepsDaysAscendingHoweverTheyCome) {
  CountsByDay<int64_t> counts{{5, 50}, {3, 30}};
  counts[4] += 4;
  counts[3] += 3;
  counts[9] += 9;
  EXPECT_EQ(counts, (CountsByDay<int64_t>{{3, 33}, {4, 4}, {5, 50}, {9, 9}}));
  EXPECT_EQ(counts.size(), 4u);
}

TEST(CountsByDay, FindsADayOrTheNextOne) {
  const CountsByDay<int64_t> counts{{3, 30}, {5, 50}};
  EXPECT_EQ(counts.find(5)->second, 50);
  EXPECT_EQ(counts.find(4), counts.end());
  EXPECT_EQ(counts.lower_bound(4)->first, 5);
  EXPECT_EQ(counts.lower_bound(6), counts.end());
  EXPECT_TRUE(CountsByDay<int64_t>().empty());
}

}  // namespace
}  // namespace tenantry::events
