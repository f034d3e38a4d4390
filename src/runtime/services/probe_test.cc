#include "runtime/services/probe.h"

#include <absl/synchronization/notification.h>
#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/status.h"

namespace tenantry::runtime {
namespace {

bool Becomes(const std::function<bool()>& true_at_last) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!true_at_last() && absl::Now() < deadline) std::this_thread::yield();
  return true_at_last();
}

TEST(Probe, TellsWhatTheLastLookFound) {
  std::atomic<bool> works = true;
  std::atomic<int> looks = 0;
  Probe probe(
      "store",
      [&]() -> absl::Status {
        ++looks;
        return works ? absl::OkStatus() : base::DataLoss("planted");
      },
      absl::Milliseconds(1), absl::Minutes(1));
  EXPECT_EQ(probe.name(), "store");
  ASSERT_TRUE(probe.Start().ok());
  EXPECT_TRUE(Becomes([&] { return looks > 2; }));
  EXPECT_TRUE(probe.Ready().ok());
  works = false;
  EXPECT_TRUE(Becomes([&] { return absl::IsDataLoss(probe.Ready()); }));
  works = true;
  EXPECT_TRUE(Becomes([&] { return probe.Ready().ok(); }));
}

TEST(Probe, ALookThatTakesLongIsAFailureUntilItEnds) {
  absl::Notification go_on;
  Probe probe(
      "store",
      [&] {
        go_on.WaitForNotification();
        return absl::OkStatus();
      },
      absl::Hours(1), absl::Milliseconds(1));
  ASSERT_TRUE(probe.Start().ok());
  EXPECT_TRUE(Becomes([&] { return absl::IsUnavailable(probe.Ready()); }));
  go_on.Notify();
  EXPECT_TRUE(Becomes([&] { return probe.Ready().ok(); }));
}

TEST(Probe, HasLookedOnceItIsStarted) {
  Probe probe("store", [] { return base::DataLoss("planted"); }, absl::Hours(1), absl::Minutes(1));
  ASSERT_TRUE(probe.Start().ok());
  EXPECT_TRUE(absl::IsDataLoss(probe.Ready()));
}

TEST(Probe, StopsAtOnceBetweenLooks) {
  Probe probe("store", [] { return absl::OkStatus(); }, absl::Hours(1), absl::Minutes(1));
  ASSERT_TRUE(probe.Start().ok());
  probe.Stop();
  probe.Stop();
}

}  // namespace
}  // namespace tenantry::runtime
