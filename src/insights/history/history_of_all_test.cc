#include "insights/history/history_of_all.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/retry_after.h"
#include "base/status.h"
#include "base/steady_time.h"

namespace tenantry::insights {
namespace {

using events::EventType;
using events::EventView;

constexpr int64_t kMany = 1 << 30;

base::Instant DayOf(int day) { return {int64_t{20'000 + day} * base::kSecondsPerDay, 0}; }

// What happened, as an archive of flushes with a log behind it gives it: what the log gave comes
// again once it is archived.
struct HistoryOfAllTest : testing::Test {
  struct Event {
    EventType type;
    std::string id, tenant, session, data_set;
    base::Instant time;
    uint64_t bytes;
  };

  void Append(int count) {
    constexpr EventType kTypes[] = {EventType::kUserLoggedIn,   EventType::kJobSubmitted,
                                    EventType::kJobFailed,      EventType::kDataSetUpdated,
                                    EventType::kDataSetDeleted, EventType::kTenantDeleted,
                                    EventType::kTenantUpdated,  EventType::kJobSucceeded};
    const auto any = [this](uint64_t below) { return random() % below; };
    for (int i = 0; i < count; ++i) {
      base::Instant time = DayOf(-100 + static_cast<int>(any(104)));
      time.seconds += static_cast<int64_t>(any(base::kSecondsPerDay));
      taken.push_back({kTypes[any(8)], "e" + std::to_string(any(600)), "t" + std::to_string(any(5)),
                       "s" + std::to_string(any(20)), "d" + std::to_string(any(6)), time,
                       any(1000)});
    }
  }

  static absl::Status Give(const Event& event,
                           const std::function<absl::Status(const EventView&)>& take) {
    EventView view;
    view.type = event.type;
    view.id = event.id;
    view.source = "/s";
    view.tenant = event.tenant;
    view.session = event.session;
    view.data_set = event.data_set;
    view.time = event.time;
    view.bytes = event.bytes;
    view.nb_jobs = event.bytes;
    return take(view);
  }

  // A flush is ten events.
  activity::EventsReader Reader() {
    return [this](activity::EventsPlace& place, const auto& take) -> absl::Status {
      for (; place.flush < archived / 10; ++place.flush) {
        for (size_t i = 0; i < 10; ++i) {
          TENANTRY_RETURN_IF_ERROR(Give(taken[10 * place.flush + i], take));
          ++given;
        }
      }
      eventlog::LogOffset& at = place.log[{"bigdatajobs", eventlog::PartitionName("0")}];
      const size_t from = std::max(archived, std::stoul(at.text()));
      for (size_t i = from; i < taken.size(); ++i, ++given) {
        TENANTRY_RETURN_IF_ERROR(Give(taken[i], take));
      }
      at = eventlog::LogOffset(taken.size());
      return absl::OkStatus();
    };
  }

  std::string Anew(base::Instant now) {
    HistoryOfAll anew(reader, kMany, other_metrics);
    return anew.DaysJson(now, absl::InfiniteDuration()).value();
  }

  std::mt19937_64 random{7};
  std::vector<Event> taken;
  size_t archived = 0;
  size_t given = 0;
  const activity::EventsReader reader = Reader();
  runtime::Metrics metrics, other_metrics;
};

TEST_F(HistoryOfAllTest, TellsWhatOneThatBeginsAnewTells) {
  HistoryOfAll kept(reader, kMany, metrics);
  for (int round = 0; round < 60; ++round) {
    Append(static_cast<int>(random() % 30));
    if (random() % 2 == 0) archived = taken.size() / 10 * 10;
    const base::Instant now = DayOf(round / 25);
    const auto days = kept.DaysJson(now, absl::InfiniteDuration());
    ASSERT_TRUE(days.ok()) << days.status();
    ASSERT_EQ(*days, Anew(now)) << "round " << round;
  }
  EXPECT_GT(taken.size(), 500u);
}

TEST_F(HistoryOfAllTest, ReadsOnlyWhatIsNew) {
  Append(1000);
  archived = 500;
  HistoryOfAll kept(reader, kMany, metrics);
  ASSERT_TRUE(kept.DaysJson(DayOf(0), absl::InfiniteDuration()).ok());
  given = 0;
  Append(3);
  ASSERT_TRUE(kept.DaysJson(DayOf(0), absl::InfiniteDuration()).ok());
  EXPECT_EQ(given, 3u);
  EXPECT_TRUE(kept.keeps());
}

TEST_F(HistoryOfAllTest, KeepsNoMoreThanItMay) {
  Append(500);
  HistoryOfAll kept(reader, 2'000, metrics);
  for (int round = 0; round < 2; ++round) {
    given = 0;
    EXPECT_EQ(kept.DaysJson(DayOf(0), absl::InfiniteDuration()).value(), Anew(DayOf(0)));
    EXPECT_EQ(given, 1000u) << "both read all";
    EXPECT_FALSE(kept.keeps());
  }
}

TEST_F(HistoryOfAllTest, KeepsNoMoreThanItMayThoughItsTimeWasOver) {
  Append(3000);
  HistoryOfAll kept(reader, 2'000, metrics);
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(kept.DaysJson(DayOf(0), -absl::InfiniteDuration()).status()));
  EXPECT_FALSE(kept.keeps());
}

TEST_F(HistoryOfAllTest, GoesOnWhereItsTimeWasOver) {
  Append(3000);
  archived = 3000;
  HistoryOfAll kept(reader, kMany, metrics);
  const auto late = kept.DaysJson(DayOf(0), -absl::InfiniteDuration());
  EXPECT_TRUE(absl::IsDeadlineExceeded(late.status())) << late.status();
  const size_t before = given;
  EXPECT_GT(before, 900u);
  EXPECT_EQ(kept.DaysJson(DayOf(0), absl::InfiniteDuration()).value(), Anew(DayOf(0)));
  EXPECT_LT(given - before, 3000u + 2200u);
}

TEST_F(HistoryOfAllTest, OneWhoComesMeanwhileWaitsNoLongerThanItMay) {
  Append(10);
  HistoryOfAll* other = nullptr;
  absl::Status refused;
  const activity::EventsReader asks_again = [&](auto& place, const auto& take) {
    refused = other->DaysJson(DayOf(0), base::SteadyNow()).status();
    return reader(place, take);
  };
  HistoryOfAll kept(asks_again, kMany, metrics);
  other = &kept;
  EXPECT_TRUE(kept.DaysJson(DayOf(0), absl::InfiniteDuration()).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(refused)) << refused;
}

TEST_F(HistoryOfAllTest, EndsWhenItIsStopped) {
  Append(10);
  HistoryOfAll kept(reader, kMany, metrics);
  kept.Stop();
  const absl::Status refused = kept.DaysJson(DayOf(0), absl::InfiniteDuration()).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_TRUE(base::RetryAfterOf(refused).has_value());
}

}  // namespace
}  // namespace tenantry::insights
