#include "activity/state/day_window.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tenantry::activity {
namespace {

constexpr base::Day kWindow = 90;

std::map<base::Day, uint32_t> LoginsOf(const DayWindow& window, base::Day gone, base::Day last) {
  std::map<base::Day, uint32_t> logins;
  base::Day before = gone;
  window.ForEach(gone, last, [&](const DayCounts& counts) {
    EXPECT_GT(counts.day, before);
    before = counts.day;
    logins[counts.day] = counts.logins;
  });
  return logins;
}

TEST(DayWindow, CountsAsAMapDoesWhileTheWindowMoves) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const base::Day step : {1, 3, 40, 200}) {
    DayWindow window;
    std::map<base::Day, uint32_t> counted;
    base::Day last = -100;
    for (int i = 0; i < 3000; ++i) {
      if (random() % 8 == 0) last += static_cast<base::Day>(random() % static_cast<uint64_t>(step));
      const base::Day day = last - static_cast<base::Day>(random() % kWindow);
      ++window.At(day, last - kWindow).logins;
      ++counted[day];
      counted.erase(counted.begin(), counted.upper_bound(last - kWindow));
      ASSERT_EQ(LoginsOf(window, last - kWindow, last), counted);
    }
  }
}

TEST(DayWindow, ADayThatComesBackIntoItsPlaceBeginsAnew) {
  DayWindow window;
  window.At(0, -90).failed = 7;
  window.At(128, 38).ran = 1;
  EXPECT_EQ(window.At(128, 38).failed, 0u);
  EXPECT_EQ(LoginsOf(window, 38, 128).size(), 1u);
}

TEST(DayWindow, AddsJobsPast64Bits) {
  DayCounts counts;
  for (int i = 0; i < 5000; ++i) counts.AddJobs(uint64_t{1} << 53);
  EXPECT_EQ(counts.jobs(), absl::uint128(5000) << 53);
}

TEST(DayWindow, IsEmptyBeforeTheFirstDay) {
  const DayWindow window;
  window.Prefetch(5);
  EXPECT_TRUE(LoginsOf(window, DayCounts::kNoDay, DayCounts::kNoDay).empty());
}

}  // namespace
}  // namespace tenantry::activity
