#include "identity/sessions.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "base/retry_after.h"
#include "base/status.h"
#include "identity/identity_test_env.h"

namespace tenantry::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Scope kAcme = base::TenantId("acme");
const base::UserId kBob("bob");
constexpr char kBegin[] = "2023-11-14T22:13:20";

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() { env_.AddPerson(kAcme, "bob", Role::kScientist); }

  // The events but for the one that added bob.
  std::vector<std::string> Events() {
    std::vector<std::string> events = env_.Events();
    events.erase(events.begin());
    return events;
  }

  bool Valid(const std::string& token) { return env_.sessions().Authenticate(token).ok(); }

  size_t TimedOut() {
    const auto events = env_.Events();
    return static_cast<size_t>(std::count_if(
        events.begin(), events.end(),
        [](const std::string& event) { return event.find("timed_out") != std::string::npos; }));
  }

  IdentityTestEnv env_;
};

TEST_F(SessionsTest, ATokenStandsForItsUserUntilTheyLogOff) {
  const std::string token = env_.LogIn(kAcme, "bob");
  const auto caller = env_.sessions().Authenticate(token);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->tenant, kAcme);
  EXPECT_EQ(caller->user, kBob);
  EXPECT_EQ(caller->role, Role::kScientist);
  ASSERT_TRUE(env_.sessions().LogOff(*caller).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(env_.sessions().Authenticate(token).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(env_.sessions().LogOff(*caller)));
  EXPECT_THAT(Events(), ElementsAre(HasSubstr("acme io.tenantry.user.logged_in bob"),
                                    HasSubstr("acme io.tenantry.user.logged_off bob")));
}

TEST_F(SessionsTest, TheTokenIsNowhereInTheStore) {
  const std::string token = env_.LogIn(kAcme, "bob");
  const std::string stored = env_.EverythingStored();
  EXPECT_THAT(stored, HasSubstr(HashSecret(token))) << "or this test looks at the wrong bytes";
  EXPECT_EQ(stored.find(token), std::string::npos);
  EXPECT_EQ(stored.find(token.substr(3)), std::string::npos);
  EXPECT_EQ(stored.find(IdentityTestEnv::kPassword), std::string::npos);
}

TEST_F(SessionsTest, WrongUsersAndPasswordsAnswerAlike) {
  const absl::Status wrong = env_.sessions().LogIn(kAcme, kBob, "wrong password").status();
  EXPECT_TRUE(absl::IsUnauthenticated(wrong));
  for (const Scope& scope : {kAcme, Scope(base::TenantId("absent")), Scope()}) {
    EXPECT_EQ(env_.sessions().LogIn(scope, base::UserId("eve"), "wrong password").status(), wrong);
  }
  EXPECT_EQ(
      env_.sessions().LogIn(base::TenantId("other"), kBob, IdentityTestEnv::kPassword).status(),
      wrong)
      << "bob of acme is nobody elsewhere";
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(SessionsTest, TimesOutOnceWhenIdleWithTheTimeThatItDid) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(env_.options().idle_timeout - absl::Microseconds(1));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(TimedOut(), 0u);
  env_.clock().Advance(absl::Minutes(7));
  EXPECT_FALSE(Valid(token)) << "before any sweep";
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_THAT(Events(),
              ElementsAre(HasSubstr(kBegin),
                          "acme io.tenantry.user.timed_out bob 2023-11-14T22:43:20.000000Z"));
}

TEST_F(SessionsTest, ARequestKeepsASessionAlive) {
  const std::string token = env_.LogIn(kAcme, "bob");
  for (int i = 0; i < 5; ++i) {
    env_.clock().Advance(env_.options().idle_timeout - absl::Seconds(1));
    ASSERT_TRUE(env_.sessions().Sweep().ok());
    ASSERT_TRUE(Valid(token)) << i;
  }
  EXPECT_EQ(TimedOut(), 0u);
}

TEST_F(SessionsTest, EndsAtItsLifesEndHoweverBusy) {
  const std::string token = env_.LogIn(kAcme, "bob");
  const auto caller = env_.sessions().Authenticate(token);
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(*env_.sessions().Expiry(caller->session),
            env_.clock().Now() + env_.options().session_life);
  for (absl::Duration lived; lived < env_.options().session_life; lived += absl::Minutes(20)) {
    ASSERT_TRUE(Valid(token)) << lived;
    env_.clock().Advance(absl::Minutes(20));
  }
  EXPECT_FALSE(Valid(token));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_THAT(Events().back(), HasSubstr("timed_out bob 2023-11-15T22:13:20"));
  EXPECT_TRUE(absl::IsNotFound(env_.sessions().Expiry(caller->session).status()));
}

TEST_F(SessionsTest, TimesOutOnceThoughSweepsRaceAndTheProcessRestarts) {
  for (int i = 0; i < 700; ++i) env_.LogIn(kAcme, "bob");  // more than one step of a sweep
  env_.Start();
  env_.clock().Advance(env_.options().idle_timeout);
  std::vector<std::thread> sweeps;
  for (int i = 0; i < 3; ++i) {
    sweeps.emplace_back([this] { EXPECT_TRUE(env_.sessions().Sweep().ok()); });
  }
  for (std::thread& sweep : sweeps) sweep.join();
  EXPECT_EQ(TimedOut(), 700u);
  env_.Start();
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(TimedOut(), 700u);
}

TEST_F(SessionsTest, AStoreThatCannotBeWrittenKeepsNobodyOut) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(absl::Minutes(10));
  env_.store().faults().Fail("metastore.commit", base::Unavailable("the disk is full"), 0, 1);
  EXPECT_TRUE(Valid(token));
  env_.clock().Advance(absl::Minutes(20));
  EXPECT_FALSE(Valid(token)) << "what was not noted does not count";
}

TEST_F(SessionsTest, AClockThatRunsBackwardsEndsNothing) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(-absl::Hours(48));
  EXPECT_TRUE(Valid(token));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_TRUE(Valid(token));
  EXPECT_EQ(TimedOut(), 0u);
}

TEST_F(SessionsTest, WrongPasswordsInARowMakeTheUserWait) {
  const auto wrong = [&] { return env_.sessions().LogIn(kAcme, kBob, "no").status(); };
  const auto right = [&] {
    return env_.sessions().LogIn(kAcme, kBob, IdentityTestEnv::kPassword).status();
  };
  EXPECT_TRUE(absl::IsUnauthenticated(wrong()));
  EXPECT_TRUE(absl::IsUnauthenticated(wrong()));
  EXPECT_TRUE(right().ok()) << "and begins to count anew";
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(absl::IsUnauthenticated(wrong())) << i;
  EXPECT_TRUE(absl::IsResourceExhausted(right()));
  EXPECT_EQ(*base::RetryAfterOf(right()), env_.options().failures_pause + absl::Microseconds(1));
  env_.AddPerson(kAcme, "ann", Role::kScientist);
  EXPECT_FALSE(env_.LogIn(kAcme, "ann").empty()) << "others need not wait";
  env_.clock().Advance(env_.options().failures_pause - absl::Microseconds(1));
  EXPECT_TRUE(absl::IsResourceExhausted(right()));
  env_.clock().Advance(absl::Microseconds(1));
  EXPECT_TRUE(right().ok());
}

TEST_F(SessionsTest, ASuspendedTenantsPeopleStayOut) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.SetStatus("acme", "suspended");
  EXPECT_TRUE(absl::IsPermissionDenied(env_.sessions().Authenticate(token).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      env_.sessions().LogIn(kAcme, kBob, IdentityTestEnv::kPassword).status()));
  env_.SetStatus("acme", "active");
  EXPECT_TRUE(Valid(token));
  env_.SetStatus("acme", "deleting");
  EXPECT_FALSE(Valid(token));
  EXPECT_TRUE(absl::IsUnauthenticated(
      env_.sessions().LogIn(kAcme, kBob, IdentityTestEnv::kPassword).status()));
}

TEST_F(SessionsTest, APersonWhoIsGoneHasNoSession) {
  const std::string token = env_.LogIn(kAcme, "bob");
  ASSERT_TRUE(env_.people().Remove(kAcme, kBob, IdentityTestEnv::kActor).ok());
  EXPECT_FALSE(Valid(token));
  env_.AddPerson(kAcme, "bob", Role::kTenantAdmin);
  EXPECT_FALSE(Valid(token)) << "the next bob is somebody else";
}

TEST_F(SessionsTest, TheOperatorsPeopleMakeNoEvents) {
  env_.AddPerson(std::nullopt, "root", Role::kOperatorAdmin);
  const std::string token = env_.LogIn(std::nullopt, "root");
  ASSERT_TRUE(env_.sessions().LogOff(*env_.sessions().Authenticate(token)).ok());
  EXPECT_THAT(Events(), IsEmpty());
}

TEST_F(SessionsTest, EverySessionsBeginAndEndIsInTheAuditTrail) {
  const std::string token =
      env_.sessions().LogIn(kAcme, kBob, IdentityTestEnv::kPassword, {"request-2"})->token;
  const auto bob = env_.sessions().Authenticate(token);
  EXPECT_FALSE(env_.sessions().LogIn(kAcme, kBob, "wrong password", {"request-3"}).ok());
  ASSERT_TRUE(env_.sessions().LogOff(*bob, {"request-4"}).ok());
  env_.AddPerson(std::nullopt, "root", Role::kOperatorAdmin);
  const auto root = env_.sessions().Authenticate(env_.LogIn(std::nullopt, "root"));
  env_.clock().Advance(env_.options().idle_timeout);
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  const std::string bobs = bob->session.value(), roots = root->session.value();
  EXPECT_THAT(
      env_.store().Column(
          "SELECT actor || ' ' || request_id || ' ' || tenant_id || ' ' || action "
          "|| ' ' || thing FROM audit WHERE action LIKE 'session.%' ORDER BY number"),
      ElementsAre("user bob of acme request-2 acme session.begin " + bobs,
                  "user bob of acme request-4 acme session.end " + bobs,
                  "user root   session.begin " + roots, "system   session.time_out " + roots));
}

TEST_F(SessionsTest, ALookIsNoSignOfLife) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(env_.options().idle_timeout - absl::Seconds(1));
  ASSERT_TRUE(env_.sessions().Look(token).ok());
  env_.clock().Advance(absl::Seconds(1));
  EXPECT_TRUE(absl::IsUnauthenticated(env_.sessions().Look(token).status()));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(TimedOut(), 1u);
}

TEST_F(SessionsTest, AKeyHasNoSessionToEnd) {
  Caller caller;
  caller.key = base::KeyId("k");
  EXPECT_TRUE(absl::IsFailedPrecondition(env_.sessions().LogOff(caller)));
}

TEST_F(SessionsTest, HasTimedOutAtTheVeryInstant) {
  const std::string token = env_.LogIn(kAcme, "bob");
  env_.clock().Advance(env_.options().idle_timeout - absl::Microseconds(1));
  const auto caller = env_.sessions().Authenticate(env_.LogIn(kAcme, "bob"));
  ASSERT_TRUE(caller.ok()) << caller.status();
  env_.clock().Advance(absl::Microseconds(1));
  const absl::Status status = env_.sessions().Authenticate(token).status();
  EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  EXPECT_THAT(std::string(base::Message(status)), HasSubstr("log in again"));
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(TimedOut(), 1u) << "the other one lives";
}

TEST_F(SessionsTest, OneSweepEndsAllThatAreIdle) {
  ASSERT_TRUE(env_.store()
                  .Do("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                      "1234) INSERT INTO sessions SELECT i, i, 'acme', 'bob', 0, 0, 1 FROM n")
                  .ok());
  env_.LogIn(kAcme, "bob");
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  EXPECT_EQ(TimedOut(), 1234u);
  EXPECT_EQ(env_.store().Scalar("SELECT COUNT(*) FROM sessions"), "1") << "the one just begun";
}

TEST_F(SessionsTest, EventsNameTheUserAndTheSession) {
  const auto first = env_.sessions().Authenticate(env_.LogIn(kAcme, "bob"));
  const auto second = env_.sessions().Authenticate(env_.LogIn(kAcme, "bob"));
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(env_.sessions().LogOff(*first).ok());
  env_.clock().Advance(env_.options().idle_timeout);
  ASSERT_TRUE(env_.sessions().Sweep().ok());
  const std::string a = first->session.value(), b = second->session.value();
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"logged_in", a}, {"logged_in", b}, {"logged_off", a}, {"timed_out", b}};
  const auto texts = env_.store().Column(
      "SELECT event FROM outbox WHERE stream = 'bigdatajobs' AND tenant_id = 'acme' ORDER BY "
      "number");
  ASSERT_EQ(texts.size(), expected.size());
  std::set<std::string> ids;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto event = nlohmann::json::parse(texts[i]);
    ids.insert(event.at("id"));
    EXPECT_EQ(event.at("type"), "io.tenantry.user." + expected[i].first);
    EXPECT_EQ(event.at("data"),
              nlohmann::json({{"userID", "bob"}, {"sessionID", expected[i].second}}));
    EXPECT_EQ(event.at("subject"), "bob");
    EXPECT_EQ(event.at("source"), "/tenants/acme");
  }
  EXPECT_EQ(ids.size(), expected.size()) << "each has an id of its own";
}

}  // namespace
}  // namespace tenantry::identity
