#include "base/monitor.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "base/steady_time.h"

namespace {

std::atomic<int> waits_by_steady_clock = 0;
std::atomic<int> waits_by_set_clock = 0;

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// Every timed wait of this test program on a condition variable comes by here on its way to the
// system's library, and is noted by the clock that ends it.
extern "C" int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      clockid_t clock, const timespec* until) {
  ++(clock == CLOCK_MONOTONIC ? waits_by_steady_clock : waits_by_set_clock);
  static auto* const real = Real<decltype(pthread_cond_clockwait)>("pthread_cond_clockwait");
  return real(condition, mutex, clock, until);
}

extern "C" int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* until) {
  ++waits_by_set_clock;
  static auto* const real = Real<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait");
  return real(condition, mutex, until);
}

namespace tenantry::base {
namespace {

TEST(Monitor, WaitsByTheClockThatNobodySets) {
  waits_by_steady_clock = waits_by_set_clock = 0;
  Monitor monitor;
  bool never = false;
  {
    MonitorLock lock(&monitor);
    EXPECT_FALSE(monitor.AwaitFor(absl::Condition(&never), absl::Milliseconds(1)));
  }
  StopSignal stop;
  EXPECT_FALSE(stop.WaitFor(absl::Milliseconds(1)));
  EXPECT_GE(waits_by_steady_clock, 2);
  EXPECT_EQ(waits_by_set_clock, 0);
}

TEST(Monitor, DoesNotWaitForWhatHoldsNorWhenTheTimeIsOver) {
  waits_by_steady_clock = 0;
  Monitor monitor;
  bool yes = true, no = false;
  MonitorLock lock(&monitor);
  EXPECT_TRUE(monitor.AwaitFor(absl::Condition(&yes), absl::ZeroDuration()));
  EXPECT_TRUE(monitor.AwaitFor(absl::Condition(&yes), absl::InfiniteDuration()));
  EXPECT_FALSE(monitor.AwaitFor(absl::Condition(&no), absl::ZeroDuration()));
  EXPECT_FALSE(monitor.AwaitFor(absl::Condition(&no), -absl::InfiniteDuration()));
  EXPECT_EQ(waits_by_steady_clock, 0);
}

// Two threads hand a turn to each other, each for ever: a wake that is lost leaves both waiting.
TEST(Monitor, WakesWhoeverWaitsForWhatWasChanged) {
  constexpr int kTurns = 20'000;
  Monitor monitor;
  int turn = 0;
  const auto play = [&](int parity) {
    const auto mine = [&] { return turn % 2 == parity; };
    for (int i = 0; i < kTurns; ++i) {
      MonitorLock lock(&monitor);
      EXPECT_TRUE(monitor.AwaitFor(absl::Condition(&mine), absl::InfiniteDuration()));
      ++turn;
    }
  };
  std::thread other([&] { play(1); });
  play(0);
  other.join();
  EXPECT_EQ(turn, 2 * kTurns);
}

// What a thread changes before it waits itself lets others go on.
TEST(Monitor, WakesOthersBeforeItWaitsItself) {
  Monitor monitor;
  bool asked = false, answered = false;
  std::thread answering([&] {
    MonitorLock lock(&monitor);
    monitor.Await(absl::Condition(&asked));
    answered = true;
  });
  {
    MonitorLock lock(&monitor);
    asked = true;
    EXPECT_TRUE(monitor.AwaitFor(absl::Condition(&answered), absl::Hours(1)));
  }
  answering.join();
}

// Each item goes to one of many takers, who wait for the same condition; nobody takes from nothing.
TEST(Monitor, LetsOneOfManyTakeWhatAllWaitedFor) {
  constexpr int kItems = 5000, kTakers = 4;
  Monitor monitor;
  std::deque<int> items;
  int64_t sum = 0;
  bool done = false;
  std::vector<std::thread> takers;
  for (int i = 0; i < kTakers; ++i) {
    takers.emplace_back([&] {
      const auto any = [&] { return done || !items.empty(); };
      while (true) {
        MonitorLock lock(&monitor);
        EXPECT_TRUE(monitor.AwaitFor(absl::Condition(&any), absl::Hours(1)));
        if (items.empty()) return;
        sum += items.front();
        items.pop_front();
      }
    });
  }
  const auto room = [&] { return items.size() < 3; };
  for (int i = 1; i <= kItems; ++i) {
    MonitorLock lock(&monitor);
    monitor.Await(absl::Condition(&room));
    items.push_back(i);
  }
  {
    MonitorLock lock(&monitor);
    done = true;
  }
  for (std::thread& taker : takers) taker.join();
  EXPECT_EQ(sum, int64_t{kItems} * (kItems + 1) / 2);
}

}  // namespace
}  // namespace tenantry::base
