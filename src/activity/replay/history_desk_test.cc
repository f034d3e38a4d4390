#include "activity/replay/history_desk.h"

#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/retry_after.h"
#include "base/status.h"

namespace tenantry::activity {
namespace {

using Answer = absl::StatusOr<std::shared_ptr<const HistoryDesk::Records>>;

base::Instant Noon(std::string_view day) {
  return {int64_t{*base::ParseDay(day)} * base::kSecondsPerDay + base::kSecondsPerDay / 2, 0};
}

// A history of one job of acme and one of other, whose reading can be held up.
class HistoryDeskTest : public testing::Test {
 protected:
  HistoryDeskTest() {
    options_.history_scans_max = 1;
    options_.history_waiting_max = 1;
    options_.history_wait = absl::Seconds(30);
  }

  absl::Status Read(
      const std::optional<base::TenantId>& tenant,
      const std::function<absl::Status(const eventlog::PartitionId&, const PlacedRecord&)>& take) {
    ++readings_;
    begun_.store(true);
    if (held_up_) go_on_.WaitForNotification();
    for (const std::string name : {"acme", "other"}) {
      if (tenant && tenant->value() != name) continue;
      const std::string job = fmt::format(
          R"({{"specversion":"1.0","id":"1","source":"/s","type":"io.tenantry.job.submitted",)"
          R"("time":"2025-05-01T00:00:00Z","tenantid":"{}","data":{{}}}})",
          name);
      const PlacedRecord placed = {{name, job, eventlog::kUsualContentType},
                                   eventlog::LogOffset(uint64_t{0}),
                                   absl::UnixEpoch()};
      for (int i = 0; i < copies_; ++i) {
        TENANTRY_RETURN_IF_ERROR(take({"bigdatajobs", "0"}, placed));
      }
    }
    return absl::OkStatus();
  }

  Answer Ask(std::string_view day, const std::optional<base::TenantId>& tenant = std::nullopt) {
    return desk_.Get(tenant, Noon(day));
  }
  std::thread AskInThread(std::string_view day, Answer& answer) {
    return std::thread([this, day, &answer] { answer = Ask(day); });
  }
  void AwaitBegun() const {
    while (!begun_.load()) std::this_thread::yield();
  }
  void AwaitWaiting(double callers) const {
    while (metrics_.history_waiting.value() != callers) std::this_thread::yield();
  }

  runtime::Metrics registry_;
  LiveMetrics metrics_{registry_};
  LiveOptions options_;
  bool held_up_ = false;
  int copies_ = 1;
  absl::Notification go_on_;
  std::atomic<bool> begun_ = false;
  std::atomic<int> readings_ = 0;
  std::atomic<uint64_t> change_ = 0;
  const HistoryReader history_ = [this](const auto& tenant, const auto& take) {
    return Read(tenant, take);
  };
  const EventsReader no_events_;
  HistoryDesk desk_{{history_, no_events_},
                    [this](const std::optional<base::TenantId>& tenant, base::Day) {
                      return tenant && tenant->value() == "other" ? 0 : change_.load();
                    },
                    options_,
                    metrics_};
};

TEST_F(HistoryDeskTest, SharesOneReadingOfADay) {
  held_up_ = true;
  Answer first = absl::UnknownError(""), second = first;
  std::thread one = AskInThread("2025-05-02", first);
  AwaitBegun();
  std::thread two = AskInThread("2025-05-02", second);
  AwaitWaiting(1);
  go_on_.Notify();
  one.join();
  two.join();
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->get(), second->get());
  EXPECT_EQ((*first)->size(), 2u);
  EXPECT_EQ(readings_, 1);
}

TEST_F(HistoryDeskTest, RefusesAtOnceWhoFindsNoPlaceToWait) {
  held_up_ = true;
  Answer first = absl::UnknownError(""), second = first;
  std::thread one = AskInThread("2025-05-02", first);
  AwaitBegun();
  std::thread two = AskInThread("2025-05-03", second);
  AwaitWaiting(1);
  for (const std::string_view day : {"2025-05-02", "2025-05-03", "2025-05-04"}) {
    const Answer third = Ask(day);
    EXPECT_TRUE(absl::IsUnavailable(third.status())) << third.status();
    EXPECT_TRUE(base::RetryAfterOf(third.status()).has_value());
  }
  EXPECT_EQ(metrics_.history_refused.value(), 3);
  go_on_.Notify();
  one.join();
  two.join();
  EXPECT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(readings_, 2);
  EXPECT_TRUE(Ask("2025-05-04").ok()) << "there is room again";
}

TEST_F(HistoryDeskTest, WaitsForAPlaceNoLongerThanToldTo) {
  held_up_ = true;
  options_.history_wait = absl::Milliseconds(1);
  Answer first = absl::UnknownError("");
  std::thread one = AskInThread("2025-05-02", first);
  AwaitBegun();
  const Answer second = Ask("2025-05-03");
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_TRUE(base::RetryAfterOf(second.status()).has_value());
  go_on_.Notify();
  one.join();
  EXPECT_TRUE(first.ok()) << first.status();
}

TEST_F(HistoryDeskTest, KeepsAnswersUntilAnEventChangesThem) {
  ASSERT_TRUE(Ask("2025-05-02").ok());
  EXPECT_EQ((*Ask("2025-05-02"))->size(), 2u);
  const Answer other = Ask("2025-05-02", base::TenantId("other"));
  EXPECT_EQ(readings_, 1) << "one tenant is among all";
  EXPECT_EQ(metrics_.history_kept_answers.value(), 2);
  ++change_;
  EXPECT_TRUE(Ask("2025-05-02").ok());
  EXPECT_EQ(readings_, 2);
  EXPECT_EQ((*Ask("2025-04-30"))->size(), 0u) << "another day is another answer";
  EXPECT_EQ(readings_, 3);
}

TEST_F(HistoryDeskTest, KeepsATenantsAnswerWhateverOthersDo) {
  ASSERT_EQ((*Ask("2025-05-02", base::TenantId("other")))->size(), 1u);
  ++change_;  // of acme
  EXPECT_EQ((*Ask("2025-05-02", base::TenantId("other")))->size(), 1u);
  EXPECT_EQ(readings_, 1);
  EXPECT_EQ((*Ask("2025-05-02"))->size(), 2u) << "one tenant's answer is none for all";
}

TEST_F(HistoryDeskTest, KeepsNoMoreBytesThanAllowed) {
  ASSERT_TRUE(Ask("2025-05-02").ok());
  const auto bytes = static_cast<int64_t>(metrics_.history_kept_bytes.value());
  EXPECT_GT(bytes, 0);
  options_.history_kept_bytes_max = 2 * bytes;
  ASSERT_TRUE(Ask("2025-05-03").ok());
  ASSERT_TRUE(Ask("2025-05-02").ok());
  ASSERT_TRUE(Ask("2025-05-04").ok());  // in place of the third, which was not used for longest
  EXPECT_EQ(metrics_.history_kept_bytes.value(), static_cast<double>(2 * bytes));
  readings_ = 0;
  ASSERT_TRUE(Ask("2025-05-02").ok());
  EXPECT_EQ(readings_, 0);
  ASSERT_TRUE(Ask("2025-05-03").ok());
  EXPECT_EQ(readings_, 1);
}

TEST_F(HistoryDeskTest, SaysThatReadingTookTooLongAndWhenToTryAgain) {
  options_.history_timeout = -absl::Seconds(1);
  copies_ = 2000;
  const Answer answer = Ask("2025-05-02");
  EXPECT_TRUE(absl::IsDeadlineExceeded(answer.status())) << answer.status();
  EXPECT_TRUE(base::RetryAfterOf(answer.status()).has_value());
  EXPECT_NE(base::Message(answer.status()).find("one tenant"), std::string_view::npos);
  options_.history_timeout = absl::Seconds(60);
  EXPECT_TRUE(Ask("2025-05-02").ok()) << "what failed is not kept";
}

TEST_F(HistoryDeskTest, TellsToAskAgainOnceItIsStopped) {
  desk_.Stop();
  const Answer answer = Ask("2025-05-02");
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_TRUE(base::RetryAfterOf(answer.status()).has_value());
}

TEST(LiveOptions, RefusesWaitsThatLastLongerThanARequestMay) {
  LiveOptions options;
  EXPECT_TRUE(options.Check(absl::Seconds(60)).ok()) << "the default of net.request_timeout";
  options.history_timeout = absl::Seconds(60);
  const absl::Status status = options.Check(absl::Seconds(60));
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_NE(base::Message(status).find("net.request_timeout"), std::string_view::npos);
}

TEST(LiveOptions, HoldsNoMoreThreadsThanAllowed) {
  const auto held = [](int64_t scans, int64_t waiting, int64_t callers) {
    LiveOptions options;
    options.history_scans_max = scans;
    options.history_waiting_max = waiting;
    options.HoldAtMost(callers);
    return std::pair(options.history_scans_max, options.history_waiting_max);
  };
  EXPECT_EQ(held(1, 3, 4), std::pair(int64_t{1}, int64_t{3}));
  EXPECT_EQ(held(2, 100, 4), std::pair(int64_t{2}, int64_t{2}));
  EXPECT_EQ(held(64, 100, 4), std::pair(int64_t{4}, int64_t{0}));
  EXPECT_EQ(held(1, 3, 0), std::pair(int64_t{1}, int64_t{0}));
}

}  // namespace
}  // namespace tenantry::activity
