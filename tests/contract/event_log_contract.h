#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "eventlog/event_log.h"
#include "eventlog/event_log_options.h"

namespace tenantry::eventlog {

/// A log under test with what it was made from.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  /// The log, and its retention swept now.
  virtual EventLog& log() = 0;
  virtual absl::Status Sweep() = 0;
};

/// Makes an empty log under test.
using MakeLog =
    std::function<std::unique_ptr<LogUnderTest>(const EventLogOptions&, base::ManualClock&)>;

/// What every event log promises, whatever engine it rests on.
class EventLogContract : public testing::TestWithParam<MakeLog> {
 protected:
  void SetUp() override {
    options_.partitions = 3;
    under_test_ = GetParam()(options_, clock_);
    ASSERT_NE(under_test_, nullptr);
  }

  EventLog& log() { return under_test_->log(); }

  static LogRecord Record(const std::string& key, const std::string& value) {
    LogRecord record;
    record.key = key;
    record.value = value;
    return record;
  }

  // Everything that a partition holds from `from` on.
  std::vector<std::string> ReadAll(const PartitionId& partition, LogOffset from = LogOffset()) {
    std::vector<std::string> values;
    auto reader = log().Read(partition, from);
    EXPECT_TRUE(reader.ok()) << reader.status();
    while (true) {
      auto batch = (*reader)->Next(absl::ZeroDuration());
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || batch->records.empty()) return values;
      for (const RecordView& record : batch->records) values.emplace_back(record.value);
    }
  }

  EventLogOptions options_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  std::unique_ptr<LogUnderTest> under_test_;
};

TEST_P(EventLogContract, KeepsTheOrderOfAKey) {
  std::vector<std::string> sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back(std::to_string(i));
    ASSERT_TRUE(log().Append("companies", {Record("a", sent.back())}).ok());
  }
  EXPECT_EQ(ReadAll(*log().PartitionOf("companies", "a")), sent);
}

TEST_P(EventLogContract, NumbersRecordsWithoutGaps) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(log().Append("companies", {Record("a", "x"), Record("a", "y")}).ok());
  }
  auto reader = *log().Read(partition, LogOffset());
  for (uint64_t i = 0; i < 4; ++i) {
    const auto batch = reader->Next(absl::ZeroDuration());
    ASSERT_TRUE(batch.ok());
    EXPECT_EQ(batch->first, LogOffset(2 * i));
    EXPECT_EQ(batch->OffsetOf(1), LogOffset(2 * i + 1));
    EXPECT_EQ(batch->next, LogOffset(2 * i + 2));
  }
}

TEST_P(EventLogContract, ReadsFromTheMiddleOfABatch) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  ASSERT_TRUE(
      log().Append("companies", {Record("a", "0"), Record("a", "1"), Record("a", "2")}).ok());
  EXPECT_EQ(ReadAll(partition, LogOffset(1)), (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(ReadAll(partition, LogOffset(3)).empty());
}

TEST_P(EventLogContract, KeepsContentTypeAndBytes) {
  LogRecord record = Record("k\n✓", std::string("\0\xff{}", 4));
  record.content_type = "text/odd";
  ASSERT_TRUE(log().Append("bigdatajobs", {record}).ok());
  auto reader = *log().Read(*log().PartitionOf("bigdatajobs", record.key), LogOffset());
  const auto batch = reader->Next(absl::ZeroDuration());
  ASSERT_TRUE(batch.ok());
  ASSERT_EQ(batch->records.size(), 1u);
  EXPECT_EQ(batch->records[0].key, record.key);
  EXPECT_EQ(batch->records[0].value, record.value);
  EXPECT_EQ(batch->records[0].content_type, record.content_type);
}

TEST_P(EventLogContract, FindsAPlaceByTime) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  const absl::Time start = clock_.Now();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(log().Append("companies", {Record("a", "x"), Record("a", "y")}).ok());
    clock_.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(*log().OffsetAt(partition, start - absl::Hours(1)), LogOffset());
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(*log().OffsetAt(partition, start + absl::Minutes(i)), LogOffset(uint64_t(2 * i)));
    EXPECT_EQ(*log().OffsetAt(partition, start + absl::Minutes(i) + absl::Seconds(1)),
              LogOffset(uint64_t(2 * i + 2)));
  }
}

TEST_P(EventLogContract, KeepsAppendTimesInOrderWhenTheClockGoesBack) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  ASSERT_TRUE(log().Append("companies", {Record("a", "x")}).ok());
  clock_.Advance(-absl::Hours(1));
  ASSERT_TRUE(log().Append("companies", {Record("a", "y")}).ok());
  auto reader = *log().Read(partition, LogOffset());
  const absl::Time first = reader->Next(absl::ZeroDuration())->appended;
  EXPECT_GE(reader->Next(absl::ZeroDuration())->appended, first);
}

TEST_P(EventLogContract, OrdersTheBatchesOfAllPartitionsByTheirTimes) {
  absl::Time last = absl::InfinitePast();
  for (int i = 0; i < 40; ++i) {
    const StreamName stream = i % 3 == 0 ? "companies" : "bigdatajobs";
    const std::string key = "tenant-" + std::to_string(i);
    const PartitionId partition = *log().PartitionOf(stream, key);
    const auto infos = log().Partitions(stream);
    ASSERT_TRUE(infos.ok()) << infos.status();
    LogOffset end;
    for (const PartitionInfo& info : *infos) {
      if (info.id == partition) end = info.end;
    }
    if (i == 20) clock_.Advance(-absl::Hours(1));
    ASSERT_TRUE(log().Append(stream, {Record(key, "x")}).ok());
    const absl::Time appended = (*log().Read(partition, end))->Next(absl::ZeroDuration())->appended;
    EXPECT_GE(appended, last) << "append " << i;
    last = appended;
  }
}

TEST_P(EventLogContract, RefusesWhatItCannotHold) {
  EXPECT_TRUE(absl::IsNotFound(log().Append("nowhere", {Record("a", "x")})));
  EXPECT_TRUE(absl::IsInvalidArgument(log().Append("companies", {Record("", "x")})));
  const std::string large(static_cast<size_t>(options_.record_bytes_max) + 1, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(
      log().Append("companies", {Record("a", "small"), Record("a", large)})));
  EXPECT_TRUE(ReadAll(*log().PartitionOf("companies", "a")).empty());
  EXPECT_FALSE(log().Read({"companies", "77"}, LogOffset()).ok());
}

TEST_P(EventLogContract, RefusesToReadFromPastTheEnd) {
  const PartitionId partition = *log().PartitionOf("companies", "a");
  ASSERT_TRUE(log().Append("companies", {Record("a", "x")}).ok());
  EXPECT_TRUE(log().Read(partition, LogOffset(1)).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(log().Read(partition, LogOffset(2)).status()));
  const LogOffset other_engine = *LogOffset::Parse(std::string(56, '9'));
  EXPECT_TRUE(absl::IsFailedPrecondition(log().Read(partition, other_engine).status()));
}

TEST_P(EventLogContract, RemembersPositionsAndFencesOldOwners) {
  struct Owner final : AssignmentListener {
    void OnAssigned(const std::vector<PartitionId>& partitions, uint64_t now) override {
      count = partitions.size();
      epoch = now;
    }
    void OnRevoked(const std::vector<PartitionId>& partitions) override {
      count -= partitions.size();
    }
    size_t count = 0;
    uint64_t epoch = 0;
  };
  const PartitionId partition{"companies", "0"};
  EXPECT_TRUE(log().Committed("reader")->empty());
  Owner first, second;
  auto membership = log().Subscribe("reader", {"companies", "bigdatajobs"}, first);
  ASSERT_TRUE(membership.ok());
  EXPECT_EQ(first.count, 6u);
  membership->reset();
  EXPECT_EQ(first.count, 0u);
  const auto again = log().Subscribe("reader", {"companies"}, second);
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_TRUE(
      absl::IsFailedPrecondition(log().Commit("reader", {{partition, LogOffset(9)}}, first.epoch)));
  EXPECT_TRUE(log().Commit("reader", {{partition, LogOffset(5)}}, second.epoch).ok());
  EXPECT_EQ(log().Committed("reader")->at(partition), LogOffset(5));
}

TEST_P(EventLogContract, TakesAppendsFromManyThreadsOnce) {
  constexpr int kThreads = 8, kEach = 40;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string key = "k" + std::to_string(t);
        EXPECT_TRUE(log().Append("companies", {Record(key, key + ":" + std::to_string(i))}).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, int> next;
  const std::vector<PartitionInfo> partitions = *log().Partitions("companies");
  for (const PartitionInfo& info : partitions) {
    for (const std::string& value : ReadAll(info.id)) {
      const size_t colon = value.find(':');
      EXPECT_EQ(value.substr(colon + 1), std::to_string(next[value.substr(0, colon)]++));
    }
  }
  EXPECT_EQ(next.size(), static_cast<size_t>(kThreads));
  for (const auto& [key, count] : next) EXPECT_EQ(count, kEach) << key;
}

}  // namespace tenantry::eventlog
