#include <absl/synchronization/notification.h>
#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/disk/paths.h"
#include "runtime/logging.h"
#include "runtime/metrics.h"
#include "runtime/services/service.h"
#include "runtime/shutdown.h"
#include "runtime/worker_pool.h"

namespace tenantry::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(Metrics, ServesPrometheusTextInTheOrderOfNames) {
  Metrics metrics;
  metrics.AddGauge("tenantry_b_depth", "Depth").Set(3);
  metrics.AddCounter("tenantry_a_total", "Things", {{"kind", "x\"y\n"}}).Increment(2);
  metrics.AddHistogram("tenantry_c_seconds", "Time", {0.1, 1}).Observe(0.5);
  EXPECT_EQ(metrics.PrometheusText(),
            "# HELP tenantry_a_total Things\n# TYPE tenantry_a_total counter\n"
            "tenantry_a_total{kind=\"x\\\"y\\n\"} 2\n"
            "# HELP tenantry_b_depth Depth\n# TYPE tenantry_b_depth gauge\ntenantry_b_depth 3\n"
            "# HELP tenantry_c_seconds Time\n# TYPE tenantry_c_seconds histogram\n"
            "tenantry_c_seconds_count 1\ntenantry_c_seconds_sum 0.5\n"
            "tenantry_c_seconds_bucket{le=\"0.1\"} 0\ntenantry_c_seconds_bucket{le=\"1\"} 1\n"
            "tenantry_c_seconds_bucket{le=\"+Inf\"} 1\n");
}

TEST(Metrics, GivesTheSameObjectForTheSameNameAndLabels) {
  Metrics metrics;
  Counter& one = metrics.AddCounter("tenantry_a_total", "Things", {{"kind", "x"}});
  Counter& again = metrics.AddCounter("tenantry_a_total", "Things", {{"kind", "x"}});
  EXPECT_EQ(&one, &again);
  EXPECT_NE(&one, &metrics.AddCounter("tenantry_a_total", "Things", {{"kind", "y"}}));
  one.Increment(-1);
  EXPECT_EQ(one.value(), 0);
}

TEST(Metrics, SharesOneObjectPastTheBoundOfLabelSets) {
  Metrics metrics(2);
  metrics.AddCounter("tenantry_a_total", "Things", {{"tenant", "1"}}).Increment();
  metrics.AddCounter("tenantry_a_total", "Things", {{"tenant", "2"}}).Increment();
  Counter& third = metrics.AddCounter("tenantry_a_total", "Things", {{"tenant", "3"}});
  EXPECT_EQ(&third, &metrics.AddCounter("tenantry_a_total", "Things", {{"tenant", "4"}}));
  EXPECT_NE(&third, &metrics.AddCounter("tenantry_a_total", "Things", {{"tenant", "1"}}));
  third.Increment(5);
  const std::string text = metrics.PrometheusText();
  EXPECT_THAT(text, HasSubstr("tenantry_a_total{tenant=\"other\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("label_overflow_total{metric=\"tenantry_a_total\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("tenant=\"3\"")));
}

TEST(MetricsDeathTest, AbortsWhenANameChangesItsMeaning) {
  Metrics metrics;
  metrics.AddCounter("tenantry_a_total", "Things");
  EXPECT_DEATH(metrics.AddGauge("tenantry_a_total", "Things"), "count");
  EXPECT_DEATH(metrics.AddCounter("tenantry_a_total", "Other things"), "help");
}

TEST(WorkerPool, RunsEverythingQueuedBeforeItEnds) {
  Metrics metrics;
  std::atomic<int> ran = 0;
  {
    WorkerPool pool("sql", 3, 1000, metrics);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(pool.TryPost([&ran] { ++ran; }));
  }
  EXPECT_EQ(ran, 1000);
  EXPECT_THAT(metrics.PrometheusText(), HasSubstr("tenantry_runtime_sql_queue_depth 0\n"));
}

TEST(WorkerPool, RefusesAndCountsWhatItsQueueCannotHold) {
  Metrics metrics;
  absl::Notification started, go;
  {
    WorkerPool pool("sql", 1, 2, metrics);
    ASSERT_TRUE(pool.TryPost([&] {
      started.Notify();
      go.WaitForNotification();
    }));
    started.WaitForNotification();
    EXPECT_TRUE(pool.TryPost([] {}));
    EXPECT_TRUE(pool.TryPost([] {}));
    EXPECT_FALSE(pool.TryPost([] {}));
    EXPECT_EQ(pool.depth(), 2u);
    go.Notify();
  }
  EXPECT_THAT(metrics.PrometheusText(), HasSubstr("tenantry_runtime_sql_refused_total 1\n"));
}

class Recorder final : public Service {
 public:
  Recorder(std::string name, std::vector<std::string>& calls, absl::Status start = absl::OkStatus())
      : name_(std::move(name)), calls_(calls), start_(std::move(start)) {}

  std::string_view name() const override { return name_; }
  absl::Status Start() override {
    calls_.push_back("start " + name_);
    return start_;
  }
  void Drain(absl::Time deadline) override {
    calls_.push_back("drain " + name_);
    deadline_ = deadline;
  }
  void Stop() override { calls_.push_back("stop " + name_); }
  absl::Status Ready() const override { return ready_; }

  absl::Time deadline_ = absl::InfinitePast();
  absl::Status ready_;

 private:
  std::string name_;
  std::vector<std::string>& calls_;
  absl::Status start_;
};

TEST(ServiceGroup, DrainsAllBeforeItStopsAnyInReverseOrder) {
  std::vector<std::string> calls;
  Recorder store("store", calls), door("door", calls);
  ServiceGroup group;
  group.Add(store);
  group.Add(door);
  ASSERT_TRUE(group.Start().ok());
  const absl::Time before = absl::Now();
  group.Stop(absl::Seconds(10));
  group.Stop(absl::Seconds(10));
  EXPECT_THAT(calls, ElementsAre("start store", "start door", "drain door", "drain store",
                                 "stop door", "stop store"));
  EXPECT_GE(store.deadline_, before + absl::Seconds(10));
  EXPECT_GE(door.deadline_, before + absl::Seconds(5));
  EXPECT_LE(door.deadline_, store.deadline_ - absl::Seconds(4)) << "others need time, too";
}

TEST(ServiceGroup, StopsWhatStartedWhenOneFails) {
  std::vector<std::string> calls;
  Recorder store("store", calls), log("log", calls, base::Unavailable("folder in use")),
      door("door", calls);
  ServiceGroup group;
  group.Add(store);
  group.Add(log);
  group.Add(door);
  const absl::Status status = group.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::Message(status), "log: folder in use");
  EXPECT_THAT(calls, ElementsAre("start store", "start log", "drain store", "stop store"));
  EXPECT_TRUE(group.Readiness().empty());
}

TEST(ServiceGroup, TellsTheReadinessOfEachByName) {
  std::vector<std::string> calls;
  Recorder store("store", calls), door("door", calls);
  ServiceGroup group;
  group.Add(store);
  group.Add(door);
  ASSERT_TRUE(group.Start().ok());
  store.ready_ = base::Unavailable("disk full");
  const auto readiness = group.Readiness();
  ASSERT_EQ(readiness.size(), 2u);
  EXPECT_EQ(readiness[0].first, "store");
  EXPECT_EQ(base::Message(readiness[0].second), "disk full");
  EXPECT_TRUE(readiness[1].second.ok());
  group.Stop(absl::ZeroDuration());
}

class LoggingTest : public testing::Test {
 protected:
  void TearDown() override { SetUpLogging(LogLevel::kInfo, LogFormat::kText); }
};

TEST_F(LoggingTest, WritesOneJsonObjectALineWithTheIdsOfTheScope) {
  SetUpLogging(LogLevel::kInfo, LogFormat::kJson);
  testing::internal::CaptureStderr();
  {
    const LogContext outer("r1", "");
    LogContext::SetTenant("acme");
    {
      const LogContext inner("r2", "other");
    }
    Log(LogLevel::kWarning, "net", "line\none {} \xff", 1);
  }
  Log(LogLevel::kDebug, "net", "off");
  Log(LogLevel::kInfo, "net", "later");
  const std::string lines = testing::internal::GetCapturedStderr();
  const size_t end = lines.find('\n');
  const auto first = nlohmann::json::parse(lines.substr(0, end));
  EXPECT_EQ(first["level"], "warning");
  EXPECT_EQ(first["room"], "net");
  EXPECT_EQ(first["message"], "line\none 1 \xef\xbf\xbd");
  EXPECT_EQ(first["requestID"], "r1");
  EXPECT_EQ(first["tenantID"], "acme");
  EXPECT_THAT(first["time"].get<std::string>(), MatchesRegex("20..-..-..T..:..:......Z"));
  const auto second = nlohmann::json::parse(lines.substr(end + 1));
  EXPECT_EQ(second["message"], "later");
  EXPECT_FALSE(second.contains("requestID"));
}

TEST_F(LoggingTest, WritesTextThatNoMessageCanForge) {
  SetUpLogging(LogLevel::kDebug, LogFormat::kText);
  testing::internal::CaptureStderr();
  const LogContext scope("r1", "a\nb");
  Log(LogLevel::kDebug, "net", "one\ntwo\x1b");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              MatchesRegex("20.*Z debug   net       one\\\\ntwo\\\\x1b requestID=r1 "
                           "tenantID=a\\\\nb\n"));
}

TEST_F(LoggingTest, KeepsTheContextOfEachThreadApart) {
  SetUpLogging(LogLevel::kInfo, LogFormat::kText);
  testing::internal::CaptureStderr();
  const LogContext scope("mine", "");
  std::thread([] { Log(LogLevel::kInfo, "net", "there"); }).join();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("mine")));
}

/// Runs `body` in a child process, which must end by itself or by a signal; gives its wait status.
template <typename Body>
int StatusOfChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(Shutdown, WaitsForASignalAndNamesIt) {
  const int status = StatusOfChild([] {
    Shutdown shutdown;
    if (shutdown.Wait(absl::ZeroDuration())) return 1;
    ::kill(::getpid(), SIGTERM);
    if (!shutdown.Wait(absl::Seconds(10))) return 2;
    return shutdown.reason() == "SIGTERM" ? 0 : 3;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Shutdown, EndsTheProcessAtTheSecondSignal) {
  const int status = StatusOfChild([] {
    Shutdown shutdown(absl::ZeroDuration());
    ::kill(::getpid(), SIGINT);
    if (!shutdown.Wait(absl::Seconds(10))) return 1;
    ::kill(::getpid(), SIGINT);
    ::pause();
    return 2;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGINT) << status;
}

TEST(Shutdown, TakesASignalThatComesWithTheFirstForTheSameWish) {
  const int status = StatusOfChild([] {
    Shutdown shutdown(absl::InfiniteDuration());
    ::kill(::getpid(), SIGTERM);
    if (!shutdown.Wait(absl::Seconds(10))) return 1;
    ::kill(::getpid(), SIGTERM);
    sigset_t waiting;
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    do {
      ::sigpending(&waiting);
      std::this_thread::yield();
    } while (sigismember(&waiting, SIGTERM) == 1 && absl::Now() < deadline);
    return sigismember(&waiting, SIGTERM) == 1 ? 2 : 0;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Shutdown, KeepsTheFirstReasonAndRestoresSignals) {
  sigset_t before, after;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
  {
    Shutdown shutdown;
    shutdown.Request("the log's disk failed");
    shutdown.Request("something else");
    EXPECT_TRUE(shutdown.Wait());
    EXPECT_EQ(shutdown.reason(), "the log's disk failed");
  }
  ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
}

TEST(Paths, FollowsXdgAndIgnoresRelativeFolders) {
  EXPECT_EQ(*ConfigFolder({"XDG_CONFIG_HOME=/c", "HOME=/h"}), "/c/tenantry");
  EXPECT_EQ(*ConfigFolder({"XDG_CONFIG_HOME=c", "HOME=/h"}), "/h/.config/tenantry");
  EXPECT_EQ(*DataFolder({"HOME=/h"}), "/h/.local/share/tenantry");
  EXPECT_EQ(ConfigFolder({"HOME="}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Variable({"AB=1", "A=2"}, "A"), "2");
  EXPECT_EQ(Variable({"A=x=y"}, "A"), "x=y");
}

TEST(Files, ReplacesAFileWholeAndWithItsMode) {
  const std::string folder = testing::TempDir() + "/files_test/a/b";
  std::filesystem::remove_all(testing::TempDir() + "/files_test");
  ASSERT_TRUE(MakeFolders(folder, 0700).ok());
  ASSERT_TRUE(MakeFolders(folder, 0700).ok());
  const std::string path = folder + "/profile";
  ASSERT_TRUE(WriteFileAtomically(path, "old", 0644).ok());
  ASSERT_TRUE(WriteFileAtomically(path, "new", 0600).ok());
  EXPECT_EQ(*ReadFile(path, 3), "new");
  EXPECT_EQ(ReadFile(path, 2).status().code(), absl::StatusCode::kInvalidArgument);
  struct stat there = {};
  ASSERT_EQ(::stat(path.c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  EXPECT_EQ(MakeFolders(path + "/c", 0700).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(WriteFileAtomically(folder + "/absent/x", "", 0600).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadFile(folder, 10).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tenantry::runtime
