#include "lake/archive/history.h"

#include <gmock/gmock.h>

#include <random>

#include "base/status.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "lake/archive/archive_test_env.h"
#include "lake/archive/intake/archiver.h"

namespace tenantry::lake::archive {
namespace {

using testing::ElementsAre;

absl::Time Soon() { return absl::Now() + absl::Seconds(60); }

// A log of which the archive holds the first part.
struct HistoryTestEnv : ArchiveTestEnv {
  base::ManualClock clock{absl::FromUnixSeconds(1'772'323'200)};
  eventlog::InMemoryEventLog log{{.kept_for = {}, .partitions = 3}, clock};
  std::unique_ptr<EventArchive> archive = std::move(Open().value());

  void Append(const std::string& stream, int begin, int end) {
    std::vector<eventlog::LogRecord> records;
    for (int i = begin; i < end; ++i) {
      records.push_back({fmt::format("t{}", i % 7), fmt::format("{}", i), "text/plain"});
    }
    ASSERT_TRUE(log.Append(stream, std::move(records)).ok());
  }

  void Archive(const ArchiverOptions& options = {}) {
    Archiver archiver(log, *archive, {"companies", "bigdatajobs"}, options, EventFieldReader(),
                      metrics);
    ASSERT_TRUE(archiver.Start().ok());
    ASSERT_TRUE(archiver.Flush(Soon()).ok());
  }

  // What is read, a text each, checked for the order within tenant and partition.
  std::vector<std::string> Read(const std::vector<std::string>& streams,
                                const std::optional<base::TenantId>& tenant = std::nullopt) {
    std::vector<std::string> events;
    std::map<std::pair<std::string, eventlog::PartitionId>, eventlog::LogOffset> last;
    const absl::Status status =
        ReadHistory(*archive, log, streams, tenant, [&](const HistoryRecord& record) {
          const auto [at, fresh] =
              last.try_emplace({std::string(record.tenant), record.from}, record.offset);
          EXPECT_TRUE(fresh || at->second < record.offset);
          at->second = record.offset;
          EXPECT_EQ(record.content_type, "text/plain");
          events.push_back(fmt::format("{} {}", record.tenant, record.event));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return events;
  }
};

std::vector<std::string> Numbered(int begin, int end) {
  std::vector<std::string> events;
  for (int i = begin; i < end; ++i) events.push_back(fmt::format("t{} {}", i % 7, i));
  return events;
}

TEST(History, GivesEachRecordOnceFromArchiveAndLog) {
  HistoryTestEnv env;
  EXPECT_THAT(env.Read({"bigdatajobs"}), testing::IsEmpty());
  env.Append("bigdatajobs", 0, 50);
  EXPECT_THAT(env.Read({"bigdatajobs"}), testing::UnorderedElementsAreArray(Numbered(0, 50)));
  env.Archive();
  EXPECT_THAT(env.Read({"bigdatajobs"}), testing::UnorderedElementsAreArray(Numbered(0, 50)));
  env.Append("bigdatajobs", 50, 80);
  EXPECT_THAT(env.Read({"bigdatajobs"}), testing::UnorderedElementsAreArray(Numbered(0, 80)));
  env.Archive();
  env.Append("bigdatajobs", 80, 81);
  EXPECT_THAT(env.Read({"bigdatajobs"}), testing::UnorderedElementsAreArray(Numbered(0, 81)));
}

TEST(History, GivesOneTenantsRecordsInTheirOrder) {
  HistoryTestEnv env;
  env.Append("bigdatajobs", 0, 20);
  env.Archive();
  env.Append("bigdatajobs", 20, 30);
  EXPECT_THAT(env.Read({"bigdatajobs"}, base::TenantId("t3")),
              ElementsAre("t3 3", "t3 10", "t3 17", "t3 24"));
  EXPECT_THAT(env.Read({"bigdatajobs"}, base::TenantId("t")), testing::IsEmpty());
}

TEST(History, GivesOneTenantsRecordsAsTheyWereAppendedWhateverTheirStreams) {
  HistoryTestEnv env;
  std::vector<std::string> all;
  std::mt19937 random(7);
  for (int i = 0; i < 40; ++i) {
    env.Append(random() % 2 == 0 ? "companies" : "bigdatajobs", 7 * i, 7 * i + 1);
    all.push_back(fmt::format("t0 {}", 7 * i));
    if (i == 22) env.Archive({.archive_rows_max = 4});
  }
  const std::vector<std::string> streams = {"companies", "bigdatajobs"};
  EXPECT_EQ(env.Read(streams, base::TenantId("t0")), all);
  EXPECT_EQ(env.Read(streams), all);
}

TEST(History, GivesTheStreamsAskedForAlone) {
  HistoryTestEnv env;
  env.Append("bigdatajobs", 0, 10);
  env.Append("companies", 10, 20);
  env.Archive();
  env.Append("bigdatajobs", 20, 30);
  env.Append("companies", 30, 40);
  std::vector<std::string> companies = Numbered(10, 20);
  for (const std::string& event : Numbered(30, 40)) companies.push_back(event);
  EXPECT_THAT(env.Read({"companies"}), testing::UnorderedElementsAreArray(companies));
  EXPECT_EQ(env.Read({"companies", "bigdatajobs"}).size(), 40u);
}

TEST(History, TellsWhenRecordsWereLost) {
  HistoryTestEnv env;
  env.Append("bigdatajobs", 0, 30);
  env.Archive();
  env.Append("bigdatajobs", 30, 60);
  env.clock.Advance(absl::Hours(48));
  env.Append("bigdatajobs", 60, 90);
  ASSERT_TRUE(env.log.SweepRetention().ok());
  const absl::Status status = ReadHistory(*env.archive, env.log, {"bigdatajobs"}, std::nullopt,
                                          [](const HistoryRecord&) { return absl::OkStatus(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST(History, TheCallersErrorEndsIt) {
  HistoryTestEnv env;
  env.Append("bigdatajobs", 0, 30);
  env.Archive();
  env.Append("bigdatajobs", 30, 60);
  for (const int enough : {5, 45}) {
    int given = 0;
    EXPECT_EQ(ReadHistory(*env.archive, env.log, {"bigdatajobs"}, std::nullopt,
                          [&](const HistoryRecord&) {
                            return ++given == enough ? base::NotFound("enough") : absl::OkStatus();
                          }),
              base::NotFound("enough"));
    EXPECT_EQ(given, enough);
  }
}

}  // namespace
}  // namespace tenantry::lake::archive
