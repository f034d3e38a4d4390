#include "eventlog/merged_reader.h"

#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "base/faults.h"
#include "eventlog/twins/faulty_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"

namespace tenantry::eventlog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Lets a test act when a partition's reader is opened, or fail it.
struct ReadFaults final : base::Faults {
  absl::Status At(std::string_view point) override {
    if (point == "eventlog.read" && before_read) before_read();
    return scripted.At(point);
  }

  base::ScriptedFaults scripted;
  std::function<void()> before_read;
};

class MergedReaderTest : public testing::Test {
 protected:
  void Append(const StreamName& stream, const std::string& key, const std::string& value) {
    ASSERT_TRUE(log_.Append(stream, {{key, value}}).ok());
  }

  void AddAll() {
    for (const char* stream : {"companies", "bigdatajobs"}) {
      const auto infos = log_.Partitions(stream);
      for (const PartitionInfo& info : *infos) reader_.Add(info.id, info.begin);
    }
  }

  // What the reader gives until it ends; it must not be in trouble.
  std::vector<std::string> ReadAll() {
    std::vector<std::string> values;
    while (const auto batch = reader_.Next([](const PartitionId&, const LogOffset&,
                                              const absl::Status& why) -> std::optional<LogOffset> {
      ADD_FAILURE() << why;
      return std::nullopt;
    })) {
      for (const RecordView& record : batch->records) values.emplace_back(record.value);
    }
    return values;
  }

  base::ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  ReadFaults faults_;
  InMemoryEventLog memory_{{.kept_for = {}, .partitions = 3, .retention = absl::Hours(1)}, clock_};
  FaultyEventLog log_{memory_, faults_};
  MergedReader reader_{log_};
};

TEST_F(MergedReaderTest, GivesTheBatchesOfAllPartitionsAsTheyWereAppended) {
  AddAll();
  EXPECT_THAT(ReadAll(), IsEmpty());
  std::mt19937 random(11);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string> appended;
    for (int i = 0; i < 50; ++i) {
      appended.push_back(std::to_string(i));
      Append(random() % 2 == 0 ? "companies" : "bigdatajobs", std::to_string(random() % 9),
             appended.back());
    }
    EXPECT_EQ(ReadAll(), appended) << "round " << round;
  }
}

// A batch that comes while others are looked for.
TEST_F(MergedReaderTest, GivesNoBatchBeforeAnOlderOneThatCameDuringTheLook) {
  const PartitionId early = *log_.PartitionOf("bigdatajobs", "a");
  const PartitionId late = *log_.PartitionOf("companies", "a");
  ASSERT_LT(early, late) << "looked at in this order";
  reader_.Add(early, LogOffset());
  reader_.Add(late, LogOffset());
  // Between the look at `early`, which finds nothing, and that at `late`.
  int looks = 0;
  faults_.before_read = [&] {
    if (++looks != 2) return;
    EXPECT_TRUE(memory_.Append("bigdatajobs", {{"a", "first"}}).ok());
    EXPECT_TRUE(memory_.Append("companies", {{"a", "second"}}).ok());
  };
  EXPECT_THAT(ReadAll(), ElementsAre("first", "second"));
}

TEST_F(MergedReaderTest, EndsWhereItIsToldTo) {
  const PartitionId partition = *log_.PartitionOf("companies", "a");
  for (int i = 0; i < 6; ++i) Append("companies", "a", std::to_string(i));
  reader_.Add(partition, LogOffset(1), LogOffset(4));
  EXPECT_THAT(ReadAll(), ElementsAre("1", "2", "3"));
}

TEST_F(MergedReaderTest, LeavesOutWhatCannotBeReadUntilItIsTriedAgain) {
  const PartitionId broken = *log_.PartitionOf("companies", "a");
  const PartitionId sound = *log_.PartitionOf("bigdatajobs", "a");
  Append("companies", "a", "1");
  Append("bigdatajobs", "a", "2");
  reader_.Add(sound, LogOffset());
  reader_.Add(broken, LogOffset());
  faults_.scripted.Fail("eventlog.read", absl::UnavailableError("away"), 1);
  std::vector<std::string> given;
  std::vector<PartitionId> troubles;
  const auto on_trouble = [&](const PartitionId& partition, const LogOffset& place,
                              const absl::Status& why) -> std::optional<LogOffset> {
    EXPECT_EQ(place, LogOffset());
    EXPECT_EQ(why, absl::UnavailableError("away"));
    troubles.push_back(partition);
    return std::nullopt;
  };
  while (const auto batch = reader_.Next(on_trouble)) given.emplace_back(batch->records[0].value);
  EXPECT_THAT(given, ElementsAre("2"));
  EXPECT_THAT(troubles, ElementsAre(broken));
  reader_.Retry();
  EXPECT_THAT(ReadAll(), ElementsAre("1"));
}

TEST_F(MergedReaderTest, GoesOnElsewhereWhenToldTo) {
  const PartitionId partition = *log_.PartitionOf("companies", "a");
  for (int i = 0; i < 4; ++i) Append("companies", "a", std::to_string(i));
  reader_.Add(partition, LogOffset(1));
  clock_.Advance(absl::Hours(2));
  Append("companies", "a", "4");
  ASSERT_TRUE(memory_.SweepRetention().ok());
  std::vector<std::string> given;
  int troubles = 0;
  while (const auto batch = reader_.Next([&](const PartitionId&, const LogOffset& place,
                                             const absl::Status& why) -> std::optional<LogOffset> {
    EXPECT_EQ(place, LogOffset(1));
    EXPECT_EQ(why.code(), absl::StatusCode::kOutOfRange);
    ++troubles;
    return log_.Partitions("companies")->at(std::stoul(partition.partition)).begin;
  })) {
    given.emplace_back(batch->records[0].value);
  }
  EXPECT_THAT(given, ElementsAre("4"));
  EXPECT_EQ(troubles, 1);
}

}  // namespace
}  // namespace tenantry::eventlog
