#include "roles/analytics/kept_answers.h"

#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/retry_after.h"
#include "base/steady_time.h"

namespace tenantry::roles {
namespace {

TEST(KeptAnswers, MakesAnAnswerOnceForAllWhoAskMeanwhile) {
  runtime::Metrics metrics;
  KeptAnswers answers({}, metrics);
  std::atomic<int> made = 0;
  absl::Notification begun, go_on;
  const auto make = [&]() -> absl::StatusOr<std::string> {
    ++made;
    begun.Notify();
    go_on.WaitForNotification();
    return "answer";
  };
  std::thread first([&] { EXPECT_EQ(*answers.Get("key", make), "answer"); });
  begun.WaitForNotification();
  std::thread second([&] { EXPECT_EQ(*answers.Get("key", make), "answer"); });
  go_on.Notify();
  first.join();
  second.join();
  EXPECT_EQ(*answers.Get("key", make), "answer");
  EXPECT_EQ(made, 1);
  EXPECT_EQ(*answers.Get("other", [] { return std::string("another"); }), "another");
}

TEST(KeptAnswers, WorksOutTwoAtATimeAndTellsOthersToAskAgain) {
  runtime::Metrics metrics;
  KeptAnswers answers({}, metrics);
  absl::Notification begun[2], go_on;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      const auto got = answers.Get(std::to_string(i), [&]() -> absl::StatusOr<std::string> {
        begun[i].Notify();
        go_on.WaitForNotification();
        return "";
      });
      EXPECT_TRUE(got.ok());
    });
    begun[i].WaitForNotification();
  }
  const auto third = answers.Get("third", [] { return std::string(); });
  EXPECT_TRUE(absl::IsUnavailable(third.status()));
  EXPECT_TRUE(base::RetryAfterOf(third.status()).has_value());
  go_on.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(answers.Get("third", [] { return std::string(); }).ok());
}

TEST(KeptAnswers, KeepsThatOneTookTooLongButNoOtherError) {
  runtime::Metrics metrics;
  KeptAnswers answers({}, metrics);
  int asked = 0;
  const auto fail = [&](absl::Status status) {
    return [&asked, status]() -> absl::StatusOr<std::string> {
      ++asked;
      return status;
    };
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(absl::IsDataLoss(answers.Get("a", fail(absl::DataLossError("x"))).status()));
    EXPECT_TRUE(absl::IsDeadlineExceeded(
        answers.Get("b", fail(absl::DeadlineExceededError("x"))).status()));
  }
  EXPECT_EQ(asked, 3);
}

TEST(KeptAnswers, KeepsWhatGoesOnQuicklyForTheLeastTimeAlone) {
  runtime::Metrics metrics;
  AnalyticsOptions options;
  options.answer_kept_min = absl::Milliseconds(1);
  KeptAnswers answers(options, metrics);
  int asked = 0;
  const auto make = [&]() -> absl::StatusOr<std::string> {
    ++asked;
    const absl::Duration begin = base::SteadyNow();
    while (base::SteadyNow() < begin + absl::Milliseconds(asked == 1 ? 200 : 0)) continue;
    return "answer";
  };
  ASSERT_TRUE(answers.Get("a", make, KeptAnswers::Keep::kLeast).ok());
  const absl::Duration begin = base::SteadyNow();
  while (asked == 1 && base::SteadyNow() < begin + absl::Seconds(30)) {
    ASSERT_TRUE(answers.Get("a", make, KeptAnswers::Keep::kLeast).ok());
  }
  EXPECT_EQ(asked, 2);
  EXPECT_LT(base::SteadyNow() - begin, absl::Seconds(4)) << "by its cost it were kept so long";
}

TEST(KeptAnswers, WaitsKeepsAndForgetsAsTheOptionsSay) {
  runtime::Metrics metrics;
  AnalyticsOptions options;
  options.answers_kept_max = 2;
  options.answers_waiting_max = 1;
  options.answer_wait_max = absl::Milliseconds(1);
  KeptAnswers answers(options, metrics);
  absl::Notification begun, go_on;
  std::thread slow([&] {
    const auto got = answers.Get("slow", [&]() -> absl::StatusOr<std::string> {
      begun.Notify();
      go_on.WaitForNotification();
      return "";
    });
    EXPECT_TRUE(got.ok());
  });
  begun.WaitForNotification();
  const auto never = [] { return std::string("never"); };
  EXPECT_TRUE(absl::IsUnavailable(answers.Get("slow", never).status())) << "not waited for long";
  go_on.Notify();
  slow.join();
  EXPECT_NE(metrics.PrometheusText().find("tenantry_analytics_answers_refused_total 1"),
            std::string::npos);
  int made = 0;
  for (const char* key : {"a", "b", "c", "a"}) {
    EXPECT_TRUE(answers.Get(key, [&] { return std::to_string(++made); }).ok());
  }
  EXPECT_EQ(made, 4) << "others took the room of the first";
}

}  // namespace
}  // namespace tenantry::roles
