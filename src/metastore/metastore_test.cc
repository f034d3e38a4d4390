#include <gtest/gtest.h>
#include <unistd.h>

#include <absl/time/clock.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/clock.h"
#include "base/status.h"
#include "metastore/audit.h"
#include "metastore/idempotency.h"
#include "metastore/migrations.h"
#include "metastore/outbox.h"
#include "metastore/sqlite/sqlite_metastore.h"

namespace tenantry::metastore {
namespace {

class MetastoreTest : public testing::Test {
 protected:
  MetastoreTest() {
    folder_ = testing::TempDir() + "/metastore_" + std::to_string(getpid()) + "_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Reopen();
  }

  void Reopen() {
    store_.reset();
    auto opened = SqliteMetastore::Open(folder_ + "/metastore.db", {}, faults_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const absl::Status migrated = Migrate(*store_, Migrations(), 1);
    ASSERT_TRUE(migrated.ok()) << migrated;
  }

  std::string Scalar(const std::string& sql) {
    std::string found;
    const absl::Status status = store_->Read([&](Transaction& transaction) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(const auto rows, transaction.Query(sql, {}, 1));
      found = rows.empty() ? "none" : rows[0].IsNull(0) ? "null" : rows[0].Text(0);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return found;
  }

  absl::Status Add(const std::string& tenant, const std::string& event) {
    return store_->Write([&](Transaction& transaction) {
      return AddToOutbox(transaction, {"companies", tenant, event});
    });
  }

  std::string folder_;
  base::ScriptedFaults faults_;
  runtime::Metrics metrics_;
  std::unique_ptr<Metastore> store_;
};

TEST_F(MetastoreTest, KeepsEveryKindOfValue) {
  ASSERT_TRUE(
      store_
          ->Write([](Transaction& transaction) -> absl::Status {
            TENANTRY_RETURN_IF_ERROR(
                transaction.Execute("CREATE TABLE t (a BIGINT, b DOUBLE PRECISION, c TEXT)", {})
                    .status());
            return transaction
                .Execute("INSERT INTO t VALUES (:p0, :p1, :p2)",
                         {int64_t{-9007199254740993}, 0.1, std::string("a'b;\n✓:p0")})
                .status();
          })
          .ok());
  ASSERT_TRUE(store_
                  ->Read([](Transaction& transaction) -> absl::Status {
                    TENANTRY_ASSIGN_OR_RETURN(
                        const auto rows, transaction.Query("SELECT a, b, c, NULL FROM t", {}, 4));
                    EXPECT_EQ(rows[0].Integer(0), -9007199254740993);
                    EXPECT_EQ(rows[0].Number(1), 0.1);
                    EXPECT_EQ(rows[0].Text(2), "a'b;\n✓:p0");
                    EXPECT_TRUE(rows[0].IsNull(3));
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(MetastoreTest, RollsBackWhatFails) {
  EXPECT_FALSE(store_
                   ->Write([](Transaction& transaction) -> absl::Status {
                     TENANTRY_RETURN_IF_ERROR(AddToOutbox(transaction, {"companies", "t", "{}"}));
                     return absl::CancelledError("changed my mind");
                   })
                   .ok());
  faults_.Fail("metastore.commit", absl::UnavailableError("planted"));
  EXPECT_FALSE(Add("t", "{}").ok());
  EXPECT_EQ(Scalar("SELECT COUNT(*) FROM outbox"), "0");
  EXPECT_TRUE(Add("t", "{}").ok());
}

TEST_F(MetastoreTest, TellsDuplicatesFromWrongSql) {
  const auto insert = [](Transaction& transaction) {
    return transaction.Execute("INSERT INTO tenant_steps VALUES ('t', 1, 'active', 'x', 1)", {})
        .status();
  };
  ASSERT_TRUE(store_->Write(insert).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Write(insert)));
  EXPECT_TRUE(absl::IsInternal(store_->Write(
      [](Transaction& transaction) { return transaction.Execute("NO SQL", {}).status(); })));
}

TEST_F(MetastoreTest, RefusesAChangedOrNewerSchema) {
  std::vector<Migration> changed = Migrations();
  changed[0].sql = "CREATE TABLE other (x TEXT);\n";
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate(*store_, changed, 1)));
  std::vector<Migration> longer = Migrations();
  longer.push_back({2, "next", "CREATE TABLE next (x TEXT);\n"});
  ASSERT_TRUE(Migrate(*store_, longer, 1).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate(*store_, Migrations(), 1)));
}

TEST_F(MetastoreTest, MigratesTheOldestSchemaToTheNewest) {
  const std::string newest = Scalar(
      "SELECT group_concat(sql, ';') FROM (SELECT sql FROM "
      "sqlite_master WHERE sql IS NOT NULL ORDER BY name)");
  std::filesystem::remove(folder_ + "/metastore.db");
  store_.reset();
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  store_ = *SqliteMetastore::Open(folder_ + "/metastore.db", {}, faults_);
  ASSERT_TRUE(Migrate(*store_, {Migrations().front()}, 1).ok());
  ASSERT_TRUE(Add("t", "kept").ok());
  ASSERT_TRUE(Migrate(*store_, Migrations(), 2).ok());
  EXPECT_EQ(Scalar("SELECT event FROM outbox"), "kept");
  EXPECT_EQ(Scalar("SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master WHERE sql IS "
                   "NOT NULL ORDER BY name)"),
            newest);
}

TEST_F(MetastoreTest, KeepsTheAuditTrailAppendOnly) {
  ASSERT_TRUE(store_
                  ->Write([](Transaction& transaction) {
                    return WriteAudit(transaction,
                                      {1, {"user admin", "r"}, "t", "x", "y", "", "{}"});
                  })
                  .ok());
  for (const char* sql : {"DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"}) {
    EXPECT_FALSE(store_
                     ->Write([sql](Transaction& transaction) {
                       return transaction.Execute(sql, {}).status();
                     })
                     .ok());
  }
  EXPECT_EQ(Scalar("SELECT actor FROM audit"), "user admin");
}

TEST_F(MetastoreTest, PublishesEveryCommittedEventInOrderWhateverFails) {
  std::vector<std::string> log;
  bool refuse = true;
  OutboxRelay relay(
      *store_,
      [&](const std::string& stream, const std::vector<OutboxEvent>& events) -> absl::Status {
        EXPECT_EQ(stream, "companies");
        if (std::exchange(refuse, false)) return absl::UnavailableError("planted");
        for (const OutboxEvent& event : events) log.push_back(event.event);
        return absl::OkStatus();
      },
      {}, faults_, metrics_);
  ASSERT_TRUE(Add("t", "1").ok());
  ASSERT_TRUE(Add("t", "2").ok());
  EXPECT_FALSE(relay.PublishBatch().ok());  // the log refuses
  faults_.Fail("outbox.published", absl::UnavailableError("planted"));
  EXPECT_FALSE(relay.PublishBatch().ok());  // a crash before the rows are removed
  EXPECT_EQ(*relay.PublishBatch(), 2u);
  EXPECT_EQ(*relay.PublishBatch(), 0u);
  EXPECT_EQ(log, (std::vector<std::string>{"1", "2", "1", "2"}));
}

TEST_F(MetastoreTest, RelayPublishesWhatIsCommittedWhileItRuns) {
  absl::Mutex mutex;
  size_t count = 0;
  OutboxRelay relay(
      *store_,
      [&](const std::string&, const std::vector<OutboxEvent>& events) {
        absl::MutexLock lock(&mutex);
        count += events.size();
        return absl::OkStatus();
      },
      {}, faults_, metrics_);
  ASSERT_TRUE(relay.Start().ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Add("t", std::to_string(i)).ok());
  relay.Drain(absl::Now() + absl::Seconds(30));
  relay.Stop();
  EXPECT_EQ(count, 20u);
}

TEST_F(MetastoreTest, AnswersARepeatedRequestAsTheFirst) {
  base::ManualClock clock(absl::FromUnixSeconds(1000));
  IdempotencyStore answers(*store_, clock, {});
  EXPECT_FALSE((*answers.Begin("a", "k", "h")).has_value());
  EXPECT_TRUE(absl::IsAborted(answers.Begin("a", "k", "h").status()));
  ASSERT_TRUE(answers.Finish("a", "k", "done").ok());
  EXPECT_EQ(**answers.Begin("a", "k", "h"), "done");
  EXPECT_TRUE(absl::IsInvalidArgument(answers.Begin("a", "k", "other").status()));
  EXPECT_FALSE((*answers.Begin("b", "k", "other")).has_value());
  clock.Advance(absl::Minutes(2));  // b never answered
  EXPECT_FALSE((*answers.Begin("b", "k", "other")).has_value());
  clock.Advance(absl::Hours(25));
  EXPECT_FALSE((*answers.Begin("a", "k", "other")).has_value());
}

TEST_F(MetastoreTest, LetsOneOfManyRacingRequestsWork) {
  base::ManualClock clock(absl::FromUnixSeconds(1000));
  IdempotencyStore answers(*store_, clock, {});
  std::atomic<int> winners = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto begun = answers.Begin("a", "race", "h");
      if (begun.ok() && !begun->has_value()) ++winners;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(winners, 1);
}

}  // namespace
}  // namespace tenantry::metastore
