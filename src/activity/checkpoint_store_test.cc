#include "activity/checkpoint_store.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace tenantry::activity {
namespace {

using base::TenantId;
using eventlog::LogOffset;
using eventlog::PartitionId;

class CheckpointStoreTest : public testing::Test {
 protected:
  CheckpointStoreTest() {
    folder_ = fmt::format("{}/checkpoint_store_{}_{}", testing::TempDir(), getpid(),
                          testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    Reopen();
  }

  void Reopen(int64_t free_bytes_min = 0) {
    store_.reset();
    auto opened = CheckpointStore::Open(folder_, faults_, free_bytes_min);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  // Reads all entries; false when `visit` says so of one or the store fails.
  bool Read(const std::function<bool(const TenantId&, std::string_view)>& visit) {
    return store_
        ->Load(0, kKeyGroups,
               [&](auto, const TenantId& id, std::string_view bytes) {
                 return visit(id, bytes) ? absl::OkStatus() : absl::DataLossError("refused");
               })
        .ok();
  }

  void CommitPosition(int shard, uint64_t offset) {
    Checkpoint checkpoint;
    checkpoint.shard = shard;
    checkpoint.positions[kPartition] = LogOffset(offset);
    ASSERT_TRUE(store_->Commit(checkpoint).ok());
  }

  const PartitionId kPartition{"companies", "0"};
  std::string folder_;
  base::ScriptedFaults faults_;
  std::unique_ptr<CheckpointStore> store_;
};

TEST_F(CheckpointStoreTest, GivesBackStatesAndSeenChunksInOrder) {
  const TenantId tenant("a\0b'/%✓");
  Checkpoint first{{{tenant, "old"}}, {{tenant, {"one"}}}, {{tenant, "risk"}}, 0, {}};
  Checkpoint second{{{tenant, "new"}}, {{tenant, {"two"}}}, {}, 0, {}};
  ASSERT_TRUE(store_->Commit(first).ok());
  ASSERT_TRUE(store_->Commit(second).ok());
  Reopen();
  std::string found;
  ASSERT_TRUE(store_
                  ->Load(0, kKeyGroups,
                         [&](auto, const TenantId& id, std::string_view bytes) {
                           EXPECT_EQ(id, tenant);
                           found += std::string(bytes) + ";";
                           return absl::OkStatus();
                         })
                  .ok());
  EXPECT_EQ(found, "new;risk;one;two;");
}

// One event a checkpoint: read back are the hashes of all, from few chunks, and the store has no
// more of them after starts in between.
TEST_F(CheckpointStoreTest, KeepsFewChunksOfHashesHoweverManyCheckpoints) {
  const TenantId tenant("t"), neighbour("t2");
  ASSERT_TRUE(store_->Commit({{}, {{neighbour, {"other"}}}, {}, 0, {}}).ok());
  constexpr size_t kCheckpoints = 3000;
  auto seen = std::make_unique<SeenSet>();
  seen->TrackNew();
  for (uint64_t i = 1; i <= kCheckpoints; ++i) {
    seen->Insert({i, i * 7});
    ASSERT_TRUE(store_->Commit({{}, {{tenant, seen->TakeChunk()}}, {}, 0, {}}).ok());
    if (i % 701 != 0) continue;
    Reopen();
    seen = std::make_unique<SeenSet>();
    seen->TrackNew();
    ASSERT_TRUE(Read([&](const TenantId& id, std::string_view bytes) {
      return id != tenant || seen->Restore(bytes);
    }));
    ASSERT_EQ(seen->size(), i);
  }
  size_t chunks = 0, others = 0, bytes_read = 0;
  ASSERT_TRUE(Read([&](const TenantId& id, std::string_view bytes) {
    ++(id == tenant ? chunks : others);
    if (id == tenant) bytes_read += bytes.size();
    return true;
  }));
  EXPECT_LE(chunks, SeenSet::kChunksLeast + kCheckpoints / SeenSet::kHashesPerChunk);
  EXPECT_EQ(bytes_read, kCheckpoints * sizeof(SeenHash));
  EXPECT_EQ(others, 1u);
}

// What an earlier version left: the next checkpoint mends it, also when nothing new was seen.
TEST(SeenSet, IsWrittenAsAWholeAfterManyChunksWereRestored) {
  SeenSet writer;
  writer.TrackNew();
  SeenSet reader;
  reader.TrackNew();
  for (uint64_t i = 1; i <= 200; ++i) {
    writer.Insert({i, i});
    const std::string bytes = writer.Encode();
    ASSERT_TRUE(reader.Restore(std::string_view(bytes).substr(0, sizeof(SeenHash))));
  }
  EXPECT_TRUE(reader.has_many_chunks());
  const SeenChunk whole = reader.TakeChunk();
  EXPECT_TRUE(whole.is_whole);
  EXPECT_EQ(whole.hashes.size(), reader.size() * sizeof(SeenHash));
  EXPECT_FALSE(reader.has_many_chunks());
  EXPECT_TRUE(reader.TakeChunk().hashes.empty());
}

TEST_F(CheckpointStoreTest, GivesBackWhatWaitsByDayUntilItIsCounted) {
  const TenantId tenant("t"), longer("t\xff");
  const auto places = [&](const TenantId& of, WaitingPlace after) {
    std::string found;
    const auto reader = store_->ReadWaiting(of, after);
    for (auto next = reader->Next(); next.ok() && *next; next = reader->Next()) {
      const WaitingPlace& place = (*next)->place;
      found += fmt::format("{}/{}:{} ", place.day, place.sequence, (*next)->json);
    }
    return found;
  };
  Checkpoint first;
  first.waiting = {{tenant, {{{9, 1}, "a"}, {{7, 2}, "b"}, {{300, 3}, "c"}}},
                   {longer, {{{-5, 1}, "d"}}}};
  ASSERT_TRUE(store_->Commit(first).ok());
  Reopen();
  EXPECT_EQ(places(tenant, {}), "7/2:b 9/1:a 300/3:c ");
  EXPECT_EQ(places(tenant, {7, 2}), "9/1:a 300/3:c ");
  EXPECT_EQ(places(longer, {}), "-5/1:d ");
  Checkpoint second;
  second.counted = {{tenant, {9, 1}}};
  second.waiting = {{tenant, {{{10, 4}, "e"}}}};
  ASSERT_TRUE(store_->Commit(second).ok());
  EXPECT_EQ(places(tenant, {}), "10/4:e 300/3:c ");
  std::map<std::string, base::Day> first_days;
  ASSERT_TRUE(
      store_
          ->FindWaiting(0, kKeyGroups,
                        [&](const TenantId& id, base::Day day) { first_days[id.value()] = day; })
          .ok());
  EXPECT_EQ(first_days, (std::map<std::string, base::Day>{{"t", 10}, {"t\xff", -5}}));
  EXPECT_GT(store_->WaitingBytes(), 0u);
  EXPECT_TRUE(Read([](const auto&, auto) { return false; })) << "it is not read at the start";
}

TEST_F(CheckpointStoreTest, LoadsOnlyTheKeyGroupsAskedFor) {
  Checkpoint checkpoint;
  for (int i = 0; i < 200; ++i)
    checkpoint.states.emplace_back(TenantId("t" + std::to_string(i)), "x");
  ASSERT_TRUE(store_->Commit(checkpoint).ok());
  int seen[2] = {};
  for (const int half : {0, 1}) {
    ASSERT_TRUE(store_
                    ->Load(half * 512, half * 512 + 512,
                           [&](auto, const TenantId& id, auto) {
                             EXPECT_EQ(KeyGroupOf(id.value()) / 512, half);
                             ++seen[half];
                             return absl::OkStatus();
                           })
                    .ok());
  }
  EXPECT_EQ(seen[0] + seen[1], 200);
  EXPECT_GT(seen[0], 50);
  EXPECT_GT(seen[1], 50);
}

TEST_F(CheckpointStoreTest, BeginsAtTheLeastPositionOfAllShards) {
  ASSERT_TRUE(store_->Begin(2).ok());
  CommitPosition(0, 70);
  CommitPosition(1, 9);
  Reopen();
  EXPECT_EQ((*store_->Begin(3))[kPartition], LogOffset(9));
  CommitPosition(2, 100);
  EXPECT_EQ((*store_->Begin(1))[kPartition], LogOffset(9));
}

TEST_F(CheckpointStoreTest, BeginsAtZeroWhenAShardNeverCheckpointed) {
  ASSERT_TRUE(store_->Begin(2).ok());
  CommitPosition(0, 70);
  Reopen();
  EXPECT_TRUE(store_->Begin(2)->empty());
}

TEST_F(CheckpointStoreTest, WritesNothingWhenACommitFails) {
  ASSERT_TRUE(store_->Begin(1).ok());
  faults_.Fail("activity.checkpoint", absl::UnavailableError("planted"));
  Checkpoint checkpoint{{{TenantId("t"), "x"}}, {}, {}, 0, {{kPartition, LogOffset(5)}}};
  EXPECT_FALSE(store_->Commit(checkpoint).ok());
  Reopen();
  EXPECT_TRUE(store_->Begin(1)->empty());
}

TEST_F(CheckpointStoreTest, WritesNothingWhereTheDiskHasLessFreeThanIsKept) {
  Reopen(int64_t{1} << 60);
  const Checkpoint checkpoint{{{TenantId("t"), "x"}}, {}, {}, 0, {{kPartition, LogOffset(5)}}};
  const absl::Status refused = store_->Commit(checkpoint);
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_NE(refused.message().find("activity.free_bytes_min"), absl::string_view::npos);
  Reopen();
  EXPECT_TRUE(store_->Commit(checkpoint).ok());
}

TEST_F(CheckpointStoreTest, RefusesTheFormatOfANewerProgram) {
  store_.reset();
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, folder_, &db).ok());
  ASSERT_TRUE(db->Put({}, "!version", "3").ok());
  delete db;
  const absl::Status refused = CheckpointStore::Open(folder_, faults_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_NE(refused.message().find("has format 3, this program knows 2"), std::string::npos);
}

// What a bad sector does to a table file: found when it is read, and no newer format.
TEST_F(CheckpointStoreTest, SaysThatItIsDamaged) {
  CommitPosition(0, 1);
  store_.reset();
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, folder_, &db).ok());
  ASSERT_TRUE(db->Flush({}).ok());
  ASSERT_TRUE(db->CompactRange({}, nullptr, nullptr).ok());
  delete db;
  int tables = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream table(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    table.seekp(8);
    table << "XXXX";
    ++tables;
  }
  ASSERT_EQ(tables, 1);
  const absl::Status refused = CheckpointStore::Open(folder_, faults_).status();
  EXPECT_TRUE(absl::IsDataLoss(refused)) << refused;
}

TEST_F(CheckpointStoreTest, RefusesAFolderThatAnotherHasOpen) {
  const auto second = CheckpointStore::Open(folder_, faults_);
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
}

}  // namespace
}  // namespace tenantry::activity
