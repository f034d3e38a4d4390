#include "metastore/sqlite/sqlite_metastore.h"

#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "metastore/sqlite/faulty_vfs.h"
#include "metastore/store_test_env.h"

namespace tenantry::metastore {
namespace {

MetastoreOptions Quick() {
  MetastoreOptions options;
  options.busy_timeout = absl::Milliseconds(50);
  return options;
}

absl::Status Write(Metastore& store, const std::string& sql) {
  return store.Write(
      [&](Transaction& transaction) { return transaction.Execute(sql, {}).status(); });
}

// A connection of somebody else's.
class Stranger {
 public:
  explicit Stranger(const std::string& file) { sqlite3_open(file.c_str(), &handle_); }
  ~Stranger() { sqlite3_close(handle_); }
  void Do(const char* sql) {
    ASSERT_EQ(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  }

 private:
  sqlite3* handle_ = nullptr;
};

TEST(SqliteMetastore, KeepsWhatWasCommittedOverAReopening) {
  TestStore env;
  ASSERT_TRUE(env.Do("INSERT INTO outbox (stream, tenant_id, event) VALUES ('s', 't', 'e')").ok());
  env.Reopen();
  EXPECT_EQ(env.Scalar("SELECT event FROM outbox"), "e");
}

TEST(SqliteMetastore, RunsInWalSyncedWithForeignKeys) {
  TestStore env;
  EXPECT_EQ(env.Scalar("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(env.Scalar("PRAGMA synchronous"), "2");
  EXPECT_EQ(env.Scalar("PRAGMA foreign_keys"), "1");
  const absl::Status orphan = env.store().Write([](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(
        transaction.Execute("CREATE TABLE a (x TEXT PRIMARY KEY)", {}).status());
    TENANTRY_RETURN_IF_ERROR(
        transaction.Execute("CREATE TABLE b (x TEXT REFERENCES a)", {}).status());
    return transaction.Execute("INSERT INTO b VALUES ('nobody')", {}).status();
  });
  EXPECT_TRUE(absl::IsFailedPrecondition(orphan)) << orphan;
}

TEST(SqliteMetastore, RefusesWhatIsNoDatabaseOrDamaged) {
  const std::string folder = FreshFolder();
  base::NoFaults faults;
  std::ofstream(folder + "/text") << std::string(8192, 'x');
  const auto opened = SqliteMetastore::Open(folder + "/text", {}, faults);
  EXPECT_TRUE(absl::IsDataLoss(opened.status())) << opened.status();
  EXPECT_NE(base::Message(opened.status()).find(folder + "/text"), std::string_view::npos);
}

TEST(SqliteMetastore, RefusesAFolderThatIsNotThereOrNotOurs) {
  const std::string folder = FreshFolder();
  base::NoFaults faults;
  EXPECT_TRUE(absl::IsPermissionDenied(
      SqliteMetastore::Open(folder + "/absent/metastore.db", {}, faults).status()));
  {
    ASSERT_TRUE(SqliteMetastore::Open(folder + "/metastore.db", {}, faults).ok());
  }
  // Root may write everywhere: a child gives that up.
  const pid_t child = fork();
  if (child == 0) {
    std::filesystem::permissions(folder + "/metastore.db", std::filesystem::perms(0444));
    std::filesystem::permissions(folder, std::filesystem::perms(0555));
    if (getuid() == 0 && setuid(65534) != 0) _exit(2);
    const auto opened = SqliteMetastore::Open(folder + "/metastore.db", {}, faults);
    _exit(absl::IsPermissionDenied(opened.status()) ? 0 : 1);
  }
  int result = 0;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  EXPECT_TRUE(WIFEXITED(result) && WEXITSTATUS(result) == 0) << result;
}

TEST(SqliteMetastore, RefusesAFileThatAnotherProcessKeeps) {
  const std::string file = FreshFolder() + "/metastore.db";
  base::NoFaults faults;
  {
    ASSERT_TRUE(SqliteMetastore::Open(file, {}, faults).ok());
  }
  Stranger stranger(file);
  stranger.Do("BEGIN IMMEDIATE");
  const auto opened = SqliteMetastore::Open(file, Quick(), faults);
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
  stranger.Do("ROLLBACK");
  EXPECT_TRUE(SqliteMetastore::Open(file, Quick(), faults).ok());
}

TEST(SqliteMetastore, IsUnavailableWhileAnotherWrites) {
  const std::string file = FreshFolder() + "/metastore.db";
  base::NoFaults faults;
  auto store = *SqliteMetastore::Open(file, Quick(), faults);
  {
    Stranger stranger(file);
    stranger.Do("BEGIN IMMEDIATE");
    EXPECT_TRUE(absl::IsUnavailable(Write(*store, "CREATE TABLE a (x TEXT)")));
  }
  absl::Notification inside, leave;
  std::thread writer([&] {
    EXPECT_TRUE(store
                    ->Write([&](Transaction&) {
                      inside.Notify();
                      leave.WaitForNotification();
                      return absl::OkStatus();
                    })
                    .ok());
  });
  inside.WaitForNotification();
  EXPECT_TRUE(absl::IsUnavailable(Write(*store, "CREATE TABLE a (x TEXT)")));
  leave.Notify();
  writer.join();
  EXPECT_TRUE(Write(*store, "CREATE TABLE a (x TEXT)").ok());
}

TEST(SqliteMetastore, BoundsItsReaders) {
  base::NoFaults faults;
  MetastoreOptions options = Quick();
  options.readers = 1;
  auto store = *SqliteMetastore::Open(FreshFolder() + "/metastore.db", options, faults);
  const auto nothing = [](Transaction&) { return absl::OkStatus(); };
  EXPECT_TRUE(
      store
          ->Read([&](Transaction&) {
            std::thread([&] { EXPECT_TRUE(absl::IsUnavailable(store->Read(nothing))); }).join();
            return absl::OkStatus();
          })
          .ok());
  EXPECT_TRUE(store->Read(nothing).ok());
}

TEST(SqliteMetastore, InterruptsWhatTakesTooLong) {
  base::NoFaults faults;
  MetastoreOptions options;
  options.transaction_timeout = absl::Milliseconds(30);
  auto store = *SqliteMetastore::Open(FreshFolder() + "/metastore.db", options, faults);
  const char* endless =
      "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n";
  for (const bool writes : {false, true}) {
    const auto ask = [&](Transaction& transaction) {
      return transaction.Query(endless, {}, 1).status();
    };
    const absl::Status status = writes ? store->Write(ask) : store->Read(ask);
    EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  }
  EXPECT_TRUE(Write(*store, "CREATE TABLE a (x TEXT)").ok()) << "and goes on afterwards";
}

TEST(SqliteMetastore, AsksForFaultsAtItsPoints) {
  TestStore env;
  const char* insert = "INSERT INTO outbox (stream, tenant_id, event) VALUES ('s', 't', 'e')";
  for (const char* point : {"metastore.begin", "metastore.commit"}) {
    env.faults().Fail(point, absl::UnavailableError("planted"));
    EXPECT_TRUE(absl::IsUnavailable(env.Do(insert))) << point;
  }
  EXPECT_EQ(env.Scalar("SELECT COUNT(*) FROM outbox"), "0");
}

// Fills the disk at the n-th write of a series of transactions, for every n.
TEST(SqliteMetastore, LosesNothingWhenTheDiskFillsAtAnyWrite) {
  const std::string big(9000, 'x');
  int filled = 0;
  for (int passes = 0; passes < 40; ++passes) {
    sqlite::FaultyVfs disk;
    TestStore env;
    std::vector<std::string> acknowledged;
    disk.FailWrites(passes, SQLITE_FULL);
    for (int i = 0; i < 6; ++i) {
      const std::string event = std::to_string(i) + big;
      const absl::Status status = env.store().Write(
          [&](Transaction& transaction) { return AddToOutbox(transaction, {"s", "t", event}); });
      if (status.ok()) acknowledged.push_back(event);
      if (!status.ok()) {
        EXPECT_TRUE(absl::IsUnavailable(status)) << status;
        EXPECT_NE(base::Message(status).find("full"), std::string_view::npos) << status;
      }
    }
    filled += disk.failed() > 0 ? 1 : 0;
    disk.Heal();
    const std::string after = "after" + big;
    ASSERT_TRUE(env.store()
                    .Write([&](Transaction& transaction) {
                      return AddToOutbox(transaction, {"s", "t", after});
                    })
                    .ok())
        << "goes on by itself once there is room";
    acknowledged.push_back(after);
    EXPECT_EQ(env.Column("SELECT event FROM outbox ORDER BY number"), acknowledged);
    env.Reopen();
    EXPECT_EQ(env.Column("SELECT event FROM outbox ORDER BY number"), acknowledged);
    EXPECT_EQ(env.Scalar("PRAGMA integrity_check"), "ok");
  }
  EXPECT_GT(filled, 10) << "the disk was full at many different writes";
}

TEST(SqliteMetastore, SaysThatItsDiskCannotBeWrittenAndReadsOn) {
  sqlite::FaultyVfs disk;
  TestStore env;
  disk.FailWrites(0, SQLITE_READONLY);
  const absl::Status refused = env.Do(
      "INSERT INTO outbox (stream, tenant_id, event) VALUES ('s', "
      "'t', 'e')");
  EXPECT_TRUE(absl::IsUnavailable(refused)) << "not that the caller may not: " << refused;
  EXPECT_EQ(env.Scalar("SELECT COUNT(*) FROM outbox"), "0");
  disk.Heal();
  EXPECT_TRUE(env.Do("INSERT INTO outbox (stream, tenant_id, event) VALUES ('s', 't', 'e')").ok());
}

TEST(SqliteMetastore, WritesNothingMoreAfterAFailedSync) {
  sqlite::FaultyVfs disk;
  TestStore env;
  const auto add = [&](const char* event) {
    return env.store().Write(
        [event](Transaction& transaction) { return AddToOutbox(transaction, {"s", "t", event}); });
  };
  ASSERT_TRUE(add("synced").ok());
  disk.FailSyncs(0, SQLITE_IOERR_FSYNC);
  EXPECT_TRUE(absl::IsDataLoss(add("unsynced")));
  disk.Heal();
  const absl::Status later = add("later");
  EXPECT_TRUE(absl::IsDataLoss(later)) << later;
  EXPECT_EQ(env.Scalar("SELECT COUNT(*) FROM outbox"), "1") << "reading goes on";
  env.Reopen();
  EXPECT_TRUE(add("restarted").ok());
  const auto kept = env.Column("SELECT event FROM outbox ORDER BY number");
  EXPECT_EQ(kept.front(), "synced");
  EXPECT_EQ(kept.back(), "restarted");
}

TEST(SqliteMetastore, KeepsAPathWithSpaces) {
  const std::string folder = FreshFolder() + "/a  b = c";
  std::filesystem::create_directories(folder);
  base::NoFaults faults;
  ASSERT_TRUE(SqliteMetastore::Open(folder + "/meta store.db", {}, faults).ok());
  EXPECT_TRUE(std::filesystem::exists(folder + "/meta store.db"));
  EXPECT_TRUE(absl::IsInvalidArgument(SqliteMetastore::Open("a\"b", {}, faults).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SqliteMetastore::Open(":memory:", {}, faults).status()));
}

}  // namespace
}  // namespace tenantry::metastore
