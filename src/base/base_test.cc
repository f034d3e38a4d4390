#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/errors/reworded.h"
#include "base/faults.h"
#include "base/full_disk.h"
#include "base/ids.h"
#include "base/instant.h"
#include "base/monitor.h"
#include "base/random.h"
#include "base/status.h"
#include "base/steady_time.h"
#include "base/utf8.h"
#include "base/words/counted.h"

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

TEST(StopSignal, EndsEveryPauseOnceItIsRaised) {
  StopSignal stop;
  EXPECT_FALSE(stop.WaitFor(absl::ZeroDuration()));
  EXPECT_FALSE(stop.WaitFor(absl::Milliseconds(1)));
  bool woken = false;
  std::thread waiting([&] { woken = stop.WaitFor(absl::Hours(1)); });
  stop.Raise();
  waiting.join();
  EXPECT_TRUE(woken);
  EXPECT_TRUE(stop.WaitFor(absl::Hours(1)));
}

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

TEST(Instant, ReadsOffsetsFractionsAndLeapSecondsExactly) {
  const Instant expected{1735689599, 123456789};
  EXPECT_EQ(*ParseRfc3339("2024-12-31T23:59:59.123456789Z"), expected);
  EXPECT_EQ(*ParseRfc3339("2025-01-01t04:59:59.1234567899+05:00"), expected);
  EXPECT_EQ(*ParseRfc3339("2024-12-31T23:59:60Z"), (Instant{1735689600, 0}));
  EXPECT_EQ(ParseRfc3339("0001-01-01T00:00:00Z")->day(), -719162);
  EXPECT_EQ(FormatRfc3339Millis(*ParseRfc3339("9999-12-31T23:59:59.9999Z")),
            "9999-12-31T23:59:59.999Z");
}

TEST(Instant, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2025-02-30T00:00:00Z", "2025-01-01 00:00:00Z", "2025-01-01T24:00:00Z",
        "2025-01-01T00:00:61Z", "2025-01-01T00:00:00", "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00Zx", "0000-01-01T00:00:00Z",
        "2025-1-01T00:00:00Z", "2025-01-01T00:00:00.5",
        // What lies outside the years that can be written down in UTC.
        "9999-12-31T23:59:60Z", "9999-12-31T23:59:60.5Z", "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:59+00:01"}) {
    EXPECT_FALSE(ParseRfc3339(text).ok()) << text;
  }
}

TEST(Instant, CutsMillisecondsDownwardsBefore1970) {
  EXPECT_EQ(FormatRfc3339Millis(*ParseRfc3339("1969-12-31T23:59:59.9999Z")),
            "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59.5Z")->day(), -1);
}

TEST(Utf8, AcceptsWellFormedAndRefusesTheRest) {
  EXPECT_TRUE(IsUtf8("aé✓𝄞"));
  for (const char* text :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    EXPECT_FALSE(IsUtf8(text));
  }
}

TEST(Id, KeepsKindsApartAndBounds) {
  EXPECT_FALSE((std::is_convertible_v<TenantId, UserId>));
  EXPECT_TRUE(TenantId::Parse(std::string(128, 'x')).ok());
  EXPECT_FALSE(TenantId::Parse(std::string(129, 'x')).ok());
  EXPECT_EQ(Message(TenantId::Parse("").status()), "tenantID is empty: give 1 to 128 bytes");
}

// An offset keeps a time off the short way that Z may take: both must read it alike.
TEST(Instant, UsualFormsAreReadAsAllOthers) {
  SeededRandom random(11);
  constexpr std::string_view kBytes = "0123456789-:.TZt /";
  size_t times = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = "2024-02-28T19:59:58";
    text += (const char*[]){"", ".123", ".123456", ".1234567"}[i % 4];
    for (uint64_t changes = random.Below(4); changes > 0; --changes) {
      text[random.Below(text.size())] = kBytes[random.Below(kBytes.size())];
    }
    Instant usual, other;
    const bool is_time = TryParseRfc3339(text + "+00:00", other);
    ASSERT_EQ(TryParseRfc3339(text + "Z", usual), is_time) << text;
    if (!is_time) continue;
    ASSERT_EQ(usual, other) << text;
    ++times;
  }
  EXPECT_GT(times, 20'000u);
  EXPECT_LT(times, 50'000u);
}

TEST(Random, SeededRepeatsAndBelowCoversItsRange) {
  SeededRandom a(7), b(7);
  EXPECT_EQ(a.Uuid(), b.Uuid());
  bool seen[5] = {};
  for (int i = 0; i < 1000; ++i) seen[a.Below(5)] = true;
  for (const bool hit : seen) EXPECT_TRUE(hit);
}

TEST(ScriptedFaults, FailsOnTheChosenVisitOnly) {
  ScriptedFaults faults;
  faults.Fail("room.place", Unavailable("away"), 1, 1);
  EXPECT_TRUE(faults.At("room.place").ok());
  EXPECT_TRUE(absl::IsUnavailable(faults.At("room.place")));
  EXPECT_TRUE(faults.At("room.place").ok());
  EXPECT_EQ(faults.Visits("room.place"), 3);
}

TEST(ScriptedFaults, RunsAnActionOnTheChosenVisitOnly) {
  ScriptedFaults faults;
  int runs = 0;
  faults.Run(
      "room.place",
      [&] {
        ++runs;
        EXPECT_TRUE(faults.At("room.place").ok()) << "it may come there itself";
      },
      1);
  for (const int expected : {0, 1, 1}) {
    EXPECT_TRUE(faults.At("room.place").ok());
    EXPECT_EQ(runs, expected);
  }
}

TEST(Status, KeepsCodeAndNotesInOtherWords) {
  const absl::Status full = AsFullDisk(absl::ResourceExhaustedError("no room"));
  EXPECT_TRUE(IsFullDisk(full));
  const absl::Status reworded = Annotate(Reworded(full, "the disk is full"), "writing");
  EXPECT_TRUE(IsFullDisk(reworded));
  EXPECT_TRUE(absl::IsResourceExhausted(reworded));
  EXPECT_EQ(Message(reworded), "writing: the disk is full");
  EXPECT_FALSE(IsFullDisk(absl::ResourceExhaustedError("too many")));
  EXPECT_TRUE(Reworded(absl::OkStatus(), "nothing").ok());
}

TEST(Counted, GivesANumberTheFormOfItsNoun) {
  EXPECT_EQ(Counted(0, "job"), "0 jobs");
  EXPECT_EQ(Counted(1, "job"), "1 job");
  EXPECT_EQ(Counted(size_t{2}, "data set"), "2 data sets");
  EXPECT_EQ(Counted(1, "query", "queries"), "1 query");
  EXPECT_EQ(Counted(-3, "query", "queries"), "-3 queries");
}

}  // namespace
}  // namespace tenantry::base
