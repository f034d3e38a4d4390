#include "metastore/idempotency.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "metastore/store_test_env.h"

namespace tenantry::metastore {
namespace {

const Actor kActor = {"user ann", "request-1"};

class IdempotencyTest : public testing::Test {
 protected:
  // True when the caller is to do the work.
  bool Claims(const std::string& caller, const std::string& key, const std::string& hash) {
    const auto begun = answers_.Begin(caller, key, hash, kActor);
    return begun.ok() && !begun->has_value();
  }

  // A change that commits with its audit line.
  void Change(const Actor& actor) {
    ASSERT_TRUE(env_.store()
                    .Write([&](Transaction& transaction) {
                      return WriteAudit(transaction, {absl::ToUnixMicros(clock_.Now()), actor, "",
                                                      "thing.create", "thing-1", "", "{}"});
                    })
                    .ok());
  }

  TestStore env_;
  base::ManualClock clock_{absl::FromUnixSeconds(1000)};
  IdempotencyStore answers_{env_.store(), clock_, {}};
};

TEST_F(IdempotencyTest, ReplaysTheFirstAnswerByteForByte) {
  const std::string answer("{\"a\" : 1}\r\n\0\xf0\x9f\x98\x80", 16);
  EXPECT_TRUE(Claims("a", "k", "h"));
  EXPECT_TRUE(absl::IsAborted(answers_.Begin("a", "k", "h", kActor).status())) << "still running";
  ASSERT_TRUE(answers_.Finish("a", "k", answer).ok());
  EXPECT_EQ(**answers_.Begin("a", "k", "h", kActor), answer);
  EXPECT_EQ(**answers_.Begin("a", "k", "h", kActor), answer);
}

TEST_F(IdempotencyTest, RefusesAnotherRequestUnderTheKey) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  EXPECT_TRUE(absl::IsInvalidArgument(answers_.Begin("a", "k", "other", kActor).status()));
  ASSERT_TRUE(answers_.Finish("a", "k", "done").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(answers_.Begin("a", "k", "other", kActor).status()));
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(absl::IsInvalidArgument(answers_.Begin("a", "k", "other", kActor).status()));
}

TEST_F(IdempotencyTest, KeepsCallersApart) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  EXPECT_TRUE(Claims("b", "k", "other"));
  ASSERT_TRUE(answers_.Finish("a", "k", "for a").ok());
  EXPECT_TRUE(absl::IsAborted(answers_.Begin("b", "k", "other", kActor).status()));
}

TEST_F(IdempotencyTest, ForgetsAfterADay) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  ASSERT_TRUE(answers_.Finish("a", "k", "done").ok());
  clock_.Advance(absl::Hours(24) - absl::Seconds(1));
  EXPECT_TRUE((*answers_.Begin("a", "k", "h", kActor)).has_value());
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE(Claims("a", "k", "other"));
}

TEST_F(IdempotencyTest, SweepsWhatIsKeptNoLongerThoughNoRequestComes) {
  EXPECT_TRUE(Claims("a", "old", "h"));
  ASSERT_TRUE(answers_.Finish("a", "old", "done").ok());
  clock_.Advance(absl::Hours(23));
  EXPECT_TRUE(Claims("a", "young", "h"));
  ASSERT_TRUE(answers_.Sweep().ok());
  EXPECT_EQ(env_.Scalar("SELECT COUNT(*) FROM idempotency"), "2");
  clock_.Advance(absl::Hours(1) + absl::Seconds(1));
  ASSERT_TRUE(answers_.Sweep().ok());
  EXPECT_EQ(env_.Column("SELECT idempotency_key FROM idempotency"),
            std::vector<std::string>{"young"});
}

TEST_F(IdempotencyTest, SweepsOnItsOwnUntilItIsStopped) {
  ASSERT_TRUE(env_.Do("INSERT INTO idempotency (caller, idempotency_key, request_hash, created) "
                      "VALUES ('a', 'k', 'h', 0)")
                  .ok());
  clock_.Advance(absl::Hours(25));
  IdempotencyOptions often;
  often.sweep_interval = absl::Milliseconds(10);
  IdempotencyStore swept(env_.store(), clock_, often);
  ASSERT_TRUE(swept.Start().ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (env_.Scalar("SELECT COUNT(*) FROM idempotency") != "0" && absl::Now() < deadline) {
    std::this_thread::yield();
  }
  swept.Stop();
  EXPECT_EQ(env_.Scalar("SELECT COUNT(*) FROM idempotency"), "0");
}

// An earlier version hashed requests so that they could be guessed: no hash of it stays, and who
// repeats a request over the upgrade has its answer.
TEST_F(IdempotencyTest, ReplaysWhatAnEarlierVersionKept) {
  ASSERT_TRUE(env_.Do("INSERT INTO idempotency (caller, idempotency_key, request_hash, created, "
                      "answer) VALUES ('a', 'k', '', :p0, 'done')",
                      {absl::ToUnixMicros(clock_.Now())})
                  .ok());
  EXPECT_EQ(**answers_.Begin("a", "k", "h", kActor), "done");
}

TEST_F(IdempotencyTest, LetsARepetitionDoTheWorkOfACrashedOne) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  env_.Reopen();
  IdempotencyStore after(env_.store(), clock_, {});
  EXPECT_TRUE(absl::IsAborted(after.Begin("a", "k", "h", kActor).status()));
  clock_.Advance(absl::Minutes(1));
  const auto begun = after.Begin("a", "k", "h", kActor);
  ASSERT_TRUE(begun.ok() && !begun->has_value());
  EXPECT_TRUE(absl::IsAborted(after.Begin("a", "k", "h", kActor).status())) << "one at a time";
}

TEST_F(IdempotencyTest, WaitsForNobodyWhoDiedBeforeTheStoreWasTaken) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  EXPECT_TRUE(Claims("a", "done", "h"));
  Change(kActor);
  clock_.Advance(absl::Microseconds(1));
  IdempotencyStore next(env_.store(), clock_, {}, clock_.Now());
  EXPECT_TRUE(absl::IsAlreadyExists(next.Begin("a", "done", "h", kActor).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(next.Begin("a", "k", "h", kActor).status()));
  const Actor other = {"user bob", "request-2"};
  EXPECT_EQ(*next.Begin("b", "new", "h", other), std::nullopt);
  EXPECT_TRUE(absl::IsAborted(next.Begin("b", "new", "h", other).status())) << "this one lives";
  IdempotencyStore third(env_.store(), clock_, {}, clock_.Now() + absl::Microseconds(1));
  EXPECT_EQ(*third.Begin("b", "new", "h", other), std::nullopt);
}

TEST_F(IdempotencyTest, LetsNoRepetitionDoTheWorkOfOneThatDiedAfterIt) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  clock_.Advance(absl::Milliseconds(3));
  Change(kActor);
  env_.Reopen();
  IdempotencyStore after(env_.store(), clock_, {});
  const Actor again = {kActor.name, "request-2"};
  EXPECT_TRUE(absl::IsAborted(after.Begin("a", "k", "h", again).status())) << "it may still run";
  clock_.Advance(absl::Minutes(1));
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = after.Begin("a", "k", "h", again).status();
    EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
    EXPECT_TRUE(absl::IsInvalidArgument(after.Begin("a", "k", "other", again).status()));
    clock_.Advance(absl::Hours(7));
  }
  clock_.Advance(absl::Hours(4));
  EXPECT_TRUE(after.Begin("a", "k", "h", again).ok()) << "forgotten as any other";
}

TEST_F(IdempotencyTest, TakesOnlyAChangeOfThatRequestForItsWork) {
  Change(kActor);  // before it
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Claims("a", "k", "h"));
  Change({"user bob", kActor.origin.request_id});
  Change({kActor.name, "request-2"});
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(Claims("a", "k", "h"));
}

TEST_F(IdempotencyTest, LooksForTheWorkOfWhoeverTookTheKeyOver) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  clock_.Advance(absl::Minutes(1));
  const Actor second = {kActor.name, "request-2"};
  const auto begun = answers_.Begin("a", "k", "h", second);
  ASSERT_TRUE(begun.ok() && !begun->has_value());
  Change(second);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(absl::IsAlreadyExists(answers_.Begin("a", "k", "h", kActor).status()));
}

TEST_F(IdempotencyTest, KeepsTheFirstAnswerWhenTheGivenUpRequestAnswersAfterAll) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(Claims("a", "k", "h"));
  ASSERT_TRUE(answers_.Finish("a", "k", "second").ok());
  ASSERT_TRUE(answers_.Finish("a", "k", "first").ok());
  ASSERT_TRUE(answers_.Release("a", "k", kActor).ok());
  EXPECT_EQ(**answers_.Begin("a", "k", "h", kActor), "second");
}

TEST_F(IdempotencyTest, MayBeTriedAgainOnceReleased) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  ASSERT_TRUE(answers_.Release("a", "k", kActor).ok());
  EXPECT_TRUE(Claims("a", "k", "h"));
}

TEST_F(IdempotencyTest, IsNotReleasedWhenTheWorkWasDoneThoughTheRequestFailed) {
  EXPECT_TRUE(Claims("a", "k", "h"));
  Change(kActor);  // committed, though whoever waited for it was told of an error
  ASSERT_TRUE(answers_.Release("a", "k", kActor).ok());
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(absl::IsAlreadyExists(answers_.Begin("a", "k", "h", kActor).status()));
}

TEST_F(IdempotencyTest, LetsOneOfManyRacingRequestsWork) {
  for (int key = 0; key < 20; ++key) {
    std::atomic<int> winners = 0, others = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        const auto begun = answers_.Begin("a", "race" + std::to_string(key), "h", kActor);
        if (begun.ok() && !begun->has_value()) ++winners;
        if (absl::IsAborted(begun.status())) ++others;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(others, 15);
  }
}

}  // namespace
}  // namespace tenantry::metastore
