#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/status.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "events/event_codec.h"
#include "lake/archive/archive_test_env.h"
#include "lake/archive/history.h"
#include "lake/archive/intake/archiver.h"

namespace tenantry::lake::archive {
namespace {

using events::EventView;

const std::vector<eventlog::StreamName>& Streams() {
  static const std::vector<eventlog::StreamName> streams = {"companies", "bigdatajobs"};
  return streams;
}

std::string Describe(const EventView& event, bool hashed) {
  ExcerptWriter writer;
  writer.Add(event);
  std::string text;
  const Excerpt excerpt =
      Excerpt::Parse(writer.Finish("0123456789abcdef"), "0123456789abcdef").value();
  EXPECT_TRUE(excerpt
                  .ForEach([&](const EventView& written) {
                    const EventView& ids = hashed ? event : written;
                    text = fmt::format("{} {} {} {}.{} {} {} {} {} {} {} {} {}", event.tenant,
                                       event.source, event.id, event.time.seconds,
                                       event.time.nanoseconds, static_cast<int>(event.type),
                                       event.bytes, event.nb_jobs, ids.user, ids.session,
                                       ids.data_set, ids.tutorial, event.profile[0]);
                    return absl::OkStatus();
                  })
                  .ok());
  return text;
}

// A log of which the archive holds a part; what is read of it in both ways.
struct EventHistoryTestEnv : ArchiveTestEnv {
  base::ManualClock clock{absl::FromUnixSeconds(1'772'323'200)};
  eventlog::InMemoryEventLog log{{.kept_for = {}, .partitions = 3}, clock};
  std::unique_ptr<EventArchive> archive = std::move(Open().value());
  std::mt19937_64 random{5};

  // Repeats, late ones, bad ones, ids of both streams, plain forms, of few tenants.
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string tenant = fmt::format("t{}", random() % 4);
      const bool company = random() % 3 == 0;
      std::string type = company ? "tenant.updated" : "dataset.updated";
      if (random() % 9 == 0) type = "never.heard";
      std::string text = fmt::format(
          R"({{"specversion":"1.0","id":"e{}","source":"/{}","type":"io.tenantry.{}",)"
          R"("time":"2026-02-{:02}T10:00:00.123456789Z","tenantid":"{}","data":{{"userID":"u{}",)"
          R"("sessionID":"s{}","dataSetID":"d{}","bytes":{},"name":"N{}"}}}})",
          random() % 50, random() % 2, type, 1 + random() % 28, tenant, random() % 3, random() % 5,
          random() % 2, random() % 100, random() % 3);
      std::string content(eventlog::kUsualContentType);
      if (random() % 11 == 0) text = "no event";
      if (random() % 7 == 0) {
        text = fmt::format(R"({{"companyID":"{}","userID":"u1","nbJobs":3}})", tenant);
        content = events::kPlainType;
      }
      clock.Advance(absl::Nanoseconds(random() % 2'000'000));
      ASSERT_TRUE(
          log.Append(company ? "companies" : "bigdatajobs", {{tenant, text, content}}).ok());
    }
  }

  void Archive() {
    Archiver archiver(log, *archive, Streams(), {.archive_files_max = 5}, EventFieldReader(),
                      metrics);
    ASSERT_TRUE(archiver.Start().ok());
    ASSERT_TRUE(archiver.Flush(absl::Now() + absl::Seconds(60)).ok());
  }

  // By tenant, in the order of each.
  using Read = std::map<std::string, std::vector<std::string>>;

  Read ByRecords() {
    Read read;
    events::EventParser parser;
    EXPECT_TRUE(
        ReadHistory(*archive, log, Streams(), std::nullopt, [&](const HistoryRecord& record) {
          const std::string place = fmt::format("{}/{}/{}", record.from.stream,
                                                record.from.partition, record.offset.text());
          EventView event;
          if (parser
                  .ParseRecord(record.content_type, record.event, place,
                               absl::FromUnixMicros(absl::ToUnixMicros(record.appended)), event)
                  .ok()) {
            read[std::string(event.tenant)].push_back(Describe(event, false));
          }
          return absl::OkStatus();
        }).ok());
    return read;
  }

  Read ByExcerpts(HistoryPlace place = {}) { return Behind(place); }

  // What is new behind a place.
  Read Behind(HistoryPlace& place) {
    Read read;
    const absl::Status status =
        ReadEventHistory(*archive, log, Streams(), place, [&](const EventView& event) {
          read[std::string(event.tenant)].push_back(Describe(event, true));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return read;
  }

  std::map<std::string, std::string> Excerpts() {
    return FilesBelow(archive_folder() + "/_excerpts");
  }

  // Of excerpts made from files.
  double Made() {
    return metrics
        .AddCounter("tenantry_lake_archive_excerpts_made_total",
                    "Excerpts of flushes made from their files")
        .value();
  }
};

TEST(EventHistory, TellsWhatTheRecordsTell) {
  EventHistoryTestEnv env;
  EXPECT_TRUE(env.ByExcerpts().empty());
  for (int round = 0; round < 3; ++round) {
    env.Append(60);
    if (round < 2) env.Archive();
  }
  const auto expected = env.ByRecords();
  EXPECT_EQ(expected.size(), 4u);
  EXPECT_EQ(env.ByExcerpts(), expected);
  EXPECT_EQ(env.Made(), 0) << "no file was read";
}

size_t CountOf(const EventHistoryTestEnv::Read& read) {
  size_t count = 0;
  for (const auto& [tenant, events] : read) count += events.size();
  return count;
}

TEST(EventHistory, GoesOnBehindAPlace) {
  EventHistoryTestEnv env;
  HistoryPlace place;
  EventHistoryTestEnv::Read whole;
  const auto append = [&](const EventHistoryTestEnv::Read& more) {
    for (const auto& [tenant, events] : more) {
      whole[tenant].insert(whole[tenant].end(), events.begin(), events.end());
    }
  };
  env.Append(60);
  env.Archive();
  append(env.Behind(place));
  env.Append(50);
  append(env.Behind(place));  // of the log
  env.Append(40);
  append(env.Behind(place));  // of the log, behind what was read of it
  EXPECT_EQ(whole, env.ByExcerpts());
  EXPECT_TRUE(env.Behind(place).empty());
  // What came from the log comes once more when it is archived, and nothing is left out.
  env.Archive();
  env.Append(30);
  const auto all = env.ByExcerpts();
  const auto more = env.Behind(place);
  for (const auto& [tenant, events] : more) {
    const auto& of_all = all.at(tenant);
    EXPECT_TRUE(std::equal(events.rbegin(), events.rend(), of_all.rbegin())) << tenant;
  }
  EXPECT_LE(CountOf(more), 120u);
  EXPECT_GT(CountOf(more) + 60, CountOf(all) - 1);
  EXPECT_TRUE(env.Behind(place).empty());
}

// An error leaves the place at the last flush that was given whole.
TEST(EventHistory, GoesOnBehindAnError) {
  EventHistoryTestEnv env;
  for (int i = 0; i < 3; ++i) {
    env.Append(40);
    env.Archive();
  }
  HistoryPlace place;
  size_t taken = 0;
  const auto fail = [&](const EventView&) {
    return ++taken == 50 ? base::Unavailable("enough") : absl::OkStatus();
  };
  EXPECT_FALSE(ReadEventHistory(*env.archive, env.log, Streams(), place, fail).ok());
  EXPECT_GT(place.flush, 0u);
  const size_t rest = CountOf(env.Behind(place));
  EXPECT_GE(rest + 50, CountOf(env.ByExcerpts()));
  EXPECT_LT(rest, CountOf(env.ByExcerpts()));
}

TEST(EventHistory, AnArchiveWithoutExcerptsGetsThem) {
  EventHistoryTestEnv env;
  env.Append(80);
  env.Archive();
  const auto expected = env.ByRecords();
  const auto excerpts = env.Excerpts();
  ASSERT_GT(excerpts.size(), 1u);
  for (const auto& [name, bytes] : excerpts) {
    std::filesystem::remove(env.archive_folder() + "/_excerpts/" + name);
  }
  env.archive.reset();
  env.archive = std::move(env.Open().value());
  const auto cancelled = env.archive->MakeExcerpt([] { return true; });
  EXPECT_TRUE(absl::IsCancelled(cancelled.status())) << cancelled.status();
  absl::StatusOr<bool> made = true;
  size_t count = 0;
  for (; made.ok() && *made; ++count) {
    made = env.archive->MakeExcerpt([] { return false; });
  }
  EXPECT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(count, excerpts.size() + 1);
  // What was made later is what was made with the flush.
  EXPECT_TRUE(env.Excerpts() == excerpts);
  EXPECT_EQ(env.ByExcerpts(), expected);
  // Who reads before the archiver has come to it makes it, too.
  std::filesystem::remove(env.archive_folder() + "/_excerpts/" + excerpts.begin()->first);
  EXPECT_EQ(env.ByExcerpts(), expected);
  EXPECT_TRUE(env.Excerpts() == excerpts);
}

TEST(EventHistory, TheArchiverMakesWhatIsMissing) {
  EventHistoryTestEnv env;
  env.Append(40);
  env.Archive();
  const auto excerpts = env.Excerpts();
  std::filesystem::remove(env.archive_folder() + "/_excerpts/" + excerpts.begin()->first);
  env.archive.reset();
  env.archive = std::move(env.Open().value());
  Archiver archiver(env.log, *env.archive, Streams(), {}, EventFieldReader(), env.metrics);
  ASSERT_TRUE(archiver.Start().ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (env.Made() < 1 && absl::Now() < deadline) std::this_thread::yield();
  archiver.Stop();
  EXPECT_TRUE(env.Excerpts() == excerpts);
}

TEST(EventHistory, BelievesNoDamagedExcerptNorThatOfAnotherFlush) {
  EventHistoryTestEnv env;
  env.Append(80);
  env.Archive();
  const auto expected = env.ByRecords();
  const auto excerpts = env.Excerpts();
  ASSERT_GT(excerpts.size(), 2u);
  const auto first = excerpts.begin(), second = std::next(first);
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(env.archive_folder() + "/_excerpts/" + name, std::ios::binary) << bytes;
  };
  std::string bad = first->second;
  bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 8);
  for (const std::string& wrong : {bad, second->second, bad.substr(0, 9), std::string()}) {
    write(first->first, wrong);
    EXPECT_EQ(env.ByExcerpts(), expected);
    EXPECT_TRUE(env.Excerpts() == excerpts);
  }
}

TEST(EventHistory, ACrashLeavesNoExcerptOfAFlushThatDidNotHappen) {
  EventHistoryTestEnv env;
  ASSERT_TRUE(env.archive->Write({MakeSlice(0, 9)}).ok());
  env.faults.Fail("lake.archive_excerpt", base::Unavailable("crash"), 0);
  ASSERT_FALSE(env.archive->Write({MakeSlice(9, 60)}).ok());
  env.archive.reset();
  env.archive = std::move(env.Open().value());
  ASSERT_TRUE(env.archive->Write({MakeSlice(9, 30)}).ok());
  const auto excerpts = env.Excerpts();
  EXPECT_FALSE(env.archive->MakeExcerpt([] { return false; }).value());
  EXPECT_EQ(excerpts.size(), 2u);
}

TEST(EventHistory, DamagedFilesAreNamed) {
  EventHistoryTestEnv env;
  env.Append(30);
  env.Archive();
  for (const auto& [name, bytes] : env.Excerpts()) {
    std::filesystem::remove(env.archive_folder() + "/_excerpts/" + name);
  }
  const std::string file = ParquetBelow(env.archive_folder()).begin()->first;
  std::filesystem::remove(env.archive_folder() + "/" + file);
  HistoryPlace place;
  const absl::Status status = ReadEventHistory(*env.archive, env.log, Streams(), place,
                                               [](const EventView&) { return absl::OkStatus(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(file));
}

}  // namespace
}  // namespace tenantry::lake::archive
