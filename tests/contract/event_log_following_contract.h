#pragma once

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "contract/event_log_contract.h"

namespace tenantry::eventlog {

TEST_P(EventLogContract, WakesAReaderThatFollows) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  auto reader = *log().Read(partition, LogOffset());
  std::thread writer([&] { EXPECT_TRUE(log().Append("companies", {Record("a", "x")}).ok()); });
  const auto batch = reader->Next(absl::Seconds(30));
  writer.join();
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records.size(), 1u);
}

TEST_P(EventLogContract, WakesWhoeverAwaitsNewsOfAnyPartition) {
  const auto partitions = *log().Partitions("companies");
  LogPositions places;
  for (const PartitionInfo& info : partitions) places[info.id] = info.end;
  EXPECT_TRUE(log().AwaitNews(places, absl::ZeroDuration()).ok()) << "no news is no error";
  for (int i = 0; i < 20; ++i) {
    const LogRecord record = Record(std::to_string(i), "x");
    std::thread writer([&] { EXPECT_TRUE(log().Append("companies", {record}).ok()); });
    EXPECT_TRUE(log().AwaitNews(places, absl::InfiniteDuration()).ok());
    writer.join();
    const PartitionId partition = *log().PartitionOf("companies", record.key);
    places[partition] = places[partition].Plus(1);
  }
  places.begin()->second = LogOffset();
  EXPECT_TRUE(log().AwaitNews(places, absl::InfiniteDuration()).ok()) << "what was there already";
  EXPECT_TRUE(absl::IsNotFound(log().AwaitNews({{{"companies", "99"}, LogOffset()}}, {})));
}

TEST_P(EventLogContract, ClosesAReaderThatWaits) {
  auto reader = *log().Read(*log().PartitionOf("companies", "a"), LogOffset());
  std::thread closer([&] { reader->Close(); });
  const auto batch = reader->Next(absl::Seconds(60));
  closer.join();
  EXPECT_TRUE(absl::IsCancelled(batch.status()));
}

}  // namespace tenantry::eventlog
