#include "activity/checkpoint_store.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <xxhash.h>

#include <map>
#include <optional>

#include "base/status.h"
#include "runtime/disk/disk_reserve.h"

namespace tenantry::activity {
namespace {

constexpr char kVersionKey[] = "!version";
constexpr char kVersion[] = "2";
constexpr char kVersionBefore[] = "1";  // what waits is in the states
constexpr char kShardsKey[] = "!shards";

// Keys: 't' group(2) length(2) tenant kind [chunk(8)], all big-endian; 'p' shard(2) stream 0
// partition for positions; 'w' group(2) length(2) tenant day(4) sequence(8) for what waits.
void AppendBigEndian(std::string& key, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) key.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string GroupKey(int group, char space = 't') {
  std::string key(1, space);
  AppendBigEndian(key, static_cast<uint64_t>(group), 2);
  return key;
}

std::string OfTenant(const base::TenantId& tenant, char space) {
  std::string key = GroupKey(KeyGroupOf(tenant.value()), space);
  AppendBigEndian(key, tenant.value().size(), 2);
  return key + tenant.value();
}

std::string TenantKey(const base::TenantId& tenant, char kind) {
  return OfTenant(tenant, 't') + kind;
}

constexpr size_t kPlaceBytes = 12;
constexpr uint32_t kDaySign = 0x80000000;  // turned, so that days before 1970 come first

std::string WaitingKey(const base::TenantId& tenant, const WaitingPlace& place) {
  std::string key = OfTenant(tenant, 'w');
  AppendBigEndian(key, static_cast<uint32_t>(place.day) ^ kDaySign, 4);
  AppendBigEndian(key, place.sequence, 8);
  return key;
}

// The place at the end of a key.
WaitingPlace PlaceOf(std::string_view key) {
  const std::string_view place = key.substr(key.size() - kPlaceBytes);
  return {
      static_cast<base::Day>(static_cast<uint32_t>(ReadBigEndian(place.substr(0, 4))) ^ kDaySign),
      ReadBigEndian(place.substr(4))};
}

std::string PositionKey(int shard, const eventlog::PartitionId& partition) {
  std::string key = "p";
  AppendBigEndian(key, static_cast<uint64_t>(shard), 2);
  return key + partition.stream + '\0' + partition.partition;
}

absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  if (status.IsNoSpace()) {
    return base::Error(absl::StatusCode::kResourceExhausted, "{}: disk full: {}", doing, text);
  }
  if (status.IsCorruption()) return base::DataLoss("{}: {}", doing, text);
  if (status.IsIOError() && text.find("lock") != std::string::npos) {
    return base::FailedPrecondition("{}: in use by another process: {}", doing, text);
  }
  return base::Unavailable("{}: {}", doing, text);
}

std::string_view View(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class RocksDbWaitingReader final : public WaitingReader {
 public:
  RocksDbWaitingReader(rocksdb::DB& db, const base::TenantId& tenant, const WaitingPlace& after)
      : prefix_(OfTenant(tenant, 'w')) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    it_.reset(db.NewIterator(options));
    it_->Seek(WaitingKey(tenant, after));
    if (it_->Valid() && View(it_->key()) == WaitingKey(tenant, after)) it_->Next();
  }

  absl::StatusOr<std::optional<WaitingEvent>> Next() override {
    TENANTRY_RETURN_IF_ERROR(FromRocks(it_->status(), "reading the events that wait"));
    if (!it_->Valid() || !it_->key().starts_with(prefix_)) return std::nullopt;
    if (it_->key().size() != prefix_.size() + kPlaceBytes) {
      return base::DataLoss("an event that waits has a broken key");
    }
    WaitingEvent event{PlaceOf(View(it_->key())), std::string(View(it_->value()))};
    it_->Next();
    return event;
  }

 private:
  const std::string prefix_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

// How far the shards have come in one partition.
struct Reached {
  eventlog::LogOffset least;
  int shards = 0;
};

class RocksDbCheckpointStore final : public CheckpointStore {
 public:
  RocksDbCheckpointStore(std::unique_ptr<rocksdb::DB> db, runtime::DiskReserve reserve,
                         base::Faults& faults)
      : db_(std::move(db)), reserve_(std::move(reserve)), faults_(faults) {}

  absl::Status Load(int first_group, int last_group, const Visitor& visitor) override;
  absl::StatusOr<eventlog::LogPositions> Begin(int shards) override;
  absl::Status Commit(const Checkpoint& checkpoint) override;
  absl::Status Sync() override { return FromRocks(db_->SyncWAL(), "syncing the analytics state"); }

  std::unique_ptr<WaitingReader> ReadWaiting(const base::TenantId& tenant,
                                             const WaitingPlace& after) override {
    return std::make_unique<RocksDbWaitingReader>(*db_, tenant, after);
  }
  absl::Status FindWaiting(
      int first_group, int last_group,
      const std::function<void(const base::TenantId&, base::Day)>& take) override;
  uint64_t WaitingBytes() override;

 private:
  absl::Status DeleteFrom(const std::string& prefix, const std::string& last,
                          rocksdb::WriteBatch& batch);
  absl::Status PutTenants(const Checkpoint& checkpoint, rocksdb::WriteBatch& batch);

  std::unique_ptr<rocksdb::DB> db_;
  const runtime::DiskReserve reserve_;
  base::Faults& faults_;
};

std::optional<CheckpointStore::Kind> KindOf(char kind) {
  switch (kind) {
    case 'a':
      return CheckpointStore::Kind::kState;
    case 's':
      return CheckpointStore::Kind::kSeen;
    case 'r':
      return CheckpointStore::Kind::kRisk;
    default:
      return std::nullopt;
  }
}

absl::Status RocksDbCheckpointStore::Load(int first_group, int last_group, const Visitor& visitor) {
  const std::string end = last_group == kKeyGroups ? "u" : GroupKey(last_group);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  for (it->Seek(GroupKey(first_group)); it->Valid(); it->Next()) {
    const std::string_view key(it->key().data(), it->key().size());
    const size_t length = key.size() < 5 ? SIZE_MAX : ReadBigEndian(key.substr(3, 2));
    if (length > key.size() - 6) return base::DataLoss("the analytics state has a broken key");
    const auto kind = KindOf(key[5 + length]);
    if (!kind) return base::DataLoss("the analytics state has a key of an unknown kind");
    TENANTRY_RETURN_IF_ERROR(visitor(*kind, base::TenantId(std::string(key.substr(5, length))),
                                     {it->value().data(), it->value().size()}));
  }
  return FromRocks(it->status(), "reading the analytics state");
}

absl::StatusOr<eventlog::LogPositions> RocksDbCheckpointStore::Begin(int shards) {
  std::string shards_before = "0";
  const rocksdb::Status found = db_->Get(rocksdb::ReadOptions(), kShardsKey, &shards_before);
  if (!found.ok() && !found.IsNotFound()) return FromRocks(found, "reading the number of shards");
  std::map<eventlog::PartitionId, Reached> reached;
  rocksdb::WriteBatch batch;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek("p"); it->Valid() && it->key()[0] == 'p'; it->Next()) {
    const std::string_view key(it->key().data(), it->key().size());
    const size_t zero = key.find('\0', 3);
    if (zero == std::string_view::npos) return base::DataLoss("a log position has a broken key");
    TENANTRY_ASSIGN_OR_RETURN(const eventlog::LogOffset offset,
                              eventlog::LogOffset::Parse({it->value().data(), it->value().size()}));
    Reached& at =
        reached[{std::string(key.substr(3, zero - 3)), std::string(key.substr(zero + 1))}];
    at.least = at.shards++ == 0 ? offset : std::min(at.least, offset);
    batch.Delete(it->key());
  }
  TENANTRY_RETURN_IF_ERROR(FromRocks(it->status(), "reading the log positions"));
  eventlog::LogPositions positions;
  for (const auto& [partition, at] : reached) {
    // A shard that has no position for a partition has read nothing of it.
    if (std::to_string(at.shards) != shards_before) continue;
    positions[partition] = at.least;
    for (int shard = 0; shard < shards; ++shard) {
      batch.Put(PositionKey(shard, partition), at.least.text());
    }
  }
  batch.Put(kShardsKey, std::to_string(shards));
  TENANTRY_RETURN_IF_ERROR(
      FromRocks(db_->Write(rocksdb::WriteOptions(), &batch), "noting the log positions"));
  return positions;
}

// Deletes every key that begins with `prefix`, up to `last` when that is not empty: one by one,
// because each range deleted would slow down all reading until it is compacted away.
absl::Status RocksDbCheckpointStore::DeleteFrom(const std::string& prefix, const std::string& last,
                                                rocksdb::WriteBatch& batch) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    if (!last.empty() && View(it->key()) > last) break;
    batch.Delete(it->key());
  }
  return FromRocks(it->status(), "reading the analytics state");
}

absl::Status RocksDbCheckpointStore::FindWaiting(
    int first_group, int last_group,
    const std::function<void(const base::TenantId&, base::Day)>& take) {
  const std::string end = last_group == kKeyGroups ? "x" : GroupKey(last_group, 'w');
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  it->Seek(GroupKey(first_group, 'w'));
  while (it->Valid() && View(it->key()) < end) {
    const std::string_view key = View(it->key());
    const size_t length = key.size() < 5 ? SIZE_MAX : ReadBigEndian(key.substr(3, 2));
    if (length == SIZE_MAX || key.size() != 5 + length + kPlaceBytes) {
      return base::DataLoss("an event that waits has a broken key");
    }
    const base::TenantId tenant(std::string(key.substr(5, length)));
    take(tenant, PlaceOf(key).day);
    it->Seek(WaitingKey(tenant, {INT32_MAX, UINT64_MAX}));
  }
  return FromRocks(it->status(), "looking for events that wait");
}

uint64_t RocksDbCheckpointStore::WaitingBytes() {
  const rocksdb::Range range("w", "x");
  uint64_t bytes = 0;
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  db_->GetApproximateSizes(options, db_->DefaultColumnFamily(), &range, 1, &bytes);
  return bytes;
}

absl::Status RocksDbCheckpointStore::Commit(const Checkpoint& checkpoint) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("activity.checkpoint"));
  TENANTRY_RETURN_IF_ERROR(reserve_.Check());
  rocksdb::WriteBatch batch;
  TENANTRY_RETURN_IF_ERROR(PutTenants(checkpoint, batch));
  for (const auto& [partition, offset] : checkpoint.positions) {
    batch.Put(PositionKey(checkpoint.shard, partition), offset.text());
  }
  return FromRocks(db_->Write(rocksdb::WriteOptions(), &batch), "writing a checkpoint");
}

absl::Status RocksDbCheckpointStore::PutTenants(const Checkpoint& checkpoint,
                                                rocksdb::WriteBatch& batch) {
  for (const auto& [tenant, bytes] : checkpoint.states) batch.Put(TenantKey(tenant, 'a'), bytes);
  for (const auto& [tenant, bytes] : checkpoint.risks) batch.Put(TenantKey(tenant, 'r'), bytes);
  for (const auto& [tenant, chunk] : checkpoint.seen) {
    std::string key = TenantKey(tenant, 's');
    if (chunk.is_whole) TENANTRY_RETURN_IF_ERROR(DeleteFrom(key, "", batch));
    AppendBigEndian(key, db_->GetLatestSequenceNumber(), 8);
    batch.Put(key, chunk.hashes);
  }
  for (const auto& [tenant, place] : checkpoint.counted) {
    TENANTRY_RETURN_IF_ERROR(DeleteFrom(OfTenant(tenant, 'w'), WaitingKey(tenant, place), batch));
  }
  for (const auto& [tenant, events] : checkpoint.waiting) {
    for (const WaitingEvent& event : events) batch.Put(WaitingKey(tenant, event.place), event.json);
  }
  return absl::OkStatus();
}

rocksdb::Options EngineOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 8 << 20;
  options.max_write_buffer_number = 2;
  options.compression = rocksdb::kZSTD;
  options.max_open_files = 128;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(4 << 20);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

int KeyGroupOf(std::string_view tenant) {
  return static_cast<int>(XXH3_64bits(tenant.data(), tenant.size()) % kKeyGroups);
}

absl::StatusOr<std::unique_ptr<CheckpointStore>> CheckpointStore::Open(const std::string& folder,
                                                                       base::Faults& faults,
                                                                       int64_t free_bytes_min) {
  rocksdb::DB* raw = nullptr;
  TENANTRY_RETURN_IF_ERROR(FromRocks(rocksdb::DB::Open(EngineOptions(), folder, &raw),
                                     fmt::format("opening the analytics state in {}", folder)));
  std::unique_ptr<rocksdb::DB> db(raw);
  std::string version;
  const rocksdb::Status found = db->Get(rocksdb::ReadOptions(), kVersionKey, &version);
  if (!found.ok() && !found.IsNotFound()) {
    return FromRocks(found, fmt::format("reading the format of the analytics state in {}", folder));
  }
  if (found.IsNotFound() || version == kVersionBefore) {
    TENANTRY_RETURN_IF_ERROR(FromRocks(db->Put(rocksdb::WriteOptions(), kVersionKey, kVersion),
                                       "marking the analytics state"));
  } else if (version != kVersion) {
    return base::FailedPrecondition(
        "the analytics state in {} has format {}, this program knows {}: use the newer program, or "
        "remove that folder to have it rebuilt from the archive and the log",
        folder, version, kVersion);
  }
  return std::make_unique<RocksDbCheckpointStore>(
      std::move(db),
      runtime::DiskReserve(folder, free_bytes_min, "analytics state", "activity.free_bytes_min"),
      faults);
}

}  // namespace tenantry::activity
