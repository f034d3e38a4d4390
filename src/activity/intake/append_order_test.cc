#include "activity/intake/append_order.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

namespace tenantry::activity {
namespace {

using eventlog::LogOffset;
using eventlog::LogPositions;
using eventlog::PartitionId;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);
const PartitionId kLess = {"bigdatajobs", "0"};
const PartitionId kGreater = {"companies", "0"};
constexpr absl::Duration kForever = absl::InfiniteDuration();

absl::Time At(int seconds) { return kStart + absl::Seconds(seconds); }

LogPositions Places(uint64_t less, uint64_t greater) {
  return {{kLess, LogOffset(less)}, {kGreater, LogOffset(greater)}};
}

TEST(AppendOrder, LetsBatchesOfAllPartitionsInAsTheyWereAppended) {
  const auto seed = static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed());
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr int kPartitions = 6, kBatches = 300;
  std::vector<std::vector<int>> times(kPartitions);
  LogPositions begin, ends;
  std::vector<std::pair<int, int>> expected;  // time and partition
  for (int batch = 0, time = 0; batch < kBatches; ++batch) {
    time += static_cast<int>(random() % 2);  // some at the same time
    const auto partition = static_cast<int>(random() % kPartitions);
    if (!times[partition].empty() && times[partition].back() == time) ++time;
    times[partition].push_back(time);
    expected.emplace_back(time, partition);
  }
  std::ranges::sort(expected);
  for (int i = 0; i < kPartitions; ++i) {
    begin[{"s", std::to_string(i)}] = LogOffset();
    ends[{"s", std::to_string(i)}] = LogOffset(times[i].size());
  }
  AppendOrder order(kForever);
  order.Join(begin);
  std::vector<std::pair<int, int>> entered;  // by whoever is inside
  std::vector<std::thread> threads;
  for (int i = 0; i < kPartitions; ++i) {
    threads.emplace_back([&, i] {
      const PartitionId partition{"s", std::to_string(i)};
      for (size_t batch = 0; batch < times[i].size(); ++batch) {
        ASSERT_TRUE(order.Enter(partition, At(times[i][batch]), ends));
        entered.emplace_back(times[i][batch], i);
        order.Reads(partition, LogOffset(batch + 1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(entered, expected);
}

TEST(AppendOrder, WaitsForNobodyWhoIsReadToTheEnd) {
  AppendOrder order(kForever);
  order.Join(Places(0, 7));
  EXPECT_TRUE(order.Enter(kLess, At(5), Places(3, 7)));
}

TEST(AppendOrder, WaitsForNobodyInTroubleOrGone) {
  AppendOrder order(kForever);
  order.Join(Places(0, 0));
  order.Fails(kGreater);
  EXPECT_TRUE(order.Enter(kLess, At(5), Places(3, 7)));
  order.Reads(kLess, LogOffset(1));
  order.Reads(kGreater, LogOffset(0));  // it can be read again
  order.Leave({kGreater});
  EXPECT_TRUE(order.Enter(kLess, At(6), Places(3, 7)));
}

TEST(AppendOrder, WaitsForOneThatIsFilledHoweverLong) {
  AppendOrder order(absl::Nanoseconds(1));  // gone at once
  order.Join(Places(0, 7));
  order.Fills(kGreater);
  std::vector<int> entered;
  std::thread thread([&] {
    EXPECT_TRUE(order.Enter(kLess, At(5), Places(3, 7)));
    entered.push_back(5);
    order.Reads(kLess, LogOffset(3));
  });
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(order.Enter(kGreater, At(i < 49 ? 1 : 4), Places(3, 7)));
    entered.push_back(1);
    order.Fills(kGreater);
  }
  order.Reads(kGreater, LogOffset(7));
  thread.join();
  EXPECT_EQ(entered.size(), 51u);
  EXPECT_EQ(entered.back(), 5);
}

TEST(AppendOrder, LosesPatienceWithOneThatShowsNothing) {
  AppendOrder order(absl::Milliseconds(1));
  order.Join(Places(0, 0));
  EXPECT_TRUE(order.Enter(kLess, At(5), Places(3, 7)));
}

TEST(AppendOrder, TurnsAwayWhoLeaves) {
  AppendOrder order(kForever);
  order.Join(Places(0, 0));
  std::thread thread([&] { EXPECT_FALSE(order.Enter(kLess, At(5), Places(3, 7))); });
  order.Leave({kLess});
  thread.join();
  EXPECT_FALSE(order.Enter(kLess, At(5), Places(3, 7)));
}

}  // namespace
}  // namespace tenantry::activity
