#include "lake/archive/intake/archiver.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/status.h"
#include "eventlog/twins/faulty_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "events/event_codec.h"
#include "lake/archive/archive_test_env.h"

namespace tenantry::lake::archive {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

absl::Time Soon() { return absl::Now() + absl::Seconds(60); }

struct ArchiverTestEnv : ArchiveTestEnv {
  base::ManualClock clock{absl::FromUnixSeconds(1'772'323'200)};  // 2026-03-01; of the log
  base::ManualClock steady{absl::UnixEpoch()};                    // of the archiver
  eventlog::EventLogOptions log_options{.kept_for = {}, .partitions = 2};
  ArchiverOptions archiver_options{.archive_poll = absl::Milliseconds(1),
                                   .archive_retry_min = absl::Milliseconds(1),
                                   .archive_retry_max = absl::Milliseconds(4)};
  base::ScriptedFaults log_faults;
  std::unique_ptr<eventlog::InMemoryEventLog> real_log;
  std::unique_ptr<eventlog::FaultyEventLog> log;
  std::unique_ptr<EventArchive> archive;
  std::unique_ptr<Archiver> archiver;

  void MakeLog() {
    real_log = std::make_unique<eventlog::InMemoryEventLog>(log_options, clock);
    log = std::make_unique<eventlog::FaultyEventLog>(*real_log, log_faults);
  }

  // Opens what a server opens.
  absl::Status Start() {
    if (log == nullptr) MakeLog();
    TENANTRY_ASSIGN_OR_RETURN(archive, Open());
    archiver = std::make_unique<Archiver>(
        *log, *archive, std::vector<eventlog::StreamName>{"companies", "bigdatajobs"},
        archiver_options, EventFieldReader(), metrics,
        [this] { return steady.Now() - absl::UnixEpoch(); });
    return archiver->Start();
  }

  void Stop() {
    archiver.reset();
    archive.reset();
  }

  // Appends `count` events of tenants t0 to t4, numbered on from the last.
  void Append(const std::string& stream, int count) {
    std::vector<eventlog::LogRecord> records;
    for (int i = 0; i < count; ++i, ++appended) {
      const std::string tenant = fmt::format("t{}", appended % 5);
      records.push_back({tenant, fmt::format(R"({{"specversion":"1.0","id":"e{}","source":"/s",)"
                                             R"("type":"io.tenantry.user.logged_in",)"
                                             R"("time":"2026-02-28T10:00:00.25Z","tenantid":"{}",)"
                                             R"("data":{{"userID":"u"}}}})",
                                             appended, tenant)});
    }
    ASSERT_TRUE(log->Append(stream, std::move(records)).ok());
  }

  // The ids of the archived events, sorted.
  std::vector<std::string> Ids() {
    std::vector<std::string> ids;
    EXPECT_TRUE(archive
                    ->Read(std::nullopt,
                           [&](const ArchiveRow& row) {
                             ids.push_back(row.id);
                             return absl::OkStatus();
                           })
                    .ok());
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  // e0 to e(count-1), sorted.
  static std::vector<std::string> Numbered(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(fmt::format("e{}", i));
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  // Looks until so many rows were read and are not archived, for a minute at most.
  bool Waits(double rows) {
    const absl::Time deadline = Soon();
    runtime::Gauge& waiting = metrics.AddGauge("tenantry_lake_archive_waiting_rows",
                                               "Events read from the log and not yet archived");
    while (waiting.value() != rows && absl::Now() < deadline) std::this_thread::yield();
    return waiting.value() == rows;
  }

  // Looks until the archive holds `rows` rows, for a minute at most.
  bool Reaches(size_t rows) {
    const absl::Time deadline = Soon();
    runtime::Counter& written =
        metrics.AddCounter("tenantry_lake_archive_rows_total", "Events archived");
    while (written.value() < static_cast<double>(rows) && absl::Now() < deadline) {
      std::this_thread::yield();
    }
    return written.value() == static_cast<double>(rows);
  }

  // Looks until a round has failed, for a minute at most.
  bool Fails() {
    const absl::Time deadline = Soon();
    while (Failures() < 1 && absl::Now() < deadline) std::this_thread::yield();
    return Failures() > 0;
  }

  // Where the log was told that it is archived, but for partitions that are not at all.
  eventlog::LogPositions Committed() {
    eventlog::LogPositions committed = *log->Committed(kArchiveConsumer);
    std::erase_if(committed, [](const auto& at) { return at.second == eventlog::LogOffset(); });
    return committed;
  }

  // Files of all flushes that happened.
  double ArchivedFiles() {
    return metrics.AddCounter("tenantry_lake_archive_files_total", "Archive files written").value();
  }

  // The records before the archive's places: offsets count them.
  size_t RowsReached() {
    size_t rows = 0;
    for (const auto& [partition, next] : archive->positions()) rows += next.number();
    return rows;
  }

  double Gaps() {
    return metrics
        .AddCounter("tenantry_lake_archive_gaps_total",
                    "Times that the log had dropped records before they were archived")
        .value();
  }

  double Failures() {
    return metrics
        .AddCounter("tenantry_lake_archive_failures_total", "Rounds of the archiver that failed")
        .value();
  }

  int appended = 0;
};

TEST(Archiver, CopiesItsStreamsAndCommits) {
  ArchiverTestEnv env;
  ASSERT_TRUE(env.Start().ok());
  env.Append("companies", 10);
  env.Append("bigdatajobs", 200);
  ASSERT_TRUE(env.log->Append("enrichedcompanies", {{"t0", "derived"}}).ok());
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  EXPECT_EQ(env.Ids(), env.Numbered(210));
  EXPECT_EQ(env.Committed(), env.archiver->positions());
  size_t end = 0;
  for (const char* stream : {"companies", "bigdatajobs"}) {
    const auto partitions = env.log->Partitions(stream);
    for (const auto& partition : *partitions) {
      if (partition.end == eventlog::LogOffset()) continue;
      EXPECT_EQ(env.archiver->positions().at(partition.id), partition.end);
      end += partition.end.number();
    }
  }
  EXPECT_EQ(end, 210u);
}

TEST(Archiver, FillsTheColumnsFromTheEvent) {
  ArchiverTestEnv env;
  ASSERT_TRUE(env.Start().ok());
  env.Append("bigdatajobs", 1);
  const std::string long_key(129, 'k');
  ASSERT_TRUE(
      env.log
          ->Append("bigdatajobs", {{"comp_4", R"({"companyID":"comp_4","userID":"u","nbJobs":3})",
                                    std::string(events::kPlainType)},
                                   {"t9", "\xff no event"},
                                   {long_key, "{}", "\xff"}})
          .ok());
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  std::map<std::string, ArchiveRow> rows;
  ASSERT_TRUE(env.archive
                  ->Read(std::nullopt,
                         [&](const ArchiveRow& row) {
                           rows[row.tenant.value()] = row;
                           return absl::OkStatus();
                         })
                  .ok());
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows["t0"].type, "io.tenantry.user.logged_in");
  EXPECT_EQ(rows["t0"].source, "/s");
  EXPECT_EQ(rows["t0"].time, base::ParseRfc3339("2026-02-28T10:00:00.25Z").value());
  EXPECT_EQ(rows["t0"].appended, env.clock.Now());
  EXPECT_EQ(rows["comp_4"].type, "io.tenantry.job.submitted");
  EXPECT_THAT(rows["comp_4"].id, HasSubstr("bigdatajobs/"));
  EXPECT_EQ(rows["comp_4"].event, R"({"companyID":"comp_4","userID":"u","nbJobs":3})");
  EXPECT_EQ(rows["t9"].event, "\xff no event");
  EXPECT_EQ(rows["t9"].type, "");
  EXPECT_EQ(rows["t9"].time, std::nullopt);
  EXPECT_EQ(rows[""].event, "{}");
  EXPECT_EQ(rows[""].content_type, "");
}

TEST(Archiver, WritesWhenThereAreEnoughRows) {
  ArchiverTestEnv env;
  env.archiver_options.archive_rows_max = 100;
  ASSERT_TRUE(env.Start().ok());
  env.Append("bigdatajobs", 60);
  env.Append("companies", 40);
  EXPECT_TRUE(env.Reaches(100));
  EXPECT_EQ(env.Ids(), env.Numbered(100));
}

TEST(Archiver, WritesWhenThereAreEnoughBytes) {
  ArchiverTestEnv env;
  env.archiver_options.archive_bytes_max = 10'000;
  ASSERT_TRUE(env.Start().ok());
  env.Append("bigdatajobs", 100);
  EXPECT_TRUE(env.Reaches(100));
}

TEST(Archiver, WritesWhenTheOldestHasWaitedLongEnough) {
  ArchiverTestEnv env;
  ASSERT_TRUE(env.Start().ok());
  env.Append("bigdatajobs", 5);
  ASSERT_TRUE(env.Waits(5));
  env.steady.Advance(absl::Minutes(5) - absl::Milliseconds(1));
  env.Append("companies", 5);
  ASSERT_TRUE(env.Waits(10));
  EXPECT_THAT(env.archiver->positions(), IsEmpty());
  env.steady.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(env.Reaches(10));
}

TEST(Archiver, GoesOnWhenTheClockIsSetBack) {
  ArchiverTestEnv env;
  ASSERT_TRUE(env.Start().ok());
  int count = 0;
  for (const absl::Duration back : {absl::ZeroDuration(), absl::Hours(1), absl::Hours(1)}) {
    env.clock.Set(env.clock.Now() - back);
    env.Append("bigdatajobs", 5);
    ASSERT_TRUE(env.Waits(5));
    env.clock.Set(env.clock.Now() - back);
    env.steady.Advance(absl::Minutes(5));
    EXPECT_TRUE(env.Reaches(static_cast<size_t>(count += 5)));
    // What is archived is dropped from the backlog a moment later.
    ASSERT_TRUE(env.Waits(0));
  }
  EXPECT_EQ(env.Ids(), env.Numbered(15));
}

TEST(Archiver, GoesOnWhereItStopped) {
  ArchiverTestEnv env;
  ASSERT_TRUE(env.Start().ok());
  for (int round = 0; round < 3; ++round) {
    env.Append("bigdatajobs", 30);
    if (round == 1) env.archiver->Drain(Soon());
    env.Stop();
    env.Append("companies", 7);
    ASSERT_TRUE(env.Start().ok());
  }
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  EXPECT_EQ(env.Ids(), env.Numbered(111));
}

// A round of many files is written in pieces, wherever the one after the third breaks off.
TEST(Archiver, AStopInTheMiddleOfALargeRoundKeepsWhatIsWritten) {
  for (const char* point :
       {"lake.archive_write", "lake.archive_intent", "lake.archive_move", "lake.archive_commit"}) {
    ArchiverTestEnv env;
    env.archiver_options.archive_files_max = 2;
    env.archiver_options.archive_rows_max = 40;
    env.MakeLog();
    for (int i = 0; i < 8; ++i) env.Append(i % 2 == 0 ? "bigdatajobs" : "companies", 5);
    // A piece of two files passes two moves and one of each other point.
    const int64_t passes = std::string_view(point) == "lake.archive_move" ? 6 : 3;
    env.faults.Fail(point, base::Unavailable("the disk is away"), passes, 1'000'000);
    ASSERT_TRUE(env.Start().ok());
    ASSERT_TRUE(env.Fails()) << point;
    env.archiver->Drain(absl::Now());
    EXPECT_EQ(env.ArchivedFiles(), 6) << point;
    const std::vector<std::string> kept = env.Ids();
    EXPECT_THAT(kept, testing::SizeIs(testing::AllOf(testing::Gt(0u), testing::Lt(40u))));
    EXPECT_EQ(env.RowsReached(), kept.size()) << point;
    env.Stop();
    env.faults.Fail(point, absl::OkStatus(), 0, 0);
    env.archiver_options.archive_files_max = 1000;
    ASSERT_TRUE(env.Start().ok());
    EXPECT_GE(env.RowsReached(), kept.size()) << point;
    ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
    EXPECT_EQ(env.Ids(), env.Numbered(40)) << point;
    EXPECT_EQ(env.RowsReached(), 40u);
    EXPECT_EQ(ParquetBelow(env.archive_folder()).size(), static_cast<size_t>(env.ArchivedFiles()))
        << point;
  }
}

TEST(Archiver, KeepsRowsWhileWritingFailsAndTriesAgain) {
  for (const char* point :
       {"lake.archive_write", "lake.archive_intent", "lake.archive_move", "lake.archive_commit"}) {
    ArchiverTestEnv env;
    env.archiver_options.archive_rows_max = 20;
    ASSERT_TRUE(env.Start().ok());
    env.faults.Fail(point, base::Unavailable("the disk is away"), 0, 3);
    for (int i = 0; i < 5; ++i) env.Append("bigdatajobs", 13);
    ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
    EXPECT_EQ(env.Failures(), 3) << point;
    EXPECT_EQ(env.Ids(), env.Numbered(65)) << point;
  }
}

TEST(Archiver, ACrashBetweenWritingAndCommittingRepeatsNothing) {
  ArchiverTestEnv env;
  env.MakeLog();
  ASSERT_TRUE(env.Start().ok());
  env.log_faults.Fail("eventlog.commit", base::Unavailable("the log is away"), 0, 1'000'000);
  env.Append("bigdatajobs", 40);
  EXPECT_EQ(env.archiver->Flush(absl::Now() + absl::Seconds(1)).code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(env.Reaches(40));
  env.Stop();
  EXPECT_THAT(env.Committed(), IsEmpty());
  env.log_faults.Fail("eventlog.commit", absl::OkStatus(), 0, 0);
  env.Append("bigdatajobs", 10);
  ASSERT_TRUE(env.Start().ok());
  EXPECT_EQ(env.Committed(), env.archiver->positions());
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  EXPECT_EQ(env.Ids(), env.Numbered(50));
}

TEST(Archiver, OnePartitionThatCantBeReadKeepsNoOtherBack) {
  ArchiverTestEnv env;
  env.MakeLog();
  env.Append("companies", 10);
  env.Append("bigdatajobs", 10);
  env.archiver_options.archive_retry_min = absl::Milliseconds(50);
  env.archiver_options.archive_rows_max = 1;
  // The first of the four partitions fails the first time.
  env.log_faults.Fail("eventlog.read", base::DataLoss("damaged"));
  ASSERT_TRUE(env.Start().ok());
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  EXPECT_EQ(env.Ids(), env.Numbered(20));
  EXPECT_EQ(env.Failures(), 1);
}

TEST(Archiver, FlushTellsWhyItIsLate) {
  ArchiverTestEnv env;
  ASSERT_TRUE(env.Start().ok());
  env.faults.Fail("lake.archive_write", base::Unavailable("the disk is away"), 0, 1'000'000);
  env.Append("bigdatajobs", 3);
  const absl::Status status = env.archiver->Flush(absl::Now() + absl::Seconds(2));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(base::Message(status)), HasSubstr("the disk is away"));
  EXPECT_TRUE(env.archiver->Ready().ok());
  env.steady.Advance(absl::Minutes(11));
  EXPECT_THAT(std::string(base::Message(env.archiver->Ready())), HasSubstr("the disk is away"));
  env.archiver->Stop();
  EXPECT_EQ(env.archiver->Flush(Soon()).code(), absl::StatusCode::kCancelled);
}

TEST(Archiver, StopEndsAWriteThatHangs) {
  ArchiverTestEnv env;
  const std::string path = env.folder / "worker";
  std::ofstream(path) << "#!/bin/sh\nexec sleep 600\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  sql::SqlProcesses hanging(env.options, env.folder / "work", env.metrics, "hanging", path);
  env.MakeLog();
  auto archive = EventArchive::Open(env.archive_folder(), hanging, env.metrics, env.faults);
  ASSERT_TRUE(archive.ok()) << archive.status();
  env.archiver_options.archive_rows_max = 1;
  Archiver archiver(*env.log, **archive, {"bigdatajobs"}, env.archiver_options, EventFieldReader(),
                    env.metrics);
  ASSERT_TRUE(archiver.Start().ok());
  env.Append("bigdatajobs", 3);
  runtime::Gauge& alive = env.metrics.AddGauge("tenantry_lake_sql_processes", "SQL processes alive",
                                               {{"pool", "hanging"}});
  while (alive.value() < 1) std::this_thread::yield();
  const absl::Time before = absl::Now();
  archiver.Stop();
  EXPECT_LT(absl::Now() - before, absl::Seconds(20));
}

TEST(Archiver, RefusesALogThatIsNotTheOneArchived) {
  ArchiverTestEnv env;
  ASSERT_TRUE(env.Start().ok());
  env.Append("bigdatajobs", 30);
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  env.Stop();
  env.MakeLog();
  env.Append("bigdatajobs", 2);
  const absl::Status status = env.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(base::Message(status)), HasSubstr("not the log that was archived"));
}

TEST(Archiver, GoesOnBehindWhatTheLogDropped) {
  ArchiverTestEnv env;
  env.log_options.partitions = 1;
  ASSERT_TRUE(env.Start().ok());
  env.Append("bigdatajobs", 10);
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  env.Stop();
  env.Append("bigdatajobs", 5);  // e10 to e14: dropped before they are archived
  env.clock.Advance(absl::Hours(48));
  env.Append("bigdatajobs", 5);
  ASSERT_TRUE(env.real_log->SweepRetention().ok());
  ASSERT_TRUE(env.Start().ok());
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  std::vector<std::string> expected = env.Numbered(20);
  std::erase_if(expected, [](const std::string& id) { return id >= "e10" && id <= "e14"; });
  EXPECT_EQ(env.Ids(), expected);
  EXPECT_EQ(env.Gaps(), 1);
}

TEST(Archiver, TellsOfWhatTheLogDroppedBeforeTheFirstStart) {
  ArchiverTestEnv env;
  env.log_options.partitions = 1;
  env.MakeLog();
  env.Append("bigdatajobs", 5);
  env.clock.Advance(absl::Hours(48));
  env.Append("bigdatajobs", 5);
  ASSERT_TRUE(env.real_log->SweepRetention().ok());
  ASSERT_TRUE(env.Start().ok());
  ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
  EXPECT_EQ(env.Ids(), (std::vector<std::string>{"e5", "e6", "e7", "e8", "e9"}));
  EXPECT_EQ(env.Gaps(), 1);
}

// From its first start on, of each stream, whether or not anything was ever archived.
TEST(Archiver, HoldsInTheLogWhatItNeverArchived) {
  ArchiverTestEnv env;
  env.log_options = {.partitions = 2};
  env.archiver_options.archive_retry_max = absl::Milliseconds(1);
  for (const bool archived_before : {false, true}) {
    ASSERT_TRUE(env.Start().ok());
    ASSERT_TRUE(!archived_before || env.archiver->Flush(Soon()).ok());
    env.faults.Fail("lake.archive_write", base::Unavailable("the disk is away"), 0, 1'000'000);
    for (int i = 0; i < 4; ++i) {
      env.Append(archived_before ? "companies" : "bigdatajobs", 5);
      env.clock.Advance(absl::Hours(48));
    }
    ASSERT_TRUE(env.real_log->SweepRetention().ok());
    env.Stop();
    env.faults.Fail("lake.archive_write", absl::OkStatus(), 0, 0);
    ASSERT_TRUE(env.Start().ok());
    ASSERT_TRUE(env.archiver->Flush(Soon()).ok());
    EXPECT_EQ(env.Ids(), env.Numbered(env.appended));
    EXPECT_EQ(env.Gaps(), 0);
    env.Stop();
  }
}

}  // namespace
}  // namespace tenantry::lake::archive
