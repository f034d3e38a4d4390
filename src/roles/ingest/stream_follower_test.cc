#include "roles/ingest/stream_follower.h"

#include <gtest/gtest.h>

#include "eventlog/twins/in_memory_event_log.h"
#include "roles/ingest/stream_cursor.h"

namespace tenantry::roles {
namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(15);

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

}  // namespace
}  // namespace tenantry::roles
