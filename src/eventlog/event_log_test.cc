#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "base/faults.h"
#include "contract/event_log_contract.h"
#include "contract/event_log_following_contract.h"
#include "contract/event_log_retention_contract.h"
#include "eventlog/batch_codec.h"
#include "eventlog/rocksdb/rocksdb_event_log.h"
#include "eventlog/rocksdb/rocksdb_store.h"
#include "eventlog/twins/faulty_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"

namespace tenantry::eventlog {
namespace {

std::string FreshFolder(const std::string& name) {
  const std::string path = testing::TempDir() + "/event_log_" + name + std::to_string(getpid());
  std::filesystem::remove_all(path);
  return path;
}

class InMemory final : public LogUnderTest {
 public:
  InMemory(const EventLogOptions& options, base::ManualClock& clock) : log_(options, clock) {}
  EventLog& log() override { return log_; }
  absl::Status Sweep() override { return log_.SweepRetention(); }

 private:
  InMemoryEventLog log_;
};

class Faultless final : public LogUnderTest {
 public:
  Faultless(const EventLogOptions& options, base::ManualClock& clock)
      : inner_(options, clock), log_(inner_, faults_) {}
  EventLog& log() override { return log_; }
  absl::Status Sweep() override { return inner_.SweepRetention(); }

 private:
  base::NoFaults faults_;
  InMemoryEventLog inner_;
  FaultyEventLog log_;
};

class OnRocksDb final : public LogUnderTest {
 public:
  OnRocksDb(const EventLogOptions& options, base::ManualClock& clock)
      : folder_(FreshFolder("contract")) {
    auto opened = RocksDbEventLog::Open(folder_, options, clock, faults_, metrics_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }
  ~OnRocksDb() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }
  EventLog& log() override { return *log_; }
  absl::Status Sweep() override { return log_->SweepRetention(); }

 private:
  const std::string folder_;
  base::NoFaults faults_;
  runtime::Metrics metrics_;
  std::unique_ptr<RocksDbEventLog> log_;
};

template <typename Kind>
MakeLog Make() {
  return [](const EventLogOptions& options, base::ManualClock& clock) {
    return std::make_unique<Kind>(options, clock);
  };
}

INSTANTIATE_TEST_SUITE_P(InMemory, EventLogContract, testing::Values(Make<InMemory>()));
INSTANTIATE_TEST_SUITE_P(Faulty, EventLogContract, testing::Values(Make<Faultless>()));
INSTANTIATE_TEST_SUITE_P(RocksDb, EventLogContract, testing::Values(Make<OnRocksDb>()));

class RocksDbEventLogTest : public testing::Test {
 protected:
  RocksDbEventLogTest()
      : folder_(FreshFolder(testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~RocksDbEventLogTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::unique_ptr<RocksDbEventLog>> Open() {
    return RocksDbEventLog::Open(folder_, options_, clock_, faults_, metrics_);
  }

  const std::string folder_;
  EventLogOptions options_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  base::ScriptedFaults faults_;
  runtime::Metrics metrics_;
};

TEST_F(RocksDbEventLogTest, KeepsRecordsPositionsAndPlacesWhenReopened) {
  const PartitionId partition{"companies", "0"};
  uint64_t end = 0;
  {
    auto log = *Open();
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(log->Append("companies", {{"k" + std::to_string(i), "v"}}).ok());
    }
    ASSERT_TRUE(log->Commit("reader", {{partition, LogOffset(3)}}, 0).ok());
    end = (*log->Partitions("companies"))[0].end.number();
    EXPECT_GT(end, 5u);
  }
  auto log = *Open();
  EXPECT_EQ((*log->Partitions("companies"))[0].end, LogOffset(end));
  EXPECT_EQ(log->Committed("reader")->at(partition), LogOffset(3));
}

TEST_F(RocksDbEventLogTest, RefusesASecondOwnerAndOtherPartitions) {
  {
    auto log = *Open();
    EXPECT_TRUE(absl::IsFailedPrecondition(Open().status()));
  }
  options_.partitions = 7;
  const absl::Status refused = Open().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_NE(refused.message().find("eventlog.partitions to 4"), absl::string_view::npos);
}

TEST_F(RocksDbEventLogTest, StopsForGoodAfterAFailedWrite) {
  auto log = *Open();
  faults_.Fail("eventlog.write", absl::UnavailableError("planted"));
  EXPECT_FALSE(log->Append("companies", {{"k", "lost"}}).ok());
  EXPECT_TRUE(absl::IsUnavailable(log->Append("companies", {{"k", "refused"}})));
  EXPECT_FALSE(log->Ready().ok());
}

TEST_F(RocksDbEventLogTest, TakesNothingMoreThatWaitedBehindAFailedWrite) {
  auto log = *Open();
  faults_.Fail("eventlog.write", absl::UnavailableError("planted"));
  std::vector<std::thread> threads;
  std::atomic<int> taken = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) taken += log->Append("companies", {{"k", "v"}}).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 0);
  EXPECT_EQ(faults_.Visits("eventlog.write"), 1);
  EXPECT_TRUE(absl::IsUnavailable(log->Commit("c", {}, 0)));
}

TEST_F(RocksDbEventLogTest, GoesOnAfterTheDiskWasFull) {
  auto log = *Open();
  faults_.Fail("eventlog.room", absl::ResourceExhaustedError("planted"));
  EXPECT_TRUE(absl::IsResourceExhausted(log->Append("companies", {{"k", "refused"}})));
  EXPECT_TRUE(log->Append("companies", {{"k", "taken"}}).ok());
  EXPECT_TRUE(log->Ready().ok());
}

TEST_F(RocksDbEventLogTest, TakesNothingWhereTheDiskHasLessFreeThanIsKept) {
  options_.free_bytes_min = int64_t{1} << 60;
  auto log = *Open();
  const absl::Status refused = log->Append("companies", {{"k", "refused"}});
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_NE(refused.message().find("eventlog.free_bytes_min"), absl::string_view::npos);
  EXPECT_TRUE(absl::IsResourceExhausted(log->Ready()));
  EXPECT_TRUE(absl::IsResourceExhausted(log->Commit("c", {}, 0)));
  log.reset();
  options_.free_bytes_min = options_.memory_bytes_max;
  log = *Open();
  EXPECT_TRUE(log->Append("companies", {{"k", "taken"}}).ok());
  EXPECT_EQ((*log->Partitions("companies")).size(), 4u);
}

// What is acknowledged is moved to files later: a full disk must leave room for it.
TEST_F(RocksDbEventLogTest, WantsToKeepAsMuchFreeAsItHoldsInMemory) {
  options_.free_bytes_min = options_.memory_bytes_max - 1;
  const absl::Status refused = Open().status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_NE(refused.message().find("eventlog.free_bytes_min"), absl::string_view::npos) << refused;
}

TEST_F(RocksDbEventLogTest, CountsOnlyWhatWasWritten) {
  auto log = *Open();
  faults_.Fail("eventlog.room", absl::ResourceExhaustedError("planted"));
  EXPECT_FALSE(log->Append("companies", {{"k", "refused"}}).ok());
  EXPECT_TRUE(log->Append("companies", {{"k", "taken"}}).ok());
  const std::string text = metrics_.PrometheusText();
  EXPECT_NE(text.find("tenantry_eventlog_records_total 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("tenantry_eventlog_commit_groups_total 1\n"), std::string::npos);
  EXPECT_NE(text.find("tenantry_eventlog_append_failures_total 1\n"), std::string::npos);
}

// Looks at the metrics while an append is made durable.
struct MetricsLook final : base::Faults {
  absl::Status At(std::string_view point) override {
    if (point == "eventlog.append") text = metrics->PrometheusText();
    return absl::OkStatus();
  }

  runtime::Metrics* metrics = nullptr;
  std::string text;
};

TEST_F(RocksDbEventLogTest, TellsHowManyAppendsWait) {
  MetricsLook look;
  look.metrics = &metrics_;
  auto log = *RocksDbEventLog::Open(folder_, options_, clock_, look, metrics_);
  ASSERT_TRUE(log->Append("companies", {{"k", "v"}}).ok());
  EXPECT_NE(look.text.find("tenantry_eventlog_append_queue 1\n"), std::string::npos) << look.text;
  EXPECT_NE(metrics_.PrometheusText().find("tenantry_eventlog_append_queue 0\n"),
            std::string::npos);
}

uint64_t BytesIn(const std::string& folder) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code gone;
    const uint64_t size = entry.file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

TEST_F(RocksDbEventLogTest, GivesTheDiskBackWhatRetentionDrops) {
  options_.memory_bytes_max = 1 << 20;
  auto log = *Open();
  std::mt19937_64 random(1);  // bytes that don't compress
  for (int i = 0; i < 200; ++i) {
    std::string value(100'000, ' ');
    for (char& c : value) c = static_cast<char>(random());
    ASSERT_TRUE(log->Append("companies", {{"k" + std::to_string(i), value}}).ok());
  }
  const uint64_t before = BytesIn(folder_);
  clock_.Advance(options_.retention + absl::Seconds(1));
  ASSERT_TRUE(log->SweepRetention().ok());
  EXPECT_LT(BytesIn(folder_), before / 4) << before << " bytes before";
}

// Root may write everywhere: a child gives that up.
TEST_F(RocksDbEventLogTest, SaysThatItMayNotWriteRatherThanThatAnotherDoes) {
  std::filesystem::create_directories(folder_);
  const pid_t child = fork();
  if (child == 0) {
    std::filesystem::permissions(folder_, std::filesystem::perms(0555));
    if (getuid() == 0 && setuid(65534) != 0) _exit(2);
    _exit(absl::IsPermissionDenied(Open().status()) ? 0 : 1);
  }
  int result = 0;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));
  EXPECT_TRUE(WIFEXITED(result) && WEXITSTATUS(result) == 0) << result;
}

// What stands in the store otherwise than it was written, as no checksum tells.
TEST_F(RocksDbEventLogTest, NeitherPassesOverAMissingBatchNorGoesBack) {
  const PartitionId partition{"companies", "0"};
  options_.partitions = 1;
  {
    auto log = *Open();
    for (int i = 0; i < 9; ++i) {
      if (i == 6) clock_.Advance(absl::Hours(1));
      ASSERT_TRUE(log->Append("companies", {{"k", "v"}}).ok());
    }
  }
  {
    auto store = *OpenStore(folder_, options_, nullptr);
    for (const uint64_t first : {3, 4, 5}) {
      ASSERT_TRUE(store->Delete(rocksdb::WriteOptions(), BatchKey(partition, first)).ok());
    }
  }
  auto log = *Open();
  auto reader = *log->Read(partition, LogOffset(2));
  EXPECT_TRUE(reader->Next(absl::ZeroDuration()).ok());
  EXPECT_TRUE(absl::IsDataLoss(reader->Next(absl::ZeroDuration()).status()));
  EXPECT_TRUE(absl::IsDataLoss(reader->Next(absl::ZeroDuration()).status()));
  for (const uint64_t place : {4, 5}) {
    auto inside = *log->Read(partition, LogOffset(place));
    EXPECT_TRUE(absl::IsDataLoss(inside->Next(absl::ZeroDuration()).status())) << place;
  }
  EXPECT_TRUE((*log->Read(partition, LogOffset(6)))->Next(absl::ZeroDuration()).ok());
  EXPECT_TRUE(absl::IsDataLoss(log->OffsetAt(partition, clock_.Now()).status()))
      << "and the search ends";
}

TEST(BatchCodec, DetectsEveryFlippedByte) {
  const PartitionId partition{"companies", "1"};
  const std::vector<LogRecord> records = {{"k", "value one"}, {"k2", "two", "text/x"}};
  const std::string bytes = EncodeBatch(partition, 7, absl::FromUnixSeconds(1), records);
  ASSERT_TRUE(DecodeBatch(partition, 7, bytes).ok());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_TRUE(absl::IsDataLoss(DecodeBatch(partition, 7, flipped).status())) << i;
    }
    EXPECT_TRUE(absl::IsDataLoss(DecodeBatch(partition, 7, bytes.substr(0, i)).status()));
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeBatch(partition, 8, bytes).status()));
}

TEST(LogOffset, OrdersAndAddsNumbersOfAnyLength) {
  EXPECT_LT(LogOffset(9), LogOffset(10));
  const LogOffset long_one = *LogOffset::Parse("99999999999999999999999999999");
  EXPECT_LT(LogOffset(UINT64_MAX), long_one);
  EXPECT_EQ(long_one.Plus(1).text(), "100000000000000000000000000000");
  EXPECT_EQ(LogOffset::Parse("49598630142999655949899443842509554952738656579378741250")
                ->Plus(12345678901)
                .text(),
            "49598630142999655949899443842509554952738656591724420151");
  for (const char* wrong : {"", "x", "-1", "01", " 1"}) {
    EXPECT_FALSE(LogOffset::Parse(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace tenantry::eventlog
