#include "lake/sql/sql_process.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/status.h"
#include "base/steady_time.h"
#include "lake/sql/duckdb_library.h"
#include "lake/sql/sql_test_env.h"
#include "lake/sql/sql_worker.h"

namespace tenantry::lake::sql {
namespace {

using testing::HasSubstr;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs `sql` in a process of its own; the first column's texts or numbers, one a row.
absl::StatusOr<std::vector<std::string>> Ask(SqlProcesses& processes, const std::string& sql,
                                             const SqlTask& task = {}) {
  TENANTRY_ASSIGN_OR_RETURN(auto process, processes.Start(task));
  std::vector<std::string> answers;
  TENANTRY_RETURN_IF_ERROR(
      process->Query(sql, [&](const std::vector<SqlColumn>& columns, const SqlChunk& chunk) {
        for (size_t row = 0; row < chunk.rows(); ++row) {
          const SqlValues& values = chunk.column(0);
          answers.push_back(HoldsBytes(columns[0].type) ? std::string(values.Bytes(row))
                                                        : fmt::format("{}", values.Integer(row)));
        }
        return absl::OkStatus();
      }));
  return answers;
}

absl::Status Error(SqlProcesses& processes, const std::string& sql, const SqlTask& task = {}) {
  return Ask(processes, sql, task).status();
}

// The state letter of a process in /proc; 0 when there is none.
char StateOf(pid_t pid) {
  const std::string stat = ReadAll(fmt::format("/proc/{}/stat", pid));
  const size_t paren = stat.rfind(')');
  return paren == std::string::npos ? '\0' : stat[paren + 2];
}

TEST(SqlProcess, AnswersEveryStatementAndGivesRowsOfTheLast) {
  SqlTestEnv env;
  const auto answer =
      Ask(env.processes(), "CREATE TABLE t AS SELECT 40 + 2 AS x; SELECT 1; SELECT x FROM t");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(*answer, testing::ElementsAre("42"));
}

TEST(SqlProcess, StreamsManyRowsInOrderWithoutHoldingThem) {
  SqlTestEnv env;
  env.options.sql_memory_max = 256 << 20;
  auto process = env.processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  int64_t expected = 0;
  // 600 MB of text through a process of 256 MB.
  const absl::Status status =
      (*process)->Query("SELECT i, repeat('x', 1000) FROM range(600000) t(i)",
                        [&](const std::vector<SqlColumn>&, const SqlChunk& chunk) {
                          for (size_t row = 0; row < chunk.rows(); ++row) {
                            if (chunk.column(0).Integer(row) != expected++)
                              return base::Internal("out of order");
                            if (chunk.column(1).Bytes(row).size() != 1000)
                              return base::Internal("short");
                          }
                          return absl::OkStatus();
                        });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(expected, 600'000);
}

TEST(SqlProcess, RowsComeBackAsTheyWentIn) {
  SqlTestEnv env;
  const std::vector<SqlColumn> columns = {
      {"n", SqlType::kInteger},    {"some \"name\"", SqlType::kText}, {"bytes", SqlType::kBlob},
      {"flag", SqlType::kBoolean}, {"d", SqlType::kDouble},           {"at", SqlType::kTimestamp}};
  SqlChunk sent(columns);
  const std::string blob("\0\xff\x80 bytes that are no text", 27);
  for (int i = 0; i < 5000; ++i) {
    if (i % 7 == 3) {
      for (size_t c = 1; c < columns.size(); ++c) sent.column(c).AddNull();
    } else {
      sent.column(1).AddBytes(i % 2 == 0 ? "short" : "grüße, a text that is not inlined");
      sent.column(2).AddBytes(i % 2 == 0 ? blob : "");
      sent.column(3).AddInteger(i % 2);
      sent.column(4).AddDouble(i / 3.0);
      sent.column(5).AddInteger(-62135596800000000 + i);  // year 1
    }
    sent.column(0).AddInteger(i);
  }
  auto process = env.processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  ASSERT_TRUE((*process)->CreateTable("rows of mine", columns).ok());
  ASSERT_TRUE((*process)->Append(sent).ok());
  size_t at = 0;
  const absl::Status status = (*process)->Query(
      "FROM \"rows of mine\"", [&](const std::vector<SqlColumn>& got, const SqlChunk& chunk) {
        EXPECT_EQ(got, columns);
        for (size_t row = 0; row < chunk.rows(); ++row, ++at) {
          for (size_t c = 0; c < columns.size(); ++c) {
            EXPECT_EQ(chunk.column(c).IsNull(row), sent.column(c).IsNull(at));
            if (HoldsBytes(columns[c].type)) {
              EXPECT_EQ(chunk.column(c).Bytes(row), sent.column(c).Bytes(at));
            } else {
              EXPECT_EQ(chunk.column(c).Integer(row), sent.column(c).Integer(at));
            }
          }
        }
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(at, 5000u);
}

TEST(SqlProcess, RefusesTextThatIsNoUtf8) {
  SqlTestEnv env;
  const std::vector<SqlColumn> columns = {{"t", SqlType::kText}};
  SqlChunk chunk(columns);
  chunk.column(0).AddBytes("\xc3\x28");
  auto process = env.processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  ASSERT_TRUE((*process)->CreateTable("t", columns).ok());
  ASSERT_TRUE((*process)->Append(chunk).ok());
  const absl::Status status = (*process)->Execute("SELECT 1");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::Message(status)), HasSubstr("not UTF-8"));
}

TEST(SqlProcess, TellsWhatIsWrongInTheSql) {
  SqlTestEnv env;
  for (const auto& [sql, words] : std::vector<std::pair<std::string, std::string>>{
           {"SELEC 1", "syntax error"},
           {"SELECT * FROM nowhere", "nowhere does not exist"},
           {"SELECT 'x'::INTEGER", "Could not convert"},
           {"SELECT [1]", "cast it"},
           {"", "no statement"},
           {" ; ", "no statement"},
           {std::string("SELECT 1\0 + 1", 13), "zero byte at 8"}}) {
    const absl::Status status = Error(env.processes(), sql);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << sql << ": " << status;
    EXPECT_THAT(std::string(base::Message(status)), HasSubstr(words)) << sql;
  }
}

TEST(SqlProcess, AnErrorEndsTheTask) {
  SqlTestEnv env;
  auto process = env.processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  const absl::Status first = (*process)->Execute("SELECT * FROM nowhere");
  EXPECT_FALSE(first.ok());
  EXPECT_EQ((*process)->Execute("SELECT 1"), first);
}

TEST(SqlProcess, MemoryBombEndsInACleanErrorWithinTheLimit) {
  if (!SqlWorkerBoundsMemory()) GTEST_SKIP() << "a sanitizer owns the address space";
  for (const std::string sql :
       {"SELECT length(repeat('x', 3000000000))",
        "SELECT count(*) FROM (SELECT DISTINCT repeat(i::VARCHAR, 500) AS s FROM range(3000000) "
        "t(i)) WHERE s LIKE '%9'",
        "SELECT list(i) FROM range(500000000) t(i)",
        "CREATE TABLE t AS SELECT repeat('y', 100000) || i FROM range(100000) t(i)"}) {
    SqlTestEnv env;
    env.options.sql_memory_max = 200 << 20;
    env.options.sql_spill_max = 50 << 20;
    auto process = env.processes().Start({});
    ASSERT_TRUE(process.ok()) << process.status();
    const absl::Status status = (*process)->Execute(sql);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << sql << ": " << status;
    EXPECT_LT((*process)->Finish().memory_bytes_peak, int64_t{280} << 20) << sql;
  }
}

TEST(SqlProcess, SpillsToItsFolderAndLeavesNothingBehind) {
  SqlTestEnv env;
  env.options.sql_memory_max = 256 << 20;
  const auto answer = Ask(env.processes(),
                          "SELECT max(s) FROM (SELECT md5(i::VARCHAR) || repeat('z', 100) AS s, "
                          "row_number() OVER (ORDER BY md5(i::VARCHAR)) AS r FROM range(1500000) "
                          "t(i)) WHERE r > 10");
  EXPECT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(std::filesystem::is_empty(env.folder / "work"));
}

TEST(SqlProcess, EndlessQueryIsKilledAtItsDeadline) {
  SqlTestEnv env;
  const std::string endless = "SELECT count(*) FROM range(100000000000) a(i) WHERE i % 7 = 3";
  SqlTask task;
  task.time_max = absl::Milliseconds(300);
  auto process = env.processes().Start(task);
  ASSERT_TRUE(process.ok()) << process.status();
  const pid_t pid = (*process)->pid();
  const absl::Duration before = base::SteadyNow();
  const absl::Status status = (*process)->Execute(endless);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  EXPECT_LT(base::SteadyNow() - before, absl::Seconds(3));
  EXPECT_EQ(StateOf(pid), '\0');
}

TEST(SqlProcess, TimeOfASlowReaderDoesNotCount) {
  SqlTestEnv env;
  SqlTask task;
  task.time_max = absl::Milliseconds(2000);
  auto process = env.processes().Start(task);
  ASSERT_TRUE(process.ok()) << process.status();
  absl::Duration busy_until = base::SteadyNow() + absl::Milliseconds(2100);
  int64_t rows = 0;
  const absl::Status status =
      (*process)->Query("SELECT i FROM range(100000) t(i)",
                        [&](const std::vector<SqlColumn>&, const SqlChunk& chunk) {
                          while (base::SteadyNow() < busy_until) {
                          }
                          rows += static_cast<int64_t>(chunk.rows());
                          return absl::OkStatus();
                        });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(rows, 100'000);
}

TEST(SqlProcess, AnswerIsBounded) {
  SqlTestEnv env;
  SqlTask task;
  task.answer_bytes_max = 1 << 20;
  EXPECT_TRUE(Error(env.processes(), "SELECT i FROM range(1000) t(i)", task).ok());
  EXPECT_EQ(Error(env.processes(), "SELECT i FROM range(1000000) t(i)", task).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(SqlProcess, FilesAreBounded) {
  SqlTestEnv env;
  SqlTask task;
  task.folders = {env.folder.path()};
  task.file_bytes_max = 100 << 10;
  const std::string copy = "COPY (SELECT md5(i::VARCHAR) FROM range({}) t(i)) TO '{}'";
  EXPECT_TRUE(
      Error(env.processes(), fmt::format(fmt::runtime(copy), 1000, env.folder / "a.csv"), task)
          .ok());
  const absl::Status status =
      Error(env.processes(), fmt::format(fmt::runtime(copy), 100000, env.folder / "b.csv"), task);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

TEST(SqlProcess, NamesTheOptionOfTheLimitThatEndedIt) {
  SqlTestEnv env;
  env.options.sql_memory_max = 200 << 20;
  env.options.sql_spill_max = 1 << 20;
  env.options.names = {.memory = "my.memory", .spill = "my.spill", .time = "my.time"};
  const std::string sorted =
      "SELECT * FROM (SELECT md5(i::VARCHAR) s FROM range(9000000) t(i)) "
      "ORDER BY s";
  const std::string spilled = Error(env.processes(), sorted).ToString();
  EXPECT_THAT(spilled, HasSubstr("(my.spill)"));
  EXPECT_THAT(spilled, testing::Not(HasSubstr("max_temp_directory_size")));
  if (SqlWorkerBoundsMemory()) {
    const absl::Status bomb = Error(env.processes(), "SELECT length(repeat('x', 3000000000))");
    EXPECT_THAT(bomb.ToString(), HasSubstr("it may use 209715200 bytes (my.memory)"));
  }
  SqlTask task;
  task.folders = {env.folder.path()};
  task.file_bytes_max = 100 << 10;
  task.file_option = "my.file";
  EXPECT_THAT(Error(env.processes(),
                    fmt::format("COPY (SELECT md5(range::VARCHAR) FROM range(100000)) TO '{}'",
                                env.folder / "a.csv"),
                    task)
                  .ToString(),
              HasSubstr("(my.file)"));
  task.time_max = absl::Milliseconds(200);
  const std::string endless = "SELECT count(*) FROM range(100000000000) a(i) WHERE i % 7 = 3";
  EXPECT_THAT(Error(env.processes(), endless, task).ToString(), HasSubstr("200ms (my.time)"));
  task.time_option = "my.own";
  EXPECT_THAT(Error(env.processes(), endless, task).ToString(), HasSubstr("200ms (my.own)"));
}

TEST(SqlProcess, LeavesAPlaceToOtherOwners) {
  SqlTestEnv env;
  SqlTask task;
  task.owner = "acme";
  const auto first = env.processes().Start(task);
  ASSERT_TRUE(first.ok()) << first.status();
  SqlTask hasty = task;
  hasty.time_max = absl::Milliseconds(50);
  const auto second = env.processes().Start(hasty);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kDeadlineExceeded) << second.status();
  SqlTask others;
  others.owner = "other";
  EXPECT_TRUE(env.processes().Start(others).ok());
  (*first)->Finish();
  EXPECT_TRUE(env.processes().Start(task).ok()) << "its place came back";
}

TEST(SqlProcess, AnErrorOfTheReaderEndsTheTask) {
  SqlTestEnv env;
  auto process = env.processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  const absl::Status mine = base::NotFound("enough");
  EXPECT_EQ((*process)->Query("SELECT i FROM range(10000000) t(i)",
                              [&](const std::vector<SqlColumn>&, const SqlChunk&) { return mine; }),
            mine);
}

TEST(SqlProcess, IsConfined) {
  SqlTestEnv env;
  auto process = env.processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  const std::string proc = fmt::format("/proc/{}/", (*process)->pid());
  EXPECT_TRUE((*process)->files_guarded());
  EXPECT_EQ(ReadAll(proc + "environ"), "");
  const std::string status = ReadAll(proc + "status");
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
  std::set<std::string> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator(proc + "fd")) {
    descriptors.insert(entry.path().filename());
  }
  EXPECT_THAT(descriptors, testing::UnorderedElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(std::filesystem::read_symlink(proc + "cwd").parent_path(), env.folder / "work");
  EXPECT_THAT(ReadAll(proc + "limits"), testing::ContainsRegex("Max core file size +0 +0"));
  EXPECT_NE(getpgid((*process)->pid()), getpgrp());
}

TEST(SqlProcess, EachTaskHasAProcessOfItsOwn) {
  SqlTestEnv env;
  ASSERT_TRUE(Error(env.processes(), "CREATE TABLE mine AS SELECT 1").ok());
  EXPECT_EQ(Error(env.processes(), "SELECT * FROM mine").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SqlProcess, KilledFromOutsideIsAnErrorAndTheNextOneWorks) {
  SqlTestEnv env;
  auto process = env.processes().Start({});
  ASSERT_TRUE(process.ok()) << process.status();
  kill((*process)->pid(), SIGKILL);
  const absl::Status status = (*process)->Execute("SELECT 1");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  process->reset();
  EXPECT_TRUE(Error(env.processes(), "SELECT 1").ok());
}

TEST(SqlProcess, DiesWithItsServer) {
  SqlTestEnv env;
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  const pid_t server = fork();
  if (server == 0) {
    auto process = env.processes().Start({});
    const pid_t pid = process.ok() ? (*process)->pid() : 0;
    _exit(write(pipes[1], &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);  // no destructor runs
  }
  pid_t worker = 0;
  ASSERT_EQ(read(pipes[0], &worker, sizeof(worker)), static_cast<ssize_t>(sizeof(worker)));
  close(pipes[0]);
  close(pipes[1]);
  ASSERT_EQ(waitpid(server, nullptr, 0), server);
  ASSERT_GT(worker, 0);
  const absl::Duration deadline = base::SteadyNow() + absl::Seconds(10);
  char state = StateOf(worker);  // a zombie until whoever inherits it looks, and then nothing
  while (state != '\0' && state != 'Z' && base::SteadyNow() < deadline) {
    std::this_thread::yield();
    state = StateOf(worker);
  }
  EXPECT_TRUE(state == '\0' || state == 'Z') << state;
  // What it left in the work folder goes when the next server starts.
  EXPECT_FALSE(std::filesystem::is_empty(env.folder / "work"));
  SqlProcesses next(env.options, env.folder / "work", env.metrics);
  EXPECT_TRUE(std::filesystem::is_empty(env.folder / "work"));
}

TEST(SqlProcesses, BoundsProcessesAndThoseWhoWait) {
  SqlTestEnv env;
  env.options.sql_processes_max = 1;
  env.options.sql_queue_max = 1;
  SqlTask hurried;
  hurried.time_max = absl::Milliseconds(20);
  auto first = env.processes().Start({});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(env.processes().Start(hurried).status().code(), absl::StatusCode::kDeadlineExceeded);
  absl::Status waited;
  std::thread waiter([&] { waited = Error(env.processes(), "SELECT 1"); });
  while (env.metrics
             .AddGauge("tenantry_lake_sql_queue_depth", "Tasks that wait for a SQL process",
                       {{"pool", "system"}})
             .value() < 1) {
    std::this_thread::yield();
  }
  EXPECT_EQ(env.processes().Start({}).status().code(), absl::StatusCode::kResourceExhausted);
  first->reset();
  waiter.join();
  EXPECT_TRUE(waited.ok()) << waited;
}

TEST(SqlProcesses, TellsThatTheLibraryIsMissing) {
  SqlTestEnv env;
  env.options.duckdb_library = env.folder / "nothing.so";
  const absl::Status status = env.processes().Start({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(base::Message(status)), HasSubstr("lake.duckdb_library"));
}

TEST(SqlProcesses, SurvivesWorkersThatAreNone) {
  SqlTestEnv env;
  const std::vector<std::string> scripts = {
      "exit 3",
      "echo this program is something else >&2; exit 1",
      "printf 'rubbish that is no frame at all' >&3; sleep 10",
      "printf '\\377\\377\\377\\377\\005' >&3; sleep 10",
      "printf '\\000\\000\\000\\000\\006' >&3; sleep 10",
      "printf '\\004\\000\\000\\000\\010zzzz' >&3; sleep 10",
      "kill -SEGV $$"};
  const std::string path = env.folder / "worker";
  for (const std::string& script : scripts) {
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    SqlProcesses processes(env.options, env.folder / "work", env.metrics, "system", path);
    EXPECT_EQ(processes.Start({}).status().code(), absl::StatusCode::kInternal) << script;
  }
  SqlProcesses processes(env.options, env.folder / "work", env.metrics, "system",
                         env.folder / "absent");
  EXPECT_FALSE(processes.Start({}).ok());
  EXPECT_TRUE(std::filesystem::is_empty(env.folder / "work"));
}

TEST(DuckDbLibrary, RefusesVersionsThatFollowLinks) {
  for (const char* good : {"v1.5.6", "1.5.10", "v1.6.0", "v2.0", "v1.5.7-dev12"}) {
    EXPECT_TRUE(CheckDuckDbVersion(good).ok()) << good;
  }
  for (const char* bad : {"v1.5.5", "v1.4.4", "v0.10.2", "", "v", "newest"}) {
    EXPECT_EQ(CheckDuckDbVersion(bad).code(), absl::StatusCode::kFailedPrecondition) << bad;
  }
}

TEST(SqlChunk, DecodingSurvivesAnyBytes) {
  const std::vector<SqlColumn> columns = {
      {"a", SqlType::kInteger}, {"b", SqlType::kText}, {"c", SqlType::kBoolean}};
  SqlChunk chunk(columns);
  for (int i = 0; i < 3; ++i) {
    chunk.column(0).AddInteger(i);
    chunk.column(1).AddBytes("text");
    chunk.column(2).AddNull();
  }
  const std::string good = chunk.Encode();
  ASSERT_TRUE(SqlChunk::Decode(columns, good).ok());
  for (size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_FALSE(SqlChunk::Decode(columns, good.substr(0, cut)).ok()) << cut;
  }
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {1, 0x80, 0xff}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      if (const auto decoded = SqlChunk::Decode(columns, bad); decoded.ok()) {
        for (size_t row = 0; row < decoded->rows(); ++row) {
          EXPECT_LE(decoded->column(1).Bytes(row).size(), 12u);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tenantry::lake::sql
