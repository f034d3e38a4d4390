#include "lake/archive/event_archive.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/random.h"
#include "base/status.h"
#include "lake/archive/archive_test_env.h"

namespace tenantry::lake::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(EventArchive, GivesBackWhatWasWrittenByTenant) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  std::vector<ArchiveSlice> slices = {MakeSlice(0, 5000), MakeSlice(7, 300, 3, "2026-03-02", "1")};
  slices[0].rows[11].time.reset();
  slices[0].rows[12].type = "";
  slices[0].rows[13].event = std::string("\0\xff not JSON \n", 14);
  slices[0].rows[14].content_type = "application/json";
  slices[0].rows[15].time = base::Instant{-62135596800, 1000};  // year 1
  slices[0].rows[16].event = std::string(300'000, 'x');
  ASSERT_TRUE((*archive)->Write(slices).ok());
  const auto all = ReadAll(**archive);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(*all, Expected(slices));
  std::vector<std::string> by_tenant;
  for (const char* tenant : {"t0", "t1", "t2", "nobody"}) {
    const auto rows = ReadAll(**archive, base::TenantId(tenant));
    ASSERT_TRUE(rows.ok()) << rows.status();
    by_tenant.insert(by_tenant.end(), rows->begin(), rows->end());
  }
  EXPECT_EQ(by_tenant, Expected(slices));
  EXPECT_EQ((*archive)->positions(),
            (eventlog::LogPositions{{{"bigdatajobs", "0"}, eventlog::LogOffset(5000)},
                                    {{"bigdatajobs", "1"}, eventlog::LogOffset(300)}}));
}

TEST(EventArchive, LaysFilesOutByTenantAndDayOfAppending) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ArchiveSlice slice = MakeSlice(40, 44, 2);
  slice.rows[2] = MakeRow(42, "t0", "2026-03-02");
  slice.rows[3] = MakeRow(43, "a/b", "2026-03-02");
  ASSERT_TRUE((*archive)->Write({slice}).ok());
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : ParquetBelow(env.archive_folder())) paths.push_back(path);
  EXPECT_THAT(paths,
              ElementsAre("tenant=a%2Fb/dt=2026-03-02/bigdatajobs-0-00000000000000000043.parquet",
                          "tenant=t0/dt=2026-03-01/bigdatajobs-0-00000000000000000040.parquet",
                          "tenant=t0/dt=2026-03-02/bigdatajobs-0-00000000000000000042.parquet",
                          "tenant=t1/dt=2026-03-01/bigdatajobs-0-00000000000000000041.parquet"));
}

TEST(EventArchive, SameRowsGiveTheSameBytes) {
  ArchiveTestEnv env;
  for (const char* name : {"one", "two"}) {
    auto archive = env.Open(name);
    ASSERT_TRUE(archive.ok()) << archive.status();
    ASSERT_TRUE((*archive)->Write({MakeSlice(0, 40000, 4)}).ok());
    ASSERT_TRUE(
        (*archive)->Write({MakeSlice(40000, 40100), MakeSlice(0, 9, 3, "2026-03-02", "1")}).ok());
  }
  const auto one = FilesBelow(env.folder / "one");
  EXPECT_EQ(one.size(), 4u + 3 + 3 + 2 + 2);
  EXPECT_TRUE(one == FilesBelow(env.folder / "two"));
}

TEST(EventArchive, RowsOfARepeatedOrOverlappingWriteAreLeftOut) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_TRUE((*archive)->Write({MakeSlice(0, 100)}).ok());
  const auto before = FilesBelow(env.archive_folder());
  ASSERT_TRUE((*archive)->Write({MakeSlice(0, 100)}).ok());
  ASSERT_TRUE((*archive)->Write({MakeSlice(20, 60)}).ok());
  EXPECT_TRUE(FilesBelow(env.archive_folder()) == before);
  ASSERT_TRUE((*archive)->Write({MakeSlice(50, 150)}).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({MakeSlice(0, 150)}));
}

TEST(EventArchive, RefusesRowsOutOfOrderOrPlace) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ArchiveSlice swapped = MakeSlice(0, 10);
  std::swap(swapped.rows[3], swapped.rows[4]);
  ArchiveSlice early = MakeSlice(5, 10);
  early.begin = eventlog::LogOffset(6);
  ArchiveSlice late = MakeSlice(5, 10);
  late.next = eventlog::LogOffset(9);
  ArchiveSlice twice = MakeSlice(5, 10);
  twice.rows[1].offset = twice.rows[0].offset;
  ArchiveSlice foreign = MakeSlice(5, 10);
  foreign.rows[1].from.partition = "7";
  ArchiveSlice ageless = MakeSlice(5, 10);
  ageless.rows[1].appended = absl::InfiniteFuture();
  ArchiveSlice garbled = MakeSlice(5, 10);
  garbled.rows[1].tenant = base::TenantId("\xff");
  for (const ArchiveSlice& bad : {swapped, early, late, twice, foreign, ageless, garbled}) {
    EXPECT_EQ((*archive)->Write({bad}).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ((*archive)->Write({MakeSlice(0, 5), MakeSlice(5, 9)}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(*ReadAll(**archive), testing::IsEmpty());
}

TEST(EventArchive, KeepsOrderWhenTheLogsClockWentBackwards) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ArchiveSlice first = MakeSlice(0, 30, 1);
  for (size_t i = 0; i < 30; ++i) {
    first.rows[i] = MakeRow(i, "t0", i % 3 == 1 ? "2026-02-28" : "2026-03-01");
  }
  const ArchiveSlice second = MakeSlice(30, 40, 2);
  ASSERT_TRUE((*archive)->Write({first}).ok());
  ASSERT_TRUE((*archive)->Write({second}).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({first, second}));
}

TEST(EventArchive, TakesLongOffsetsAndNamesOfShards) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const auto offset = [](const std::string& text) {
    return eventlog::LogOffset::Parse(text).value();
  };
  ArchiveSlice slice{{"bigdatajobs", "shardId-000000000001"},
                     offset("49590338271490256608559692538361571095921575989136588898"),
                     offset("149590338271490256608559692538361571095921575989136588898"),
                     {}};
  slice.rows = {MakeRow(0, "t0"), MakeRow(1, "t0")};
  for (ArchiveRow& row : slice.rows) row.from = slice.partition;
  slice.rows[0].offset = slice.begin;
  slice.rows[1].offset = offset("99990338271490256608559692538361571095921575989136588898");
  ASSERT_TRUE((*archive)->Write({slice}).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({slice}));
  archive->reset();
  archive = env.Open();
  EXPECT_EQ((*archive)->positions().at(slice.partition), slice.next);
}

std::vector<std::string> HostileTenants() {
  std::vector<std::string> tenants = {"../../etc",
                                      "..",
                                      ".",
                                      "/",
                                      "//",
                                      "/etc/passwd",
                                      "a/../../b",
                                      "%2F",
                                      "%2e%2e%2f",
                                      "%",
                                      "tenant=x",
                                      "dt=2026-01-01",
                                      "_manifests",
                                      "_staging",
                                      "__HIVE_DEFAULT_PARTITION__",
                                      " ",
                                      "a b",
                                      "line\nbreak",
                                      "tab\tbed",
                                      "quote'd",
                                      "\"double\"",
                                      "back\\slash",
                                      "*",
                                      "?",
                                      "[a]",
                                      "**",
                                      "a*",
                                      "$(id)",
                                      "`id`",
                                      ";",
                                      "null",
                                      "NULL",
                                      "ünïcödé",
                                      "日本",
                                      "\xf0\x9f\x92\xa9",
                                      "-rf",
                                      "~",
                                      "~root",
                                      "C:\\x",
                                      "file://x",
                                      "http://x/y",
                                      "A",
                                      "a",
                                      std::string("nul\0byte", 8),
                                      std::string(128, '/'),
                                      std::string(127, '/') + ".",
                                      std::string(128, 'x')};
  std::string accents;
  for (int i = 0; i < 64; ++i) accents += "é";
  tenants.push_back(accents);
  return tenants;
}

TEST(EventArchive, NoTenantIdLeadsOutOrIntoAnothersFolder) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const std::vector<std::string> tenants = HostileTenants();
  ArchiveSlice slice = MakeSlice(0, tenants.size());
  for (size_t i = 0; i < tenants.size(); ++i) slice.rows[i] = MakeRow(i, tenants[i]);
  const auto outside = FilesBelow(env.folder.path());
  ASSERT_TRUE((*archive)->Write({slice}).ok());
  for (size_t i = 0; i < tenants.size(); ++i) {
    const auto rows = ReadAll(**archive, base::TenantId(tenants[i]));
    ASSERT_TRUE(rows.ok()) << tenants[i] << ": " << rows.status();
    EXPECT_THAT(*rows, ElementsAre(Describe(slice.rows[i]))) << tenants[i];
  }
  // One folder for each, all of them directly in the archive's.
  const auto files = ParquetBelow(env.archive_folder());
  EXPECT_EQ(files.size(), tenants.size());
  for (const auto& [path, bytes] : files) {
    EXPECT_THAT(path, testing::MatchesRegex("tenant=[^/]+/dt=2026-03-01/bigdatajobs-0-[0-9]+"
                                            "\\.parquet"));
  }
  auto now = FilesBelow(env.folder.path());
  std::erase_if(now, [](const auto& file) { return file.first.starts_with("archive/"); });
  EXPECT_EQ(now.size(), 0u);
  EXPECT_EQ(outside.size(), 0u);
}

TEST(EventArchive, KeepsRecordsWhoseKeyIsNoTenant) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ArchiveSlice slice = MakeSlice(0, 2);
  slice.rows[0].tenant = base::TenantId();
  ASSERT_TRUE((*archive)->Write({slice}).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({slice}));
}

TEST(EventArchive, IsOpenedByOneProcessAtATime) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(env.Open().status().code(), absl::StatusCode::kFailedPrecondition);
  archive->reset();
  EXPECT_TRUE(env.Open().ok());
}

TEST(EventArchive, WorksBehindALink) {
  ArchiveTestEnv env;
  std::filesystem::create_directory(env.folder / "real");
  std::filesystem::create_directory_symlink(env.folder / "real", env.folder / "link");
  auto archive = env.Open("link/archive");
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_TRUE((*archive)->Write({MakeSlice(0, 9)}).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({MakeSlice(0, 9)}));
}

// Where a crash can interrupt the second of two flushes of three tenants.
struct CrashPoint {
  const char* point;
  int64_t passes;
  bool happened;  // the flush is complete after the crash
};

class EventArchiveCrash : public testing::TestWithParam<CrashPoint> {};

TEST_P(EventArchiveCrash, ShowsAllOrNothingAndEachRowOnce) {
  const CrashPoint crash = GetParam();
  ArchiveTestEnv env;
  const ArchiveSlice first = MakeSlice(0, 60);
  const ArchiveSlice second = MakeSlice(60, 200);
  {
    auto archive = env.Open();
    ASSERT_TRUE(archive.ok()) << archive.status();
    ASSERT_TRUE((*archive)->Write({first}).ok());
    env.faults.Fail(crash.point, base::Unavailable("crash"), crash.passes);
    ASSERT_EQ((*archive)->Write({second}), base::Unavailable("crash"));
    EXPECT_EQ(*ReadAll(**archive), Expected({first}));
  }
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_EQ(*ReadAll(**archive), crash.happened ? Expected({first, second}) : Expected({first}));
  EXPECT_EQ((*archive)->positions().at(first.partition),
            eventlog::LogOffset(crash.happened ? 200 : 60));
  // The replay begins at the same record, but its batches end elsewhere.
  ASSERT_TRUE((*archive)->Write({MakeSlice(60, 130)}).ok());
  ASSERT_TRUE((*archive)->Write({MakeSlice(130, 260)}).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({MakeSlice(0, 260)}));
  EXPECT_TRUE((*archive)->Verify().ok());
  EXPECT_TRUE(std::filesystem::is_empty(env.archive_folder() + "/_staging"));
  EXPECT_EQ(ParquetBelow(env.archive_folder()).size(), 9u);
}

TEST_P(EventArchiveCrash, ARepeatedCallMakesUpForAFailure) {
  const CrashPoint crash = GetParam();
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_TRUE((*archive)->Write({MakeSlice(0, 60)}).ok());
  env.faults.Fail(crash.point, base::Unavailable("disk away"), crash.passes);
  ASSERT_FALSE((*archive)->Write({MakeSlice(60, 200)}).ok());
  ASSERT_TRUE((*archive)->Write({MakeSlice(60, 200)}).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({MakeSlice(0, 200)}));
  EXPECT_EQ(ParquetBelow(env.archive_folder()).size(), 6u);
}

INSTANTIATE_TEST_SUITE_P(Points, EventArchiveCrash,
                         testing::Values(CrashPoint{"lake.archive_write", 0, false},
                                         CrashPoint{"lake.archive_intent", 0, false},
                                         CrashPoint{"lake.archive_move", 0, true},
                                         CrashPoint{"lake.archive_move", 1, true},
                                         CrashPoint{"lake.archive_move", 2, true},
                                         CrashPoint{"lake.archive_commit", 0, true}));

// The children of this process that are alive.
std::vector<pid_t> Children() {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(entry.path() / "children");
    for (pid_t pid = 0; file >> pid;) children.push_back(pid);
  }
  return children;
}

TEST(EventArchive, KillingItsProcessLeavesNothingHalfVisible) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_TRUE((*archive)->Write({MakeSlice(0, 60)}).ok());
  const std::vector<ArchiveSlice> slices = {MakeSlice(60, 3000, 150)};
  for (const size_t files : {0u, 1u, 60u}) {
    absl::Status status;
    std::atomic<bool> done = false;
    std::thread writer([&] {
      status = (*archive)->Write(slices);
      done = true;
    });
    bool killed = false;
    while (!killed && !done) {
      std::error_code error;
      std::filesystem::directory_iterator staged(env.archive_folder() + "/_staging", error);
      if (error || static_cast<size_t>(std::distance(begin(staged), end(staged))) < files) continue;
      for (const pid_t pid : Children()) killed = kill(pid, SIGKILL) == 0;
    }
    writer.join();
    ASSERT_TRUE(killed);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_EQ(*ReadAll(**archive), Expected({MakeSlice(0, 60)}));
    EXPECT_EQ(ParquetBelow(env.archive_folder() + "/tenant=t0").size(), 1u);
  }
  ASSERT_TRUE((*archive)->Write(slices).ok());
  EXPECT_EQ(*ReadAll(**archive), Expected({MakeSlice(0, 60), slices[0]}));
}

TEST(EventArchive, ReadersSeeWholeFlushesOnly) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (uint64_t i = 0; i < 6; ++i) {
      EXPECT_TRUE((*archive)->Write({MakeSlice(i * 100, (i + 1) * 100)}).ok());
    }
    done = true;
  });
  while (!done) {
    size_t count = 0;
    const auto positions = (*archive)->Read(std::nullopt, [&](const ArchiveRow&) {
      ++count;
      return absl::OkStatus();
    });
    ASSERT_TRUE(positions.ok()) << positions.status();
    EXPECT_EQ(count, positions->empty() ? 0 : positions->begin()->second.number());
  }
  writer.join();
}

TEST(EventArchive, DamageIsFoundAndNamedAndNeverServed) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const ArchiveSlice slice = MakeSlice(0, 300, 1);
  ASSERT_TRUE((*archive)->Write({slice}).ok());
  const auto files = ParquetBelow(env.archive_folder());
  ASSERT_EQ(files.size(), 1u);
  const std::string path = env.archive_folder() + "/" + files.begin()->first;
  const std::string good = files.begin()->second;
  const auto expect_loss = [&](const std::string& what) {
    size_t given = 0;
    const auto read = (*archive)->Read(std::nullopt, [&](const ArchiveRow&) {
      ++given;
      return absl::OkStatus();
    });
    EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss) << what << read.status();
    EXPECT_THAT(std::string(base::Message(read.status())), HasSubstr(files.begin()->first)) << what;
    EXPECT_EQ(given, 0u) << what;
    EXPECT_EQ((*archive)->Verify().code(), absl::StatusCode::kDataLoss) << what;
  };
  constexpr uint64_t kSeed = 7;
  base::SeededRandom random(kSeed);
  for (int i = 0; i < 200; ++i) {
    std::string bad = good;
    const size_t at = random.Below(bad.size());
    bad[at] = static_cast<char>(bad[at] ^ (1 << random.Below(8)));
    std::ofstream(path, std::ios::binary) << bad;
    expect_loss(fmt::format("flip at {} (seed {}) ", at, kSeed));
  }
  for (const size_t length : {size_t{0}, size_t{3}, good.size() / 2, good.size() - 1}) {
    std::ofstream(path, std::ios::binary) << good.substr(0, length);
    expect_loss(fmt::format("cut to {} ", length));
  }
  std::ofstream(path, std::ios::binary) << good << 'x';
  expect_loss("longer ");
  std::filesystem::remove(path);
  expect_loss("missing ");
  std::ofstream(path, std::ios::binary) << good;
  EXPECT_EQ(*ReadAll(**archive), Expected({slice}));
}

TEST(EventArchive, DamagedManifestsAreFound) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_TRUE((*archive)->Write({MakeSlice(0, 30)}).ok());
  ASSERT_TRUE((*archive)->Write({MakeSlice(30, 60)}).ok());
  const std::string path = env.archive_folder() + "/_manifests/00000000000000000001";
  std::string text = FilesBelow(env.archive_folder()).at("_manifests/00000000000000000001");
  for (size_t at = 0; at < text.size(); at += 3) {
    std::string bad = text;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    std::ofstream(path, std::ios::binary) << bad;
    EXPECT_EQ(ReadAll(**archive).status().code(), absl::StatusCode::kDataLoss) << at;
  }
  std::filesystem::remove(path);
  EXPECT_EQ(ReadAll(**archive).status().code(), absl::StatusCode::kDataLoss);
  archive->reset();
  std::filesystem::remove(env.archive_folder() + "/_manifests/00000000000000000002");
  std::ofstream(env.archive_folder() + "/_manifests/00000000000000000002") << "rubbish";
  EXPECT_EQ(env.Open().status().code(), absl::StatusCode::kDataLoss);
}

TEST(EventArchive, GivesAPartitionInTheOrderOfTheLog) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  const eventlog::PartitionId partition{"bigdatajobs", "0"};
  ASSERT_TRUE(
      (*archive)->Write({MakeSlice(0, 1000, 600), MakeSlice(0, 9, 2, "2026-03-01", "1")}).ok());
  ASSERT_TRUE((*archive)->Write({MakeSlice(1000, 1100, 7, "2026-03-02")}).ok());
  for (const auto& [from, to] : std::vector<std::pair<uint64_t, uint64_t>>{
           {0, 1100}, {1, 999}, {990, 1010}, {1000, 1100}, {1099, 1100}, {7, 7}}) {
    uint64_t next = from;
    const absl::Status status = (*archive)->ReadPartition(
        partition, eventlog::LogOffset(from), eventlog::LogOffset(to), [&](const ArchiveRow& row) {
          EXPECT_EQ(row.from, partition);
          EXPECT_EQ(row.offset.number(), next++);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(next, to);
  }
  EXPECT_EQ((*archive)
                ->ReadPartition(partition, eventlog::LogOffset(0), eventlog::LogOffset(1101),
                                [](const ArchiveRow&) { return absl::OkStatus(); })
                .code(),
            absl::StatusCode::kDataLoss);
}

TEST(EventArchive, TheCallersErrorEndsTheRead) {
  ArchiveTestEnv env;
  auto archive = env.Open();
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_TRUE((*archive)->Write({MakeSlice(0, 3000)}).ok());
  int given = 0;
  const auto read = (*archive)->Read(std::nullopt, [&](const ArchiveRow&) {
    return ++given == 5 ? base::NotFound("enough") : absl::OkStatus();
  });
  EXPECT_EQ(read.status(), base::NotFound("enough"));
  EXPECT_EQ(given, 5);
}

}  // namespace
}  // namespace tenantry::lake::archive
