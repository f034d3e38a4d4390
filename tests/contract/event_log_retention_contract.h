#pragma once

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "contract/event_log_contract.h"

namespace tenantry::eventlog {

TEST_P(EventLogContract, DropsWhatIsPastItsRetentionButTheLastBatch) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  ASSERT_TRUE(log().Append("companies", {Record("a", "0")}).ok());
  auto early = *log().Read(partition, LogOffset(1));
  for (int i = 1; i < 3; ++i) {
    ASSERT_TRUE(log().Append("companies", {Record("a", std::to_string(i))}).ok());
  }
  clock_.Advance(options_.retention + absl::Seconds(1));
  ASSERT_TRUE(under_test_->Sweep().ok());
  EXPECT_EQ(ReadAll(partition), (std::vector<std::string>{"2"}));
  EXPECT_TRUE(absl::IsOutOfRange(early->Next(absl::ZeroDuration()).status()));
  ASSERT_TRUE(log().Append("companies", {Record("a", "3")}).ok());
  EXPECT_EQ((*log().Partitions("companies"))[std::stoul(partition.partition)].end, LogOffset(4));
}

TEST_P(EventLogContract, KeepsWhatTheArchiveHasNotRead) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(log().Append("companies", {Record("a", std::to_string(i))}).ok());
  }
  ASSERT_TRUE(log().Commit("archive", {{partition, LogOffset(1)}}).ok());
  clock_.Advance(options_.retention + absl::Seconds(1));
  ASSERT_TRUE(under_test_->Sweep().ok());
  EXPECT_EQ(ReadAll(partition), (std::vector<std::string>{"1", "2", "3"}));
}

TEST_P(EventLogContract, KeepsPartitionsThatTheArchiveHasNotCommittedYet) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(log().Append("companies", {Record("a", std::to_string(i))}).ok());
    ASSERT_TRUE(log().Append("bigdatajobs", {Record("a", std::to_string(i))}).ok());
  }
  const std::string other = partition.partition == "0" ? "1" : "0";
  ASSERT_TRUE(log().Commit("archive", {{{"companies", other}, LogOffset()}}).ok());
  clock_.Advance(options_.retention + absl::Seconds(1));
  ASSERT_TRUE(under_test_->Sweep().ok());
  EXPECT_EQ(ReadAll(partition), (std::vector<std::string>{"0", "1", "2", "3"}));
  EXPECT_EQ(ReadAll(*log().PartitionOf("bigdatajobs", "a")), (std::vector<std::string>{"3"}))
      << "a stream that the archive does not read";
}

// Neither a gap nor a repeat, whatever retention does meanwhile: a record or OutOfRange.
TEST_P(EventLogContract, FollowsWithoutGapsWhileRetentionDrops) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  constexpr uint64_t kRecords = 400;
  auto reader = *log().Read(partition, LogOffset());  // the oldest, while that is still the first
  const std::jthread writer([&] {
    for (uint64_t i = 0; i < kRecords; ++i) {
      EXPECT_TRUE(log().Append("companies", {Record("a", std::to_string(i))}).ok());
      clock_.Advance(options_.retention / 4);
      const absl::Status swept = i % 3 == 0 ? under_test_->Sweep() : absl::OkStatus();
      EXPECT_TRUE(swept.ok()) << swept;
    }
  });
  for (uint64_t next = 0; next < kRecords;) {
    const auto batch = reader->Next(absl::Seconds(30));
    if (absl::IsOutOfRange(batch.status())) {
      const PartitionInfo info = (*log().Partitions("companies"))[std::stoul(partition.partition)];
      ASSERT_GT(info.begin, LogOffset(next));
      next = info.begin.number();
      reader = *log().Read(partition, info.begin);
      continue;
    }
    ASSERT_TRUE(batch.ok()) << batch.status();
    ASSERT_EQ(batch->first, LogOffset(next));
    ASSERT_EQ(batch->records.at(0).value, std::to_string(next));
    next = batch->next.number();
  }
}

}  // namespace tenantry::eventlog
