#include "events/event_time.h"

#include <gtest/gtest.h>

namespace tenantry::events {
namespace {

const absl::Time kLast = absl::FromUnixSeconds(1'700'000'000);

TEST(NowAfter, IsThePresentToTheMicrosecond) {
  const base::ManualClock clock(kLast + absl::Microseconds(2) + absl::Nanoseconds(999));
  EXPECT_EQ(NowAfter(clock, kLast), kLast + absl::Microseconds(2));
}

TEST(NowAfter, IsLaterThanTheLastWhileTheClockStandsOrIsSetBack) {
  for (const absl::Duration step :
       {absl::ZeroDuration(), absl::Nanoseconds(999), -absl::Hours(1)}) {
    const base::ManualClock clock(kLast + step);
    EXPECT_EQ(NowAfter(clock, kLast), kLast + absl::Microseconds(1)) << step;
  }
}

}  // namespace
}  // namespace tenantry::events
