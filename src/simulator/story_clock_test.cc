#include "simulator/story_clock.h"

#include <gtest/gtest.h>

namespace tenantry::simulator {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000);

TEST(StoryClock, StandsUntilMovedAndNeverGoesBack) {
  base::ManualClock real(absl::FromUnixSeconds(9'000));
  StoryClock clock(kStart, real);
  real.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), kStart);
  clock.MoveTo(kStart + absl::Hours(1));
  clock.MoveTo(kStart);
  EXPECT_EQ(clock.Now(), kStart + absl::Hours(1));
}

TEST(StoryClock, RunsAtTheMachinesPaceUntilMoved) {
  base::ManualClock real(absl::FromUnixSeconds(9'000));
  StoryClock clock(kStart, real);
  clock.Run();
  real.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now(), kStart + absl::Seconds(3));
  clock.Run();
  real.Advance(absl::Seconds(4));
  EXPECT_EQ(clock.Now(), kStart + absl::Seconds(7));
  clock.MoveTo(kStart + absl::Seconds(1));  // what it showed already stays past
  real.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), kStart + absl::Seconds(7));
}

TEST(StoryClock, FollowsTheMachineOnceTheStoryIsTold) {
  base::ManualClock real(absl::FromUnixSeconds(9'000));
  StoryClock clock(kStart, real);
  clock.FollowReal();
  EXPECT_EQ(clock.Now(), real.Now());
}

}  // namespace
}  // namespace tenantry::simulator
