// What happens to login sessions between two steps of one call: other calls, failures of the store,
// a clock that is set back.

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/status.h"
#include "identity/identity_test_env.h"
#include "metastore/twins/faulty_metastore.h"

namespace tenantry::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Scope kAcme = base::TenantId("acme");
const base::UserId kBob("bob");

// A store that lets a test do something just before the next transaction begins.
class InterruptedMetastore final : public metastore::Metastore {
 public:
  explicit InterruptedMetastore(metastore::Metastore& store) : store_(store) {}

  absl::Status Write(const metastore::TenantScope& scope, const Work& work) override {
    if (auto first = std::exchange(before_write, nullptr)) first();
    return store_.Write(scope, work);
  }
  absl::Status Read(const metastore::TenantScope& scope, const Work& work) override {
    if (auto first = std::exchange(before_read, nullptr)) first();
    return store_.Read(scope, work);
  }
  metastore::Subscription Subscribe(std::string topic, Listener listener) override {
    return store_.Subscribe(std::move(topic), std::move(listener));
  }

  std::function<void()> before_write;
  std::function<void()> before_read;

 private:
  metastore::Metastore& store_;
};

class SessionsRaceTest : public testing::Test {
 protected:
  SessionsRaceTest() { env_.AddPerson(kAcme, "bob", Role::kScientist); }

  // The events of sessions.
  std::vector<std::string> Events() {
    std::vector<std::string> events;
    for (const std::string& event : env_.Events()) {
      if (event.find("user.added") == std::string::npos &&
          event.find("user.removed") == std::string::npos) {
        events.push_back(event);
      }
    }
    return events;
  }
  size_t Count(const std::string& part) {
    size_t count = 0;
    for (const std::string& event : Events()) count += event.find(part) != std::string::npos;
    return count;
  }
  std::string Stored() { return env_.store().Scalar("SELECT COUNT(*) FROM sessions"); }
  absl::Status LogIn(Sessions& sessions, const std::string& password) {
    return sessions.LogIn(kAcme, kBob, password).status();
  }
  Caller CallerOf(const std::string& token) {
    const auto caller = env_.sessions().Authenticate(token);
    EXPECT_TRUE(caller.ok()) << caller.status();
    return caller.ok() ? *caller : Caller();
  }
  absl::Duration idle() const { return env_.options().idle_timeout; }

  IdentityTestEnv env_;
  base::SeededRandom random_{7};
  InterruptedMetastore store_{env_.store().store()};
  Passwords passwords_{{1, 8 << 10, 4, 64, 8}};
  People people_{store_, passwords_, env_.clock(), random_};
  Sessions sessions_{store_, people_, env_.clock(), random_, env_.options()};
};

TEST_F(SessionsRaceTest, NobodyLogsInWhoIsRemovedMeanwhile) {
  store_.before_write = [&] {
    ASSERT_TRUE(env_.people().Remove(kAcme, kBob, IdentityTestEnv::kActor).ok());
  };
  EXPECT_TRUE(absl::IsUnauthenticated(LogIn(sessions_, IdentityTestEnv::kPassword)));
  EXPECT_EQ(Stored(), "0");
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(SessionsRaceTest, NobodyLogsInAsTheNextOfTheirName) {
  store_.before_write = [&] {
    ASSERT_TRUE(env_.people().Remove(kAcme, kBob, IdentityTestEnv::kActor).ok());
    ASSERT_TRUE(
        env_.people()
            .Add(kAcme, {kBob, Role::kTenantAdmin, "another password"}, IdentityTestEnv::kActor)
            .ok());
  };
  EXPECT_TRUE(absl::IsUnauthenticated(LogIn(sessions_, IdentityTestEnv::kPassword)));
  EXPECT_EQ(Stored(), "0");
}

TEST_F(SessionsRaceTest, AnOldPasswordOpensNothingOnceTheNewOneIsSet) {
  store_.before_write = [&] {
    ASSERT_TRUE(env_.people()
                    .Change(kAcme, kBob, {.password = "a new password"}, base::SessionId(),
                            IdentityTestEnv::kActor)
                    .ok());
  };
  EXPECT_TRUE(absl::IsUnauthenticated(LogIn(sessions_, IdentityTestEnv::kPassword)));
  EXPECT_EQ(Stored(), "0");
  EXPECT_EQ(env_.store().Scalar("SELECT last_login FROM users"), "null");
  EXPECT_TRUE(LogIn(sessions_, "a new password").ok());
}

TEST_F(SessionsRaceTest, ManyGuessesAtOnceLearnNoMoreThanAsManyInARow) {
  store_.before_read = [&] {
    for (int64_t i = 0; i < env_.options().failures_max; ++i) {
      EXPECT_TRUE(absl::IsUnauthenticated(LogIn(sessions_, "a wrong guess")));
    }
  };
  EXPECT_TRUE(absl::IsResourceExhausted(LogIn(sessions_, IdentityTestEnv::kPassword)))
      << "the right guess came too late";
  EXPECT_EQ(Stored(), "0");
  env_.clock().Advance(env_.options().failures_pause);
  EXPECT_TRUE(LogIn(sessions_, IdentityTestEnv::kPassword).ok());
}

TEST_F(SessionsRaceTest, TheWaitAfterWrongPasswordsDoesNotGrowWhenTheClockIsSetBack) {
  for (int64_t i = 0; i < env_.options().failures_max; ++i) {
    EXPECT_TRUE(absl::IsUnauthenticated(LogIn(sessions_, "a wrong guess")));
  }
  env_.clock().Advance(-absl::Hours(24));
  EXPECT_TRUE(absl::IsResourceExhausted(LogIn(sessions_, IdentityTestEnv::kPassword)));
  env_.clock().Advance(env_.options().failures_pause);
  EXPECT_TRUE(LogIn(sessions_, IdentityTestEnv::kPassword).ok());
}

TEST_F(SessionsRaceTest, ASlowRequestDoesNotTakeALaterOneBack) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(absl::Minutes(10));
  store_.before_write = [&] {
    env_.clock().Advance(absl::Minutes(15));
    CallerOf(token);  // at 25 minutes; the slow one is of 10
  };
  ASSERT_TRUE(sessions_.Authenticate(token).ok());
  env_.clock().Advance(absl::Minutes(29));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(Count("timed_out"), 0u);
  env_.clock().Advance(absl::Minutes(1));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_THAT(Events().back(), HasSubstr("timed_out bob 2023-11-14T23:08:20"));
}

TEST_F(SessionsRaceTest, ARequestInTimeSavesTheSessionFromASweepUnderWay) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(idle());
  store_.before_write = [&] {
    const int64_t seen = absl::ToUnixMicros(env_.clock().Now() - absl::Microseconds(1));
    ASSERT_TRUE(env_.store().Do("UPDATE sessions SET last_seen = :p0", {seen}).ok());
  };
  ASSERT_TRUE(sessions_.Sweep().ok());
  EXPECT_EQ(Count("timed_out"), 0u);
  CallerOf(token);
}

TEST_F(SessionsRaceTest, EachSessionEndsOnceThoughLogOffsAndSweepsRace) {
  std::vector<Caller> callers;
  for (int i = 0; i < 40; ++i) callers.push_back(CallerOf(env_.LogIn(kAcme, "bob")));
  env_.clock().Advance(idle());
  std::thread sweep([&] { EXPECT_TRUE(env_.sessions().Sweep().ok()); });
  size_t logged_off = 0;
  for (const Caller& caller : callers) logged_off += sessions_.LogOff(caller).ok();
  sweep.join();
  EXPECT_EQ(Count("logged_off"), logged_off);
  EXPECT_EQ(Count("timed_out"), callers.size() - logged_off);
  EXPECT_EQ(Stored(), "0");
}

TEST_F(SessionsRaceTest, EachTimeOutHasTheTimeOfItsOwnLastRequest) {
  const std::string early = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(absl::Minutes(5));
  const std::string late = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(absl::Minutes(20));
  CallerOf(early);
  env_.clock().Advance(absl::Hours(72));
  env_.Start();
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  env_.clock().Advance(-absl::Hours(100));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  env_.clock().Advance(absl::Hours(200));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  std::vector<std::string> ends = Events();
  ASSERT_THAT(ends, SizeIs(4));
  ends.erase(ends.begin(), ends.begin() + 2);
  std::sort(ends.begin(), ends.end());
  EXPECT_THAT(ends, ElementsAre(HasSubstr("timed_out bob 2023-11-14T22:48:20"),
                                HasSubstr("timed_out bob 2023-11-14T23:08:20")));
}

TEST_F(SessionsRaceTest, TheLoggedOffAndTheRemovedDoNotTimeOut) {
  ASSERT_TRUE(env_.sessions().LogOff(CallerOf(env_.LogIn(kAcme, "bob"))).ok());
  env_.AddPerson(kAcme, "ann", Role::kScientist);
  env_.LogIn(kAcme, "ann");
  ASSERT_TRUE(env_.people().Remove(kAcme, base::UserId("ann"), IdentityTestEnv::kActor).ok());
  env_.clock().Advance(absl::Hours(100));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(Count("timed_out"), 0u);
}

TEST_F(SessionsRaceTest, ASuspendedTenantsSessionsTimeOutLikeAny) {
  env_.LogIn(kAcme, "bob");
  env_.SetStatus("acme", "suspended");
  env_.clock().Advance(idle());
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(Count("timed_out"), 1u);
}

// Fails each statement in turn, then the commit, then the answer to it.
TEST_F(SessionsRaceTest, BeginAndEndWhollyOrNotAtAllWhereverTheStoreFails) {
  base::ScriptedFaults& faults = env_.store().faults();
  metastore::FaultyMetastore faulty(env_.store().store(), faults);
  Sessions sessions(faulty, env_.people(), env_.clock(), random_, env_.options());
  const auto until_done = [&](const std::string& what, const std::function<absl::Status()>& act) {
    const std::vector<std::string> before = Events();
    const std::string sessions_before = Stored();
    absl::Status status = absl::UnavailableError("not begun");
    for (int passes = 0; !status.ok(); ++passes) {
      ASSERT_LT(passes, 20) << what;
      const char* point = passes == 0 ? "metastore.committing" : "metastore.statement";
      faults.Fail(point, absl::UnavailableError("planted"), passes == 0 ? 0 : passes - 1);
      status = act();
      if (status.ok()) continue;
      EXPECT_TRUE(absl::IsUnavailable(status)) << what << ", " << passes << ": " << status;
      EXPECT_EQ(Events(), before) << what << ", " << passes;
      EXPECT_EQ(Stored(), sessions_before) << what << ", " << passes;
    }
    EXPECT_THAT(Events(), SizeIs(before.size() + 1)) << what;
    faults.Fail("metastore.statement", absl::OkStatus(), 0, 0);
  };
  until_done("log in", [&] { return LogIn(sessions, IdentityTestEnv::kPassword); });
  Caller caller;
  caller.tenant = kAcme;
  caller.user = kBob;
  caller.session = base::SessionId(env_.store().Scalar("SELECT session_id FROM sessions"));
  until_done("log off", [&] { return sessions.LogOff(caller); });
  env_.LogIn(kAcme, "bob");
  env_.clock().Advance(idle());
  until_done("sweep", [&] { return sessions.Sweep(); });
  env_.LogIn(kAcme, "bob");
  env_.clock().Advance(idle());
  faults.Fail("metastore.committed", absl::UnavailableError("planted"));
  EXPECT_FALSE(sessions.Sweep().ok());
  ASSERT_TRUE(sessions.Sweep().ok());
  EXPECT_EQ(Count("timed_out"), 2u) << "committed once, whatever the sweeper learned of it";
}

TEST_F(SessionsRaceTest, AStoreThatFailsIsNoWrongPassword) {
  base::ScriptedFaults& faults = env_.store().faults();
  metastore::FaultyMetastore faulty(env_.store().store(), faults);
  People people(faulty, passwords_, env_.clock(), random_);
  Sessions sessions(faulty, people, env_.clock(), random_, env_.options());
  for (int64_t i = 0; i < env_.options().failures_max * 2; ++i) {
    faults.Fail("metastore.read", absl::UnavailableError("planted"));
    EXPECT_TRUE(absl::IsUnavailable(LogIn(sessions, IdentityTestEnv::kPassword)));
  }
  EXPECT_TRUE(LogIn(sessions, IdentityTestEnv::kPassword).ok()) << "no failure was counted";
}

TEST_F(SessionsRaceTest, TheServiceSweepsByItselfUntilItIsStopped) {
  env_.LogIn(kAcme, "bob");
  std::promise<void> swept;
  const metastore::Subscription news =
      env_.store().store().Subscribe("outbox", [&](const std::string&) { swept.set_value(); });
  env_.clock().Advance(idle());
  SessionOptions options = env_.options();
  options.sweep_interval = absl::Milliseconds(1);
  Sessions service(env_.store().store(), env_.people(), env_.clock(), random_, options);
  ASSERT_TRUE(service.Start().ok());
  EXPECT_EQ(swept.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  service.Stop();
  EXPECT_EQ(Count("timed_out"), 1u);
  service.Stop();
  options.sweep_interval = absl::Hours(1);
  Sessions idle_service(env_.store().store(), env_.people(), env_.clock(), random_, options);
  ASSERT_TRUE(idle_service.Start().ok());
  idle_service.Stop();  // does not wait for the hour
}

}  // namespace
}  // namespace tenantry::identity
