#include "activity/intake/log_pump.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "activity/checkpoint_store.h"
#include "activity/intake/stubborn_log_testing.h"
#include "activity/shard.h"
#include "base/faults.h"
#include "base/status.h"
#include "eventlog/twins/in_memory_event_log.h"

namespace tenantry::activity {
namespace {

using eventlog::LogOffset;
using eventlog::PartitionId;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr const char* kStream = "bigdatajobs";
const PartitionId kPartition = {kStream, "0"};
const PartitionId kCompanies = {"companies", "0"};

// True once `holds`; false when it does not within half a minute.
bool Await(const std::function<bool()>& holds) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!holds()) {
    if (absl::Now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

eventlog::EventLogOptions OnePartition() {
  eventlog::EventLogOptions options;
  options.partitions = 1;
  options.retention = absl::Hours(1);
  options.kept_for = {};
  return options;
}

class LogPumpTest : public testing::Test {
 protected:
  // A record of `key` whose value says its place.
  void Append(const std::string& key, int records = 1) {
    std::vector<eventlog::LogRecord> batch;
    for (int i = 0; i < records; ++i) batch.push_back({key, std::to_string(appended_++)});
    all_.insert(all_.end(), batch.begin(), batch.end());
    ASSERT_TRUE(memory_.Append(kStream, std::move(batch)).ok());
  }

  // Appends one more and drops all before it.
  void DropAllButOneMore() {
    clock_.Advance(absl::Hours(2));
    Append("last");
    ASSERT_TRUE(memory_.SweepRetention().ok());
    ASSERT_EQ(memory_.Partitions(kStream)->front().begin,
              LogOffset(static_cast<uint64_t>(appended_ - 1)));
  }

  // The archive of everything, which fails at each place that `archive_fails_` has.
  ArchiveReader Archive() {
    return [this](const PartitionId& partition, const LogOffset& from, const LogOffset& to,
                  const std::function<absl::Status(const PlacedRecord&)>& take) -> absl::Status {
      EXPECT_EQ(partition, kPartition);
      asked_.emplace_back(from.number(), to.number());
      for (uint64_t place = from.number(); place < to.number(); ++place) {
        if (archive_fails_.contains(place)) {
          archive_fails_.erase(place);
          return absl::UnavailableError("the archive is away");
        }
        eventlog::LogRecord copy = all_[place];  // gone when `take` has run
        TENANTRY_RETURN_IF_ERROR(
            take({{copy.key, copy.value, copy.content_type}, LogOffset(place), clock_.Now()}));
        copy.value.assign(copy.value.size(), '?');
      }
      return absl::OkStatus();
    };
  }

  // Takes what waits in a queue; the records' values in the order they came.
  void Drain(RecordQueue& queue) {
    for (RecordSlice& slice : queue.PopAll(absl::Milliseconds(1))) {
      EXPECT_EQ(slice.from, kPartition);
      EXPECT_FALSE(slice.next < next_) << "positions never go back";
      next_ = slice.next;
      for (const PlacedRecord& placed : slice.records) {
        EXPECT_EQ(placed.record.value, placed.offset.text());
        values_.push_back(std::stoi(std::string(placed.record.value)));
      }
    }
  }
  bool DrainUpTo(RecordQueue& queue, uint64_t next) {
    return Await([&] {
      Drain(queue);
      return next_ == LogOffset(next);
    });
  }

  static std::vector<int> Range(int begin, int end) {
    std::vector<int> numbers;
    for (int i = begin; i < end; ++i) numbers.push_back(i);
    return numbers;
  }

  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  eventlog::InMemoryEventLog memory_{OnePartition(), clock_};
  StubbornLog log_{memory_};
  std::vector<eventlog::LogRecord> all_;
  int appended_ = 0;
  std::set<uint64_t> archive_fails_;
  std::vector<std::pair<uint64_t, uint64_t>> asked_;  // of the archive
  std::vector<int> values_;
  LogOffset next_;
};

TEST_F(LogPumpTest, GivesEveryRecordToTheShardOfItsKeyAndThePositionToAll) {
  for (int i = 0; i < 200; ++i) Append("tenant-" + std::to_string(i % 40), 1 + i % 3);
  RecordQueue queues[3] = {RecordQueue(1000), RecordQueue(1000), RecordQueue(1000)};
  LogPump pump(log_, {&queues[0], &queues[1], &queues[2]}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  std::vector<int> values;
  for (size_t shard = 0; shard < 3; ++shard) {
    LogOffset next;
    int last = -1;
    ASSERT_TRUE(Await([&] {
      for (const RecordSlice& slice : queues[shard].PopAll(absl::Milliseconds(1))) {
        next = slice.next;
        for (const PlacedRecord& placed : slice.records) {
          EXPECT_EQ(static_cast<size_t>(KeyGroupOf(placed.record.key)) * 3 / kKeyGroups, shard);
          const int value = std::stoi(std::string(placed.record.value));
          EXPECT_GT(value, last) << "in the order of the log";
          last = value;
          values.push_back(value);
        }
      }
      return next == LogOffset(static_cast<uint64_t>(appended_));
    }));
    EXPECT_GE(last, 0) << "no shard is without records";
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, Range(0, appended_));
  EXPECT_TRUE(pump.Ready().ok());
  EXPECT_TRUE(asked_.empty());
}

TEST_F(LogPumpTest, IsHeldBackByAFullQueueAndLosesNothing) {
  for (int i = 0; i < 50; ++i) Append("a");
  RecordQueue queue(2);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(Await([&] { return queue.depth() == 2; }));
  for (int i = 0; i < 1000; ++i) {
    std::this_thread::yield();
    ASSERT_EQ(queue.depth(), 2u);
  }
  ASSERT_TRUE(DrainUpTo(queue, 50));
  EXPECT_EQ(values_, Range(0, 50));
}

TEST_F(LogPumpTest, OneFullQueueHoldsTheOthersBackToo) {
  for (int i = 0; i < 50; ++i) Append("tenant-" + std::to_string(i));
  RecordQueue full(2), drained(1000);
  LogPump pump(log_, {&full, &drained}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(Await([&] { return full.depth() == 2; }));
  for (int i = 0; i < 1000; ++i) {
    std::this_thread::yield();
    ASSERT_LE(drained.depth(), 3u);
  }
  full.Close();
}

TEST_F(LogPumpTest, StopsAtOnceWhileItWaitsForNews) {
  RecordQueue queue(2);
  LogPump pump(log_, {&queue}, Archive());
  log_.Hang(true);
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(pump.Add({{kCompanies, LogOffset()}}).ok());
  ASSERT_TRUE(log_.AwaitHanging(2));
  pump.Remove({kCompanies});
  ASSERT_TRUE(log_.AwaitHanging(1)) << "the other one goes on";
  pump.Stop();
  pump.Stop();
  ASSERT_TRUE(log_.AwaitHanging(0));
}

// Two partitions: one hangs with what came first, the other waits for it with what came second.
// Both are told to stop: what came second must not be queued, or it were counted before the first.
TEST_F(LogPumpTest, LetsNothingPassWhatCameBeforeItWhenItStops) {
  for (const bool revoked : {false, true}) {
    for (const auto& [first, second] :
         {std::pair(kPartition, kCompanies), std::pair(kCompanies, kPartition)}) {
      SCOPED_TRACE(fmt::format("{} hangs, revoked {}", first.stream, revoked));
      eventlog::InMemoryEventLog memory(OnePartition(), clock_);
      StubbornLog log(memory);
      ASSERT_TRUE(memory.Append(first.stream, {{"a", "first"}}).ok());
      ASSERT_TRUE(memory.Append(second.stream, {{"a", "second"}}).ok());
      RecordQueue queue(10);
      LogPump pump(log, {&queue}, Archive());
      log.Hang(true, first);
      ASSERT_TRUE(pump.Add({{first, LogOffset()}, {second, LogOffset()}}).ok());
      // Each asks where its partition begins; the second, its batch in hand, where both end.
      ASSERT_TRUE(Await([&] { return log.asked() == 4; }));
      ASSERT_TRUE(log.AwaitHanging(1));
      revoked ? pump.Remove({first, second}) : pump.Stop();
      EXPECT_TRUE(queue.PopAll(absl::ZeroDuration()).empty());
    }
  }
}

TEST_F(LogPumpTest, StopsWhileItWaitsForRoomOnceTheQueueIsClosed) {
  for (int i = 0; i < 10; ++i) Append("a");
  RecordQueue queue(1);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(Await([&] { return queue.depth() == 1; }));
  queue.Close();
  pump.Stop();
  Drain(queue);
  EXPECT_EQ(values_, Range(0, 1)) << "what waited stays, nothing follows";
}

TEST_F(LogPumpTest, QueuesNothingOfAPartitionOnceItIsRemoved) {
  RecordQueue queue(1000);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  Append("a", 5);
  ASSERT_TRUE(DrainUpTo(queue, 5));
  pump.Remove({kPartition});
  pump.Remove({kPartition});
  Append("a", 5);
  EXPECT_TRUE(queue.PopAll(absl::ZeroDuration()).empty());
  ASSERT_TRUE(pump.Add({{kPartition, next_}}).ok());
  ASSERT_TRUE(DrainUpTo(queue, 10));
  EXPECT_EQ(values_, Range(0, 10));
}

TEST_F(LogPumpTest, RefusesUnknownPartitionsAndPlacesPastTheEnd) {
  RecordQueue queue(10);
  LogPump pump(log_, {&queue}, Archive());
  EXPECT_TRUE(absl::IsNotFound(pump.Add({{{kStream, "1"}, LogOffset()}})));
  EXPECT_TRUE(absl::IsNotFound(pump.Add({{{"nothing", "0"}, LogOffset()}})));
  EXPECT_TRUE(absl::IsFailedPrecondition(pump.Add({{kPartition, LogOffset(1)}})));
  EXPECT_TRUE(pump.Ready().ok());
}

TEST_F(LogPumpTest, BeginsAnewAtAPartitionThatIsReadAlready) {
  Append("a", 5);
  RecordQueue queue(1000);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(DrainUpTo(queue, 5));
  next_ = LogOffset(3);
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset(3)}}).ok());
  ASSERT_TRUE(DrainUpTo(queue, 5));
  EXPECT_EQ(values_, (std::vector<int>{0, 1, 2, 3, 4, 3, 4}));
}

TEST_F(LogPumpTest, TellsWhatCannotBeReadAndGoesOnWhenItCan) {
  Append("a", 3);
  RecordQueue queue(10);
  LogPump pump(log_, {&queue}, Archive());
  log_.Answer(absl::DataLossError("a checksum is wrong"));
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(Await([&] { return !pump.Ready().ok(); }));
  EXPECT_TRUE(absl::IsDataLoss(pump.Ready()));
  EXPECT_EQ(base::Message(pump.Ready()), "bigdatajobs/0: a checksum is wrong");
  EXPECT_EQ(queue.depth(), 0u);
  log_.Answer(absl::OkStatus());
  ASSERT_TRUE(DrainUpTo(queue, 3));
  ASSERT_TRUE(Await([&] { return pump.Ready().ok(); }));
  EXPECT_EQ(values_, Range(0, 3));
}

TEST_F(LogPumpTest, ForgetsTheTroubleOfARemovedPartition) {
  RecordQueue queue(10);
  LogPump pump(log_, {&queue}, Archive());
  log_.Answer(absl::UnavailableError("away"));
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(Await([&] { return !pump.Ready().ok(); }));
  pump.Remove({kPartition});
  EXPECT_TRUE(pump.Ready().ok());
}

TEST_F(LogPumpTest, FillsAGapFromTheArchive) {
  for (int i = 0; i < 10; ++i) Append("a");
  DropAllButOneMore();
  Append("a", 2);
  RecordQueue queue(100);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset(4)}}).ok());
  ASSERT_TRUE(DrainUpTo(queue, 13));
  EXPECT_EQ(values_, Range(4, 13));
  EXPECT_EQ(asked_, (std::vector<std::pair<uint64_t, uint64_t>>{{4, 10}}));
}

TEST_F(LogPumpTest, FillsAGapThatOpensWhileItReads) {
  Append("a", 2);
  RecordQueue queue(1);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(DrainUpTo(queue, 2));
  log_.Hang(true);
  ASSERT_TRUE(log_.AwaitHanging(1));
  Append("a", 5);
  Append("b", 5);
  DropAllButOneMore();
  log_.Hang(false);
  ASSERT_TRUE(DrainUpTo(queue, 13));
  EXPECT_EQ(values_, Range(0, 13));
}

TEST_F(LogPumpTest, BeginsWithTheArchiveWhenNothingWasReadYet) {
  for (int i = 0; i < 5; ++i) Append("a");
  DropAllButOneMore();
  RecordQueue queue(100);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(DrainUpTo(queue, 6));
  EXPECT_EQ(values_, Range(0, 6));
}

TEST_F(LogPumpTest, ReportsAnArchiveThatIsAwayAndTriesAgain) {
  for (int i = 0; i < 5; ++i) Append("a");
  DropAllButOneMore();
  archive_fails_ = {0, 3};
  RecordQueue queue(100);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
  ASSERT_TRUE(Await([&] { return absl::IsUnavailable(pump.Ready()); }));
  EXPECT_EQ(base::Message(pump.Ready()), "bigdatajobs/0: the archive is away");
  ASSERT_TRUE(DrainUpTo(queue, 6));
  ASSERT_TRUE(Await([&] { return pump.Ready().ok(); }));
  EXPECT_EQ(values_, Range(0, 6));
}

TEST_F(LogPumpTest, MovesThePositionOnlyWhenAWholeGapIsRead) {
  for (int i = 0; i < 25; ++i) Append("a", 100);
  DropAllButOneMore();
  archive_fails_ = {2300};
  RecordQueue queue(1);
  LogPump pump(log_, {&queue}, Archive());
  ASSERT_TRUE(pump.Add({{kPartition, LogOffset(7)}}).ok());
  next_ = LogOffset(7);
  ASSERT_TRUE(Await([&] {
    Drain(queue);
    return next_ == LogOffset(2501);
  }));
  // The first reading broke off after two parts; what came twice is dropped by its ids later.
  std::vector<int> expected = Range(7, 2007);
  const std::vector<int> again = Range(7, 2501);
  expected.insert(expected.end(), again.begin(), again.end());
  EXPECT_EQ(values_, expected);
}

// The shard behind the queue: what can't be counted is passed over, and its place with it.
TEST(LogPump, LetsCorruptRecordsPassCountedAndGoesOn) {
  const std::string folder = fmt::format("{}/log_pump_{}", testing::TempDir(), getpid());
  std::filesystem::remove_all(folder);
  base::ManualClock clock(absl::FromUnixSeconds(1'746'000'000));
  base::NoFaults faults;
  runtime::Metrics metrics;
  LiveMetrics live_metrics(metrics);
  LiveOptions options;
  auto store = CheckpointStore::Open(folder, faults);
  ASSERT_TRUE(store.ok()) << store.status();
  eventlog::InMemoryEventLog log(OnePartition(), clock);
  const auto event = [](const char* id, const char* type, const char* more) {
    return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s","type":"{}",)"
                       R"("time":"2025-04-29T00:00:00Z"{}}})",
                       id, type, more);
  };
  constexpr const char* kJob = "io.tenantry.job.submitted";
  constexpr const char* kData = R"(,"tenantid":"who","data":{"jobID":"j"})";
  const std::string rejected[] = {"",
                                  "{",
                                  "[]",
                                  "null",
                                  "\xff\xfe",
                                  std::string("\0", 1),
                                  event("1", kJob, ""),
                                  event("2", "", kData),
                                  event("3", kJob, R"(,"tenantid":"","data":{"jobID":"j"})"),
                                  event("4", kJob, R"(,"tenantid":"who","data":{"jobID":7})"),
                                  event("5", "io.tenantry.user.logged_in", R"(,"tenantid":"who")")};
  std::vector<eventlog::LogRecord> records;
  for (const std::string& value : rejected) records.push_back({"who", value});
  records.push_back({"who", "no plain form", "application/json"});
  records.push_back({"who", event("6", kJob, kData)});
  records.push_back({"who", event("6", kJob, kData)});
  records.push_back({"who", event("7", "com.example.thing", R"(,"tenantid":"who")")});
  const size_t all = records.size();
  ASSERT_TRUE(log.Append(kStream, std::move(records)).ok());
  {
    Shard shard(0, 1, **store, clock, options, live_metrics);
    ASSERT_TRUE(shard.Load({}).ok());
    shard.Start();
    LogPump pump(log, {&shard.queue()}, nullptr);
    ASSERT_TRUE(pump.Add({{kPartition, LogOffset()}}).ok());
    ASSERT_TRUE(Await([&] { return shard.Positions()[kPartition] == LogOffset(all); }));
    EXPECT_TRUE(pump.Ready().ok());
    events::CompanyRecord record;
    ASSERT_EQ(*shard.Find(base::TenantId("who"), base::ToInstant(clock.Now()), record),
              Found::kRecord);
    EXPECT_EQ(record.job30, 1u);
    pump.Stop();
  }
  const std::string text = metrics.PrometheusText();
  for (const char* line :
       {"{outcome=\"rejected\"} 12\n", "{outcome=\"repeated\"} 1\n", "{outcome=\"counted\"} 2\n"}) {
    EXPECT_NE(text.find(std::string("tenantry_activity_events_total") + line), std::string::npos)
        << line;
  }
  store->reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tenantry::activity
