#include "roles/ingest/stream_follower.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "eventlog/twins/forwarding_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "roles/ingest/stream_cursor.h"

namespace tenantry::roles {
namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(15);

// A log that notes how long is waited, for what: for news of so many partitions, or in one of them.
class WaitsNotedLog final : public eventlog::ForwardingEventLog {
 public:
  explicit WaitsNotedLog(eventlog::EventLog& log) : ForwardingEventLog(log) {}

  struct {
    std::vector<size_t> partitions;
    absl::Duration longest_for_all, longest_in_one;
  } noted;

  absl::StatusOr<std::unique_ptr<eventlog::LogReader>> Read(
      const eventlog::PartitionId& partition, const eventlog::LogOffset& from) override {
    return std::make_unique<Reader>(*this, *ForwardingEventLog::Read(partition, from));
  }
  absl::Status AwaitNews(const eventlog::LogPositions& p, absl::Duration wait) override {
    noted.partitions.push_back(p.size());
    noted.longest_for_all = std::max(noted.longest_for_all, wait);
    return ForwardingEventLog::AwaitNews(p, wait);
  }

 private:
  class Reader final : public eventlog::LogReader {
   public:
    Reader(WaitsNotedLog& log, std::unique_ptr<LogReader> reader)
        : log_(log), reader_(std::move(reader)) {}
    absl::StatusOr<eventlog::LogBatch> Next(absl::Duration wait) override {
      log_.noted.longest_in_one = std::max(log_.noted.longest_in_one, wait);
      return reader_->Next(wait);
    }
    void Close() override { reader_->Close(); }

   private:
    WaitsNotedLog& log_;
    std::unique_ptr<LogReader> reader_;
  };
};

class StreamFollowerTest : public testing::Test, public net::StreamWriter {
 protected:
  // The reader goes away after so many writes.
  absl::Status Write(std::string_view bytes) override {
    written_.emplace_back(bytes);
    on_write_();
    return Cancelled() ? absl::CancelledError("gone") : absl::OkStatus();
  }
  bool Cancelled() const override { return written_.size() >= writes_max_; }

  // Follows the stream as `acme` from its end.
  void Follow() {
    const eventlog::PartitionId own = *log_.PartitionOf("bigdatajobs", "acme");
    net::SseWriter writer(*this, clock_, kHeartbeat);
    StreamFollower follower(log_, {{own, End()}}, base::TenantId("acme"), [this] {
      on_turn_();
      return absl::OkStatus();
    });
    EXPECT_TRUE(absl::IsCancelled(follower.Run(writer)));
  }
  eventlog::LogOffset End() {
    const eventlog::PartitionId own = *log_.PartitionOf("bigdatajobs", "acme");
    const auto partitions = *log_.Partitions("bigdatajobs");
    for (const auto& partition : partitions) {
      if (partition.id == own) return partition.end;
    }
    return {};
  }
  std::string PlaceText() {
    return net::FormatSsePlace(ShowCursor({{*log_.PartitionOf("bigdatajobs", "acme"), End()}}));
  }
  // A record of another tenant in acme's partition.
  void AppendForeign() {
    const auto own = *log_.PartitionOf("bigdatajobs", "acme");
    for (int i = 0;; ++i) {
      const std::string name = "other" + std::to_string(i);
      if (*log_.PartitionOf("bigdatajobs", name) != own) continue;
      ASSERT_TRUE(log_.Append("bigdatajobs", {{name, "{}"}}).ok());
      return;
    }
  }

  base::ManualClock clock_{absl::FromUnixSeconds(1'000'000)};
  eventlog::InMemoryEventLog log_{{}, clock_};
  size_t writes_max_ = 1;
  std::vector<std::string> written_;
  std::function<void()> on_write_ = [] {};
  std::function<void()> on_turn_ = [] {};
};

TEST_F(StreamFollowerTest, SaysAtOnceWhereToComeBackTo) {
  AppendForeign();
  const std::string place = PlaceText();
  Follow();
  EXPECT_EQ(written_, std::vector<std::string>{place});
}

TEST_F(StreamFollowerTest, MovesThePlaceOnWhileOnlyOthersRecordsPass) {
  writes_max_ = 3;
  const std::string first = PlaceText();
  // There is news in every turn, and none of it for this reader.
  on_turn_ = [this] {
    AppendForeign();
    clock_.Advance(kHeartbeat / 2);
  };
  Follow();
  ASSERT_EQ(written_.size(), 3u);
  EXPECT_EQ(written_[0], first);
  EXPECT_TRUE(written_[1].starts_with("id: ")) << written_[1];
  EXPECT_NE(written_[1], written_[0]);
  EXPECT_NE(written_[2], written_[1]);
}

// Else an event would wait for every quiet partition before its own.
TEST_F(StreamFollowerTest, WaitsForAllPartitionsAtOnceAndInNoneOfThem) {
  WaitsNotedLog log(log_);
  eventlog::LogPositions ends;
  const auto partitions = *log_.Partitions("bigdatajobs");
  for (const auto& partition : partitions) ends[partition.id] = partition.end;
  ASSERT_GT(ends.size(), 1u);
  writes_max_ = 3;  // the place, the event, a heartbeat
  int turns = 0;
  StreamFollower follower(log, ends, std::nullopt, [&] {
    if (++turns == 2) {
      EXPECT_TRUE(log.Append("bigdatajobs", {{"acme", "{}"}}).ok());
    }
    if (turns == 3) clock_.Advance(kHeartbeat);
    return absl::OkStatus();
  });
  net::SseWriter writer(*this, clock_, kHeartbeat);
  EXPECT_TRUE(absl::IsCancelled(follower.Run(writer)));
  EXPECT_EQ(log.noted.partitions, std::vector<size_t>(log.noted.partitions.size(), ends.size()));
  EXPECT_GT(log.noted.longest_for_all, absl::ZeroDuration());
  EXPECT_EQ(log.noted.longest_in_one, absl::ZeroDuration());
}

}  // namespace
}  // namespace tenantry::roles
