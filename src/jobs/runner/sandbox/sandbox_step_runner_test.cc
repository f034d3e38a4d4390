#include "jobs/runner/sandbox/sandbox_step_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/full_disk.h"
#include "base/status.h"
#include "jobs/runner/runner_test_env.h"

namespace tenantry::jobs {
namespace {

using testing::HasSubstr;

// Runs SQL in folders of its own beside a secret that it is not to reach.
class Sandbox : public testing::Test {
 protected:
  Sandbox() {
    for (const char* name : {"in", "out", "secret"}) {
      std::filesystem::create_directories(env_.folder / name);
    }
    std::ofstream(env_.folder / "secret/other.csv") << "a\ntreasure\n";
    std::ofstream(env_.folder / "in/mine.csv") << "a\n1\n";
  }

  absl::Status Run(const std::string& sql, const lake::sql::SqlOptions& options = {}) {
    lake::sql::SqlProcesses processes(options, env_.folder / "limited", env_.metrics);
    SandboxStepRunner steps(processes, env_.disk, 1 << 20, env_.folder.path());
    StepTask task;
    task.sql = sql;
    task.in_folder = env_.folder / "in";
    task.out_folder = env_.folder / "out";
    JobUse use;
    const auto no_tables = [](const auto&) { return std::vector<StagedTable>(); };
    return steps.Run(task, no_tables, use).status();
  }

  RunnerTestEnv env_;
};

TEST_F(Sandbox, ReachesForNothingButItsTables) {
  const std::string secret = QuotedText(env_.folder / "secret/other.csv");
  const std::string link = env_.folder / "in/link.csv";
  std::filesystem::create_symlink(env_.folder / "secret/other.csv", link);
  const std::vector<std::string> hostile = {
      "SELECT * FROM read_csv(" + secret + ")",
      "SELECT * FROM " + secret,
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM read_csv(" + QuotedText(link) + ")",
      "SELECT * FROM read_csv('../secret/other.csv')",
      "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
      "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
      "SELECT * FROM sqlite_scan('/etc/passwd', 'x')",
      "SELECT * FROM glob('/etc/*')",
  };
  for (const std::string& sql : hostile) {
    const absl::Status status = Run(sql);
    EXPECT_FALSE(status.ok()) << sql;
    EXPECT_EQ(std::string(base::Message(status)).find("treasure"), std::string::npos) << sql;
  }
}

TEST_F(Sandbox, ChangesNothingOutsideOfItsResult) {
  for (const char* sql : {
           "SET threads = 8",
           "INSTALL httpfs",
           "LOAD httpfs",
           "ATTACH '/tmp/x.db'",
           "COPY (SELECT 1) TO '/tmp/tenantry-escaped.csv'",
           "CREATE TABLE t (x INTEGER)",
           "PRAGMA database_list",
           "CALL enable_logging(storage='file')",
           "DROP TABLE t",
           "EXPORT DATABASE '/tmp/tenantry-escaped'",
           "CREATE SECRET s (TYPE s3)",
       }) {
    EXPECT_FALSE(Run(sql).ok()) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists("/tmp/tenantry-escaped.csv"));
  std::ifstream mine(env_.folder / "in/mine.csv");
  std::string text;
  std::getline(mine, text, '\0');
  EXPECT_EQ(text, "a\n1\n");
}

TEST_F(Sandbox, EndsWhatIsEndlessOrEnormous) {
  lake::sql::SqlOptions options;
  options.sql_time_max = absl::Milliseconds(500);
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      Run("SELECT sum(a.range) FROM range(10000000) a, range(10000000) b", options)));
  options = {};
  options.sql_memory_max = 128 << 20;
  options.sql_spill_max = 1 << 20;
  EXPECT_TRUE(absl::IsResourceExhausted(Run("SELECT length(repeat('x', 3000000000))", options)));
  const absl::Status spilled =
      Run("SELECT DISTINCT range, md5(range::TEXT) FROM range(20000000)", options);
  EXPECT_TRUE(absl::IsResourceExhausted(spilled)) << spilled;
  EXPECT_EQ(spilled.message().find(env_.folder.path()), absl::string_view::npos) << spilled;
  const absl::Status large = Run("SELECT random() AS x FROM range(1000000)");
  EXPECT_TRUE(absl::IsResourceExhausted(large)) << large;
  EXPECT_TRUE(Run("SELECT 1 AS x").ok()) << "the next step is none the worse";
}

TEST_F(Sandbox, LeavesTheDisksReserveFree) {
  env_.disk_free = 1 << 20;
  EXPECT_TRUE(Run("SELECT 1 AS x").ok());
  env_.disk_free = (1 << 20) + (128 << 10);
  const absl::Status large = Run("SELECT random() AS x FROM range(100000)");
  EXPECT_TRUE(base::IsFullDisk(large)) << large;
  EXPECT_THAT(large.ToString(), HasSubstr("lake.disk_free_min"));
  EXPECT_THAT(large.ToString(), HasSubstr("write less, or free some space"));
}

TEST_F(Sandbox, NamesTheLimitOfAResult) {
  const absl::Status large = Run("SELECT random() AS x FROM range(1000000)");
  EXPECT_THAT(large.ToString(), HasSubstr("jobs.step_result_bytes_max"));
}

TEST_F(Sandbox, SaysOfAValueThatAResultCannotHoldWhatItIs) {
  const absl::Status interval = Run("SELECT INTERVAL '-1 day' AS i");
  EXPECT_TRUE(absl::IsInvalidArgument(interval)) << interval;
  EXPECT_EQ(base::Message(interval),
            "its result is kept as Parquet, which has no negative intervals: cast them to VARCHAR");
}

TEST_F(Sandbox, RunsQueriesThatEndInACommentAndKeepsTypes) {
  EXPECT_TRUE(Run("SELECT 1 AS x -- the end").ok());
  EXPECT_TRUE(Run("WITH a AS (SELECT 1.5::DECIMAL(9, 2) AS d, [1, 2] AS l, {'k': 1} AS s, "
                  "DATE '2024-01-01' AS day, NULL AS n) SELECT * FROM a")
                  .ok());
  EXPECT_TRUE(Run("SELECT 1 AS x WHERE false").ok()) << "no rows are a result";
  const absl::Status wrong = Run("SELEC 1");
  EXPECT_TRUE(absl::IsInvalidArgument(wrong)) << wrong;
  const std::string told = Run("SELECT 1 AS a,\n  nothing AS b").ToString();
  EXPECT_THAT(told, HasSubstr("nothing"));
  EXPECT_THAT(told, HasSubstr("(line 2 of its SQL)"));
  for (const char* not_theirs : {"COPY (", "DESCRIBE", "\n", "LINE"}) {
    EXPECT_THAT(told, testing::Not(HasSubstr(not_theirs)));
  }
  EXPECT_THAT(Run("SELECT 'x'::INTEGER AS a").ToString(), testing::Not(HasSubstr("COPY (")));
}

std::vector<std::optional<std::vector<TableSchema>>> NoTables(const JobSpec& spec) {
  return std::vector<std::optional<std::vector<TableSchema>>>(spec.steps.size(),
                                                              std::vector<TableSchema>{});
}

TEST_F(Sandbox, ChecksStepsWithoutRunningThem) {
  const JobSpec spec = SpecOf(R"json({"name": "n", "steps": [
    {"name": "orders", "kind": "load", "sql": "SELECT id, amount * 2 AS twice FROM orders"},
    {"name": "wrong", "kind": "load", "sql": "SELECT nothing FROM orders"},
    {"name": "behind", "kind": "load", "sql": "SELECT 1", "after": ["wrong"]},
    {"name": "sums", "kind": "process",
     "sql": "SELECT sum(twice) AS s, list(id) AS ids FROM orders -- all"},
    {"name": "endless", "kind": "process",
     "sql": "SELECT sum(a.range) AS s FROM range(10000000) a, range(10000000) b"}]})json");
  auto tables = NoTables(spec);
  tables[0] = {{"orders", {{"id", "INTEGER"}, {"amount", "DECIMAL(18,3)"}}}};
  const auto checks = env_.steps.Check(spec, tables);
  ASSERT_TRUE(checks.ok()) << checks.status();
  ASSERT_EQ(checks->size(), 5u);
  EXPECT_EQ((*checks)[0].problem, "");
  EXPECT_THAT((*checks)[0].columns, testing::ElementsAre(ColumnSpec{"id", "INTEGER"},
                                                         ColumnSpec{"twice", "DECIMAL(18,3)"}));
  EXPECT_THAT((*checks)[1].problem, HasSubstr("nothing"));
  EXPECT_THAT((*checks)[2].problem, HasSubstr("before the step 'wrong' is right"));
  EXPECT_EQ((*checks)[3].problem, "");
  EXPECT_THAT((*checks)[3].columns.back(), (ColumnSpec{"ids", "INTEGER[]"}));
  EXPECT_THAT((*checks)[4].columns.back(), (ColumnSpec{"s", "DECIMAL(38,0)"}))
      << "as it would be kept: Parquet has no HUGEINT";
  EXPECT_EQ((*checks)[4].problem, "");
}

// A persist step of each, so that what is stored can be asked.
TEST_F(Sandbox, TellsTheColumnsThatARunStores) {
  const JobSpec spec = SpecOf(R"json({"name": "n", "steps": [
    {"name": "odd", "kind": "persist", "dataSet": "odd",
  "sql": "SELECT '1'::BIT b, union_value(n := 2) u, 'x'::ENUM('x') e, [1]::INT[1] a, sum(1) h"},
    {"name": "twice", "kind": "load", "sql": "SELECT 1 AS x, 'a' AS x, u FROM odd"},
    {"name": "kept", "kind": "persist", "dataSet": "kept", "after": ["twice"]}]})json");
  const auto checks = env_.steps.Check(spec, NoTables(spec));
  ASSERT_TRUE(checks.ok()) << checks.status();
  const base::JobId id = env_.Add(ToJson(spec).dump());
  ASSERT_TRUE(env_.Execute(id).ok());
  ASSERT_EQ(env_.store.Get(id)->status, JobStatus::kSucceeded) << env_.store.Get(id)->error;
  for (const size_t step : {0u, 2u}) {
    EXPECT_EQ((*checks)[step].problem, "");
    std::string told;
    for (const ColumnSpec& column : (*checks)[step].columns) {
      told += (told.empty() ? "" : ",") + column.name + " " + column.type;
    }
    EXPECT_EQ(told, env_.Described(spec.steps[step].data_set));
  }
  EXPECT_EQ((*checks)[2].columns[1], (ColumnSpec{"x_1", "VARCHAR"}));
  EXPECT_TRUE(std::filesystem::is_empty(env_.folder / "checks"));
}

TEST_F(Sandbox, ChecksAStepOverADataSetThatAStepBeforeMakes) {
  const JobSpec spec = SpecOf(R"json({"name": "n", "steps": [
    {"name": "p", "kind": "persist", "dataSet": "ro", "sql": "SELECT 1 AS x"},
    {"name": "q", "kind": "load", "sql": "SELECT x + 1 AS y FROM ro"},
    {"name": "r", "kind": "load", "sql": "SELECT z FROM ro"}]})json");
  auto tables = NoTables(spec);
  tables[1] = tables[2] = {{"ro", {}, "p"}};
  const auto checks = env_.steps.Check(spec, tables);
  ASSERT_TRUE(checks.ok()) << checks.status();
  EXPECT_EQ((*checks)[1].problem, "");
  EXPECT_THAT((*checks)[1].columns, testing::ElementsAre(ColumnSpec{"y", "INTEGER"}));
  EXPECT_THAT((*checks)[2].problem, HasSubstr("z"));
}

TEST_F(Sandbox, LetsACheckReachForNothingEither) {
  const JobSpec spec = SpecOf(R"json({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT * FROM read_text('/etc/passwd')"}]})json");
  const auto checks = env_.steps.Check(spec, NoTables(spec));
  ASSERT_TRUE(checks.ok()) << checks.status();
  EXPECT_NE((*checks)[0].problem, "");
}

}  // namespace
}  // namespace tenantry::jobs
