#include "metastore/outbox.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <thread>

#include "metastore/store_test_env.h"

namespace tenantry::metastore {
namespace {

// A log that keeps what it is given, and may refuse.
class Log {
 public:
  OutboxSink Sink() {
    return [this](const std::string& stream, const std::vector<OutboxEvent>& events) {
      absl::MutexLock lock(&mutex_);
      if (refusals_ > 0 && --refusals_ >= 0) return absl::UnavailableError("planted");
      for (const OutboxEvent& event : events) {
        EXPECT_EQ(event.stream, stream);
        appended_.push_back(event);
      }
      batches_.push_back(events.size());
      return absl::OkStatus();
    };
  }
  void Refuse(int times) {
    absl::MutexLock lock(&mutex_);
    refusals_ = times;
  }
  std::vector<OutboxEvent> appended() {
    absl::MutexLock lock(&mutex_);
    return appended_;
  }
  // As a reader sees it: repeats dropped, by tenant.
  std::map<std::string, std::vector<std::string>> Read() {
    std::map<std::string, std::vector<std::string>> by_tenant;
    std::set<std::string> seen;
    for (const OutboxEvent& event : appended()) {
      if (seen.insert(event.event).second) by_tenant[event.tenant].push_back(event.event);
    }
    return by_tenant;
  }
  std::vector<size_t> batches() {
    absl::MutexLock lock(&mutex_);
    return batches_;
  }

 private:
  absl::Mutex mutex_;
  int refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<OutboxEvent> appended_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> batches_ ABSL_GUARDED_BY(mutex_);
};

std::vector<std::string> Texts(const std::vector<OutboxEvent>& events) {
  std::vector<std::string> texts;
  for (const OutboxEvent& event : events) texts.push_back(event.event);
  return texts;
}

class OutboxTest : public testing::Test {
 protected:
  absl::Status Add(const OutboxEvent& event) {
    return env_.store().Write(
        [&](Transaction& transaction) { return AddToOutbox(transaction, event); });
  }
  std::unique_ptr<OutboxRelay> Relay(const OutboxOptions& options = {}) {
    return std::make_unique<OutboxRelay>(env_.store(), log_.Sink(), options, clock_, env_.faults(),
                                         metrics_);
  }

  TestStore env_;
  Log log_;
  base::ManualClock clock_{absl::FromUnixSeconds(1'000)};
  runtime::Metrics metrics_;
};

TEST_F(OutboxTest, PublishesInOrderAndKeepsStreamsApart) {
  for (const char* stream : {"companies", "companies", "bigdatajobs", "companies"}) {
    ASSERT_TRUE(Add({stream, "t", std::to_string(log_.batches().size()) + stream}).ok());
  }
  auto relay = Relay();
  EXPECT_EQ(*relay->PublishBatch(), 4u);
  EXPECT_EQ(log_.batches(), (std::vector<size_t>{2, 1, 1}));
  EXPECT_EQ(*relay->PublishBatch(), 0u);
}

TEST_F(OutboxTest, PublishesWhateverFailsInBetween) {
  ASSERT_TRUE(Add({"companies", "t", "1"}).ok());
  ASSERT_TRUE(Add({"companies", "t", "2"}).ok());
  auto relay = Relay();
  log_.Refuse(1);
  EXPECT_FALSE(relay->PublishBatch().ok());
  env_.faults().Fail("outbox.published", absl::UnavailableError("planted"));
  EXPECT_FALSE(relay->PublishBatch().ok());
  EXPECT_EQ(*relay->PublishBatch(), 2u);
  EXPECT_EQ(*relay->PublishBatch(), 0u);
  EXPECT_EQ(Texts(log_.appended()), (std::vector<std::string>{"1", "2", "1", "2"}));
}

TEST_F(OutboxTest, RemovesNoEventThatWasNotAppended) {
  ASSERT_TRUE(Add({"companies", "t", "1"}).ok());
  // Another writer commits a row with a lower number while the batch is on its way.
  OutboxRelay relay(
      env_.store(),
      [&](const std::string& stream, const std::vector<OutboxEvent>& events) {
        EXPECT_TRUE(env_.Do("INSERT INTO outbox (number, stream, tenant_id, event) VALUES (-5, "
                            "'companies', 't', 'late')")
                        .ok());
        return log_.Sink()(stream, events);
      },
      {}, clock_, env_.faults(), metrics_);
  EXPECT_EQ(*relay.PublishBatch(), 1u);
  EXPECT_EQ(env_.Column("SELECT event FROM outbox"), std::vector<std::string>{"late"});
}

TEST_F(OutboxTest, BoundsABatchByCountAndBytes) {
  OutboxOptions options;
  options.batch_events_max = 100;
  options.batch_bytes_max = 10'000;
  for (int i = 0; i < 250; ++i) ASSERT_TRUE(Add({"companies", "t", std::to_string(i)}).ok());
  auto relay = Relay(options);
  EXPECT_EQ(*relay->PublishBatch(), 100u);
  EXPECT_EQ(*relay->PublishBatch(), 100u);
  EXPECT_EQ(*relay->PublishBatch(), 50u);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(Add({"companies", "t", std::string(1000, 'a' + i % 26)}).ok());
  }
  EXPECT_EQ(*relay->PublishBatch(), 64u) << "some more than the bound, by the rows read at once";
}

TEST_F(OutboxTest, RefusesAnEventThatTheLogCouldNotTake) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(Add({"companies", "t", std::string(kOutboxEventBytesMax + 1, 'x')})));
  EXPECT_TRUE(Add({"companies", "t", std::string(kOutboxEventBytesMax, 'x')}).ok());
}

TEST_F(OutboxTest, MeasuresDepthAndDelay) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Add({"companies", "t", std::to_string(i), absl::ToUnixMicros(clock_.Now())}).ok());
  }
  OutboxOptions options;
  options.batch_events_max = 2;
  auto relay = Relay(options);
  auto& depth = metrics_.AddGauge("tenantry_outbox_depth", "Events that wait to be published");
  clock_.Advance(absl::Seconds(7));
  ASSERT_EQ(*relay->PublishBatch(), 2u);
  EXPECT_EQ(depth.value(), 1);
  ASSERT_EQ(*relay->PublishBatch(), 1u);
  EXPECT_EQ(depth.value(), 0);
  const std::string text = metrics_.PrometheusText();
  EXPECT_NE(text.find("tenantry_outbox_relay_seconds_count 3"), std::string::npos) << text;
  EXPECT_NE(text.find("tenantry_outbox_relay_seconds_sum 21"), std::string::npos) << text;
}

TEST_F(OutboxTest, IsToldOfCommitsWhileItRuns) {
  OutboxOptions options;
  options.poll_interval = absl::Hours(1);  // it must be told
  auto relay = Relay(options);
  ASSERT_TRUE(relay->Start().ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Add({"companies", "t", std::to_string(i)}).ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (log_.appended().size() < 20 && absl::Now() < deadline) std::this_thread::yield();
  relay->Stop();
  EXPECT_EQ(log_.appended().size(), 20u);
}

TEST_F(OutboxTest, FindsWhatALostProcessLeft) {
  ASSERT_TRUE(Add({"companies", "t", "left"}).ok());
  auto relay = Relay();
  ASSERT_TRUE(relay->Start().ok());
  relay->Drain(absl::Now() + absl::Seconds(30));
  relay->Stop();
  EXPECT_EQ(Texts(log_.appended()), std::vector<std::string>{"left"});
}

TEST_F(OutboxTest, SaysThatItCannotPublishAndGoesOn) {
  OutboxOptions options;
  options.retry_interval = absl::Milliseconds(10);
  ASSERT_TRUE(Add({"companies", "t", "1"}).ok());
  log_.Refuse(1'000'000);
  auto relay = Relay(options);
  ASSERT_TRUE(relay->Start().ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (relay->Ready().ok() && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(absl::IsUnavailable(relay->Ready()));
  log_.Refuse(0);
  relay->Drain(absl::Now() + absl::Seconds(30));
  EXPECT_TRUE(relay->Ready().ok());
  relay->Stop();
  EXPECT_EQ(Texts(log_.appended()), std::vector<std::string>{"1"});
}

// 500 crashes at random points between a change and its event in the log: the change (a row) and
// the event always agree in the end, and each tenant's order is kept.
TEST_F(OutboxTest, StateAndLogAgreeAfterCrashesAnywhere) {
  const uint32_t seed = 20251123;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> points = {"metastore.begin", "metastore.commit", "outbox.read",
                                           "outbox.published"};
  ASSERT_TRUE(env_.Do("CREATE TABLE changes (number BIGINT, tenant TEXT, event TEXT)").ok());
  auto relay = Relay();
  std::map<std::string, std::vector<std::string>> acknowledged;
  int64_t next = 0;
  for (int crash = 0; crash < 500; ++crash) {
    const std::string& point = points[random() % points.size()];
    env_.faults().Fail(point, absl::UnavailableError("planted"), random() % 4);
    for (int i = 0; i < 3; ++i) {
      const std::string tenant = "t" + std::to_string(random() % 3);
      const std::string event = std::to_string(++next);
      const absl::Status status = env_.store().Write([&](Transaction& transaction) -> absl::Status {
        TENANTRY_RETURN_IF_ERROR(
            transaction.Execute("INSERT INTO changes VALUES (:p0, :p1, :p2)", {next, tenant, event})
                .status());
        return AddToOutbox(transaction, {"companies", tenant, event});
      });
      if (status.ok()) acknowledged[tenant].push_back(event);
      relay->PublishBatch().status().IgnoreError();
    }
    for (const std::string& each : points) env_.faults().Fail(each, absl::OkStatus(), 0, 0);
    if (crash % 50 == 0) {
      relay.reset();
      env_.Reopen();
      relay = Relay();
    }
  }
  while (*relay->PublishBatch() > 0) {
  }
  EXPECT_EQ(log_.Read(), acknowledged);
  EXPECT_EQ(env_.Column("SELECT event FROM changes WHERE tenant = 't0' ORDER BY number"),
            acknowledged["t0"]);
  EXPECT_EQ(env_.Scalar("SELECT COUNT(*) FROM outbox"), "0");
}

}  // namespace
}  // namespace tenantry::metastore
