#include "activity/replay/replay.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "activity/state/event_lines_testing.h"
#include "base/status.h"
#include "runtime/disk/output_file.h"

namespace tenantry::activity {
namespace {

constexpr uint64_t kSeed = 7;

class ReplayTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "replay_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::vector<std::string>& lines) {
    const std::string path = folder_ + "/" + name;
    std::ofstream file(path, std::ios::binary);
    for (const std::string& line : lines) file << line << "\n";
    return path;
  }

  static std::string Records(const Replay& replay) {
    std::string text;
    for (const auto& record : replay.Records()) text += events::ToJson(record, false) + "\n";
    return text;
  }

  static void Compress(const std::string& path, const std::vector<std::string>& lines) {
    std::ostringstream nowhere;
    auto file = runtime::OutputFile::Open(path, nowhere);
    ASSERT_TRUE(file.ok());
    for (const std::string& line : lines) ASSERT_TRUE((*file)->WriteLine(line).ok());
    ASSERT_TRUE((*file)->Commit().ok());
  }

  std::string folder_;
  std::istringstream nothing_;
};

TEST_F(ReplayTest, CountsAcceptedRepeatedAndRejectedLines) {
  const std::vector<std::string> lines = EventLines(kSeed).Take(5);
  Replay replay(std::nullopt);
  std::istringstream input(lines[0] + "\r\n\n \t\v\f\r\n" + lines[0] + "\n{}\nnull\n\xff\n" +
                           lines[1]);
  ASSERT_TRUE(replay.ReadFile("-", input).ok());
  EXPECT_EQ(replay.counts().events, 2u);
  EXPECT_EQ(replay.counts().repeated, 1u);
  EXPECT_EQ(replay.counts().rejected, 3u);
}

TEST_F(ReplayTest, ReadsTheSameFromPlainAndCompressedFilesAndLines) {
  EventLines source(kSeed);
  std::vector<std::string> lines = source.Take(5000);
  lines[2500].insert(1, std::string(3 << 20, ' '));  // longer than several blocks
  const std::string path = Write("events.ndjson", lines);
  Compress(path + ".gz", lines);
  Replay plain(std::nullopt), compressed(std::nullopt), single(std::nullopt);
  ASSERT_TRUE(plain.ReadFile(path, nothing_).ok());
  ASSERT_TRUE(compressed.ReadFile(path + ".gz", nothing_).ok());
  for (const std::string& line : lines) single.ReadLine(line);
  EXPECT_EQ(single.Records().size(), 4u);
  EXPECT_EQ(Records(plain), Records(single));
  EXPECT_EQ(Records(compressed), Records(single));
  EXPECT_EQ(plain.counts().events, single.counts().events);
  EXPECT_EQ(plain.as_of(), single.as_of());
}

TEST_F(ReplayTest, SaysWhatIsWrongWithAFile) {
  Replay replay(std::nullopt);
  EXPECT_EQ(replay.ReadFile(folder_ + "/none", nothing_).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(replay.ReadFile(folder_ + "/none.gz", nothing_).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(replay.ReadFile(folder_, nothing_).code(), absl::StatusCode::kInvalidArgument);
  const absl::Status plain = replay.ReadFile(Write("plain.gz", {"{}"}), nothing_);
  EXPECT_EQ(plain, base::DataLoss("{}/plain.gz is no gzip file", folder_));
  EXPECT_TRUE(replay.ReadFile(Write("empty.gz", {}), nothing_).ok());
  const std::string path = folder_ + "/cut.gz";
  Compress(path, EventLines(kSeed).Take(1000));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const absl::Status cut = replay.ReadFile(path, nothing_);
  EXPECT_EQ(cut.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(base::Message(cut).find("cut.gz"), std::string::npos);
}

TEST_F(ReplayTest, GoesOnFromASavedState) {
  EventLines source(kSeed);
  const std::vector<std::string> lines = source.Take(3000);
  Replay whole(std::nullopt);
  for (const std::string& line : lines) whole.ReadLine(line);
  const std::string state = folder_ + "/state";
  for (size_t part = 0; part < 3; ++part) {
    Replay replay(std::nullopt);
    ASSERT_TRUE(replay.LoadState(state).ok());
    for (size_t i = part * 1000; i < (part + 1) * 1000; ++i) replay.ReadLine(lines[i]);
    ASSERT_TRUE(replay.SaveState(state).ok());
    if (part < 2) continue;
    EXPECT_EQ(Records(replay), Records(whole));
    EXPECT_EQ(replay.counts().events, whole.counts().events);
    EXPECT_EQ(replay.counts().repeated, whole.counts().repeated);
    EXPECT_EQ(replay.as_of(), whole.as_of());
  }
}

TEST_F(ReplayTest, KeepsEventsAfterTheAsOfDayInTheState) {
  const std::vector<std::string> lines = EventLines(kSeed).Take(2000);
  const base::Instant early{20'060 * base::kSecondsPerDay, 0};
  Replay cut(early), whole(std::nullopt), back(early);
  for (const std::string& line : lines) {
    cut.ReadLine(line);
    whole.ReadLine(line);
  }
  EXPECT_NE(Records(cut), Records(whole));
  const std::string state = folder_ + "/state";
  ASSERT_TRUE(cut.SaveState(state).ok());
  {
    Replay next(std::nullopt);
    ASSERT_TRUE(next.LoadState(state).ok());
    EXPECT_EQ(Records(next), Records(whole));
    ASSERT_TRUE(next.SaveState(state).ok());
  }
  const absl::Status refused = back.LoadState(state);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(refused.message().find("days after --as-of"), std::string::npos) << refused;
}

TEST_F(ReplayTest, KeepsTheStateFromAnotherReplayUntilItsEnd) {
  const std::string state = folder_ + "/state";
  {
    Replay first(std::nullopt), second(std::nullopt);
    ASSERT_TRUE(first.LoadState(state).ok());
    const absl::Status refused = second.LoadState(state);
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_NE(refused.message().find("in use by another process"), std::string::npos) << refused;
  }
  EXPECT_TRUE(Replay(std::nullopt).LoadState(state).ok());
}

TEST_F(ReplayTest, RefusesADamagedState) {
  Replay replay(std::nullopt);
  for (const std::string& line : EventLines(kSeed).Take(500)) replay.ReadLine(line);
  const std::string state = folder_ + "/state", path = state + "/replay_state";
  ASSERT_TRUE(replay.SaveState(state).ok());
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string good = bytes.str();
  EventLines random(kSeed);
  for (int i = 0; i < 200; ++i) {
    std::string bad = good;
    if (i % 2 == 0) {
      bad.resize(random.Below(bad.size()));
    } else {
      bad[random.Below(bad.size())] ^= static_cast<char>(1 << random.Below(8));
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
    EXPECT_EQ(Replay(std::nullopt).LoadState(state).code(), absl::StatusCode::kDataLoss) << i;
  }
}

}  // namespace
}  // namespace tenantry::activity
