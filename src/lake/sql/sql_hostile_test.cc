// SQL that tries to leave its folders, to reach the network, to load code, to loosen the locks or
// to fill the disk.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/full_disk.h"
#include "base/status.h"
#include "lake/sql/sql_process.h"
#include "lake/sql/sql_test_env.h"

namespace tenantry::lake::sql {
namespace {

using testing::HasSubstr;

constexpr const char* kSecret = "the-other-tenants-secret";

// MINE is the folder that SQL may use, THEIRS the one beside it.
const char* const kHostile[] = {
    // Files by every reader.
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd', sep=':', header=false)",
    "SELECT * FROM read_csv_auto('THEIRS/secret.csv')",
    "SELECT * FROM sniff_csv('THEIRS/secret.csv')",
    "SELECT * FROM 'THEIRS/secret.csv'",
    "FROM 'THEIRS/secret.parquet'",
    "SELECT * FROM read_parquet(['MINE/../theirs/secret.parquet'])",
    "SELECT * FROM parquet_metadata('THEIRS/secret.parquet')",
    "SELECT * FROM parquet_schema('THEIRS/secret.parquet')",
    "SELECT * FROM parquet_kv_metadata('THEIRS/secret.parquet')",
    "SELECT * FROM parquet_file_metadata('THEIRS/secret.parquet')",
    "SELECT * FROM read_json('THEIRS/secret.csv')",
    "SELECT * FROM read_json_objects('THEIRS/secret.csv')",
    "SELECT * FROM read_ndjson_objects('THEIRS/secret.csv')",
    "SELECT * FROM read_text('file://THEIRS/secret.csv')",
    "SELECT * FROM read_duckdb('THEIRS/secret.db', table_name='t')",
    "COPY (SELECT 1) TO 'MINE/x.csv'; CREATE TABLE t (a VARCHAR); COPY t FROM "
    "'THEIRS/secret.csv'",
    // Names that lead out.
    "SELECT * FROM read_text('MINE/../theirs/secret.csv')",
    "SELECT * FROM read_text('MINE/./../theirs/secret.csv')",
    "SELECT * FROM read_text('MINE//..//theirs/secret.csv')",
    "SELECT * FROM read_text('MINE-too/secret.csv')",
    "SELECT * FROM read_text('MINE/link.csv')",
    "SELECT * FROM read_text('MINE/link/secret.csv')",
    "SELECT * FROM read_csv('MINE/link.csv')",
    "SELECT * FROM read_csv('MINE/link*.csv')",
    "SELECT * FROM read_text('MINE/*/secret.csv')",
    "SELECT * FROM read_text('../../theirs/secret.csv')",
    "SELECT * FROM read_text('MINE/link/../../theirs/secret.csv')",
    "SELECT * FROM glob('THEIRS/*')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_blob('/proc/self/maps')",
    "SELECT * FROM read_blob('/proc/self/fd/3')",
    "SELECT * FROM read_text('/dev/stdin')",
    // Databases.
    "ATTACH 'THEIRS/secret.db' AS x; SELECT * FROM x.t",
    "ATTACH 'THEIRS/secret.db' AS x (READ_ONLY); SELECT * FROM x.t",
    "ATTACH 'MINE/../theirs/secret.db' AS x; SELECT * FROM x.t",
    "ATTACH 'THEIRS/new.db' AS x",
    "USE 'THEIRS/secret.db'",
    "IMPORT DATABASE 'THEIRS'",
    // Writing.
    "COPY (SELECT 1) TO 'THEIRS/written.csv'",
    "COPY (SELECT 1) TO 'THEIRS/secret.csv'",
    "COPY (SELECT 1) TO 'MINE/link.csv'",
    "COPY (SELECT 1) TO 'MINE/link/written.csv'",
    "COPY (SELECT 1) TO 'MINE/dangling.csv'",
    "COPY (SELECT 1) TO 'MINE/../theirs/written.csv'",
    "COPY (SELECT 1 AS a) TO 'THEIRS' (FORMAT parquet, PARTITION_BY (a), OVERWRITE)",
    "COPY (SELECT '../../theirs/x' AS a, 1 AS b) TO 'MINE/link' (FORMAT parquet, PARTITION_BY "
    "(a))",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "COPY (SELECT 1) TO '/proc/self/fd/3'",
    "EXPORT DATABASE 'THEIRS/exported'",
    "CALL enable_logging(storage='file', storage_path='THEIRS/log'); SELECT 1",
    "PRAGMA enable_profiling; PRAGMA profiling_output='THEIRS/profile.json'; SELECT 1",
    // Code and network.
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL httpfs FROM community",
    "INSTALL 'THEIRS/evil.duckdb_extension'",
    "LOAD 'THEIRS/evil.duckdb_extension'",
    "UPDATE EXTENSIONS (httpfs)",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "SELECT * FROM read_text('s3://bucket/key')",
    "ATTACH 'postgres://127.0.0.1/x' AS p (TYPE postgres)",
    "CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    // Loosening the locks.
    "SET enable_external_access = true",
    "RESET enable_external_access",
    "SET lock_configuration = false",
    "SET allowed_directories = ['/']",
    "SET allowed_paths = ['/etc/passwd']",
    "SET memory_limit = '64GB'",
    "SET threads = 64",
    "SET temp_directory = 'THEIRS'",
    "SET GLOBAL temp_directory = 'THEIRS'",
    "SET home_directory = 'THEIRS'",
    "SET extension_directory = 'THEIRS'",
    "SET allow_unsigned_extensions = true",
    "SET autoinstall_known_extensions = true",
    "SET profiling_output = 'THEIRS/profile.json'",
    "SET log_query_path = 'THEIRS/queries'",
    "PRAGMA temp_directory = 'THEIRS'",
    "SELECT getenv('HOME')",
};

// A folder that SQL may use, with ways out of it, beside one that it may not.
class HostileSql : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(mine());
    std::filesystem::create_directories(env_.folder / "mine-too");
    std::filesystem::create_directories(theirs());
    Write(mine() + "/own.csv", "a\n1\n");
    Write(theirs() + "/secret.csv", std::string("a\n") + kSecret + "\n");
    Write(env_.folder / "mine-too/secret.csv", std::string("a\n") + kSecret + "\n");
    std::filesystem::create_symlink(theirs() + "/secret.csv", mine() + "/link.csv");
    std::filesystem::create_directory_symlink(theirs(), mine() + "/link");
    std::filesystem::create_symlink(theirs() + "/fresh.csv", mine() + "/dangling.csv");
    SqlTask task;
    task.folders = {theirs()};
    ASSERT_TRUE(Run(fmt::format("COPY (SELECT '{}' AS a) TO '{}/secret.parquet'; ATTACH "
                                "'{}/secret.db' AS s; CREATE TABLE s.t AS SELECT '{}' AS a; "
                                "DETACH s",
                                kSecret, theirs(), theirs(), kSecret),
                    task)
                    .ok());
    before_ = Snapshot();
  }

  std::string mine() const { return env_.folder / "mine"; }
  std::string theirs() const { return env_.folder / "theirs"; }

  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }

  // Every file outside the folder that SQL may use, with its bytes.
  std::map<std::string, std::string> Snapshot() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(env_.folder.path())) {
      const std::string path = entry.path().string();
      if (path.starts_with(mine() + "/")) continue;
      if (entry.is_directory()) {
        files[path] = "folder";
        continue;
      }
      std::ifstream file(path, std::ios::binary);
      files[path] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
  }

  // Runs `sql`; what it answers stands in `answer_`.
  absl::Status Run(const std::string& sql, const SqlTask& task) {
    answer_.clear();
    TENANTRY_ASSIGN_OR_RETURN(auto process, env_.processes().Start(task));
    return process->Query(sql, [&](const std::vector<SqlColumn>& columns, const SqlChunk& chunk) {
      for (size_t row = 0; row < chunk.rows(); ++row) {
        for (size_t i = 0; i < columns.size(); ++i) {
          if (!HoldsBytes(columns[i].type)) continue;
          answer_ += std::string(chunk.column(i).Bytes(row)) + "\n";
        }
      }
      return absl::OkStatus();
    });
  }

  absl::Status RunConfined(std::string sql) {
    Replace(sql, "MINE", mine());
    Replace(sql, "THEIRS", theirs());
    SqlTask task;
    task.folders = {mine()};
    task.time_max = absl::Seconds(20);
    return Run(sql, task);
  }

  static void Replace(std::string& text, const std::string& from, const std::string& to) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, from.size(), to);
      at += to.size();
    }
  }

  SqlTestEnv env_;
  std::map<std::string, std::string> before_;
  std::string answer_;
};

TEST_F(HostileSql, UsesItsOwnFolder) {
  for (const char* sql : {"SELECT * FROM read_csv('MINE/own.csv')",
                          "COPY (SELECT 1 AS a) TO 'MINE/made.parquet'; FROM 'MINE/made.parquet'",
                          "SELECT * FROM glob('MINE/*.csv')"}) {
    const absl::Status status = RunConfined(sql);
    EXPECT_TRUE(status.ok()) << sql << ": " << status;
  }
}

TEST_F(HostileSql, NeverGetsOut) {
  for (const std::string sql : kHostile) {
    const absl::Status status = RunConfined(sql);
    EXPECT_FALSE(status.ok()) << sql << " answered " << answer_.substr(0, 200);
    EXPECT_THAT(answer_, testing::Not(testing::HasSubstr(kSecret))) << sql;
    EXPECT_NE(status.code(), absl::StatusCode::kDeadlineExceeded) << sql;
    ASSERT_TRUE(Snapshot() == before_) << sql << " changed something: " << status;
  }
}

TEST_F(HostileSql, PatternsShowOnlyWhatLiesInTheFolder) {
  ASSERT_TRUE(RunConfined("SELECT filename, content FROM read_text('MINE/**')").ok());
  EXPECT_THAT(answer_, testing::HasSubstr("own.csv"));
  EXPECT_THAT(answer_, testing::Not(testing::HasSubstr(kSecret)));
}

TEST_F(HostileSql, ReadsButDoesNotWriteWhatIsReadOnly) {
  SqlTask task;
  task.read_only_folders = {theirs()};
  const std::string read = fmt::format("SELECT * FROM read_csv('{}/secret.csv')", theirs());
  ASSERT_TRUE(Run(read, task).ok());
  EXPECT_THAT(answer_, testing::HasSubstr(kSecret));
  for (const char* target : {"secret.csv", "written.csv", "folder/written.csv"}) {
    EXPECT_FALSE(Run(fmt::format("COPY (SELECT 1) TO '{}/{}'", theirs(), target), task).ok());
    EXPECT_TRUE(Snapshot() == before_) << target;
  }
}

absl::Status RunOnce(SqlProcesses& processes, const std::string& sql, const SqlTask& task) {
  TENANTRY_ASSIGN_OR_RETURN(const auto process, processes.Start(task));
  return process->Execute(sql);
}

// A disk with so many bytes free, which a reserve of 1 MiB looks at.
struct TestDisk {
  std::atomic<int64_t> free = int64_t{1} << 40;
  runtime::DiskReserve reserve{"", 1 << 20, "lake", "lake.disk_free_min",
                               [this](const std::string&) { return free.load(); }};
};

TEST(GreedySql, BeginsNothingOnAFullDiskAndTakesHalfOfWhatIsFree) {
  SqlTestEnv env;
  TestDisk disk;
  SqlTask task;
  task.disk = &disk.reserve;
  task.folders = {env.folder.path()};
  disk.free = (1 << 20) - 1;
  const absl::Status full = RunOnce(env.processes(), "SELECT 1", task);
  EXPECT_TRUE(base::IsFullDisk(full)) << full;
  EXPECT_THAT(full.ToString(), HasSubstr("lake.disk_free_min"));
  disk.free = 3 << 20;
  const std::string copy = "COPY (SELECT md5(i::VARCHAR) FROM range({}) t(i)) TO '{}'";
  EXPECT_TRUE(
      RunOnce(env.processes(), fmt::format(fmt::runtime(copy), 20'000, env.folder / "a.csv"), task)
          .ok());
  const absl::Status large =
      RunOnce(env.processes(), fmt::format(fmt::runtime(copy), 40'000, env.folder / "b.csv"), task);
  EXPECT_TRUE(base::IsFullDisk(large)) << large;
  EXPECT_THAT(large.ToString(), HasSubstr("lake.disk_free_min"));
}

TEST(GreedySql, IsEndedWhenTheDiskFillsAndItIsToBlame) {
  SqlTestEnv env;
  TestDisk disk;
  SqlTask task;
  task.disk = &disk.reserve;
  task.folders = {env.folder.path()};
  auto innocent = env.processes().Start(task);
  auto culprit = env.processes().Start(task);
  ASSERT_TRUE(innocent.ok() && culprit.ok()) << innocent.status() << culprit.status();
  ASSERT_TRUE((*innocent)->Execute("CREATE TABLE t AS SELECT * FROM range(2000000)").ok());
  disk.free = 0;
  const absl::Status went_on = (*innocent)->Execute("SELECT max(range) FROM t");
  EXPECT_TRUE(went_on.ok()) << "it wrote nothing: " << went_on;
  std::ofstream(env.folder / "work.csv") << std::string(2 << 20, 'x');
  const absl::Status ended =
      (*culprit)->Execute("SELECT count(*) FROM range(100000000000) a(i) WHERE i % 7 = 3");
  EXPECT_TRUE(base::IsFullDisk(ended)) << ended;
  EXPECT_THAT(ended.ToString(), HasSubstr("lake.disk_free_min"));
}

}  // namespace
}  // namespace tenantry::lake::sql
