#include "eventlog/rocksdb/rocksdb_store.h"

#include <rocksdb/convenience.h>
#include <rocksdb/table.h>

#include <utility>

#include "base/status.h"
#include "eventlog/rocksdb/record_files.h"

namespace tenantry::eventlog {
namespace {

constexpr char kMarkKey[] = "!mark";
constexpr int kFormat = 1;

void AppendBigEndian(std::string& key, uint64_t value) {
  for (int i = 7; i >= 0; --i) key.push_back(static_cast<char>(value >> (8 * i)));
}

std::string BatchPrefix(const PartitionId& partition) {
  return "b" + partition.stream + '\0' + partition.partition + '\0';
}

rocksdb::Options EngineOptions(const EventLogOptions& options) {
  rocksdb::Options engine;
  engine.create_if_missing = true;
  engine.write_buffer_size = static_cast<size_t>(options.memory_bytes_max) / 2;
  engine.max_write_buffer_number = 2;
  engine.target_file_size_base = 64 << 20;
  engine.compression = rocksdb::kLZ4Compression;
  engine.max_open_files = 256;
  engine.max_background_jobs = 2;
  engine.keep_log_file_num = 2;
  engine.info_log_level = rocksdb::WARN_LEVEL;
  // A torn tail of the write-ahead log was never acknowledged; damage before it is an error.
  engine.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(8 << 20);
  table.block_size = 64 << 10;
  engine.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return engine;
}

// "format partitions", written when the log is made.
absl::Status CheckMark(rocksdb::DB& db, const std::string& folder, const EventLogOptions& options) {
  std::string mark;
  const rocksdb::Status found = db.Get(rocksdb::ReadOptions(), kMarkKey, &mark);
  if (found.IsNotFound()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return FromRocks(db.Put(synced, kMarkKey, fmt::format("{} {}", kFormat, options.partitions)),
                     "marking the event log");
  }
  TENANTRY_RETURN_IF_ERROR(FromRocks(found, "reading the event log's mark"));
  int format = 0;
  int64_t partitions = 0;
  if (std::sscanf(mark.c_str(), "%d %ld", &format, &partitions) != 2) {
    return base::DataLoss("the event log in {} has a broken mark", folder);
  }
  if (format != kFormat) {
    return base::FailedPrecondition(
        "the event log in {} has format {}, this program knows {}: use the newer program", folder,
        format, kFormat);
  }
  if (partitions != options.partitions) {
    return base::FailedPrecondition(
        "the event log in {} was made with {} partitions: set eventlog.partitions to {}", folder,
        partitions, partitions);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  const auto says = [&text](const char* words) { return text.find(words) != std::string::npos; };
  absl::StatusCode code = absl::StatusCode::kUnavailable;
  if (status.IsNoSpace() || says("No space left")) {
    code = absl::StatusCode::kResourceExhausted;
  } else if (status.IsCorruption()) {
    code = absl::StatusCode::kDataLoss;
  } else if (says("While lock file") || says("lock hold by current process")) {
    return base::FailedPrecondition("{}: in use by another process ({})", doing, text);
  } else if (says("ermission denied") || says("Read-only")) {
    code = absl::StatusCode::kPermissionDenied;
  }
  return base::Error(code, "{}: {}", doing, text);
}

std::string BatchKey(const PartitionId& partition, uint64_t first) {
  std::string key = BatchPrefix(partition);
  AppendBigEndian(key, first);
  return key;
}

uint64_t FirstOfKey(const rocksdb::Slice& key) {
  uint64_t first = 0;
  for (size_t i = key.size() - 8; i < key.size(); ++i) {
    first = first << 8 | static_cast<unsigned char>(key[i]);
  }
  return first;
}

bool IsBatchOf(const rocksdb::Slice& key, const PartitionId& partition) {
  const std::string prefix = BatchPrefix(partition);
  return key.size() == prefix.size() + 8 && key.starts_with(prefix);
}

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenStore(const std::string& folder,
                                                       const EventLogOptions& options,
                                                       rocksdb::Env* env) {
  TENANTRY_RETURN_IF_ERROR(options.Check());
  rocksdb::Options engine = EngineOptions(options);
  if (env != nullptr) engine.env = env;
  TENANTRY_RETURN_IF_ERROR(CheckRecordFiles(folder));
  rocksdb::DB* raw = nullptr;
  const absl::Status opened =
      FromRocks(rocksdb::DB::Open(engine, folder, &raw), "opening the event log in " + folder);
  if (absl::IsDataLoss(opened)) {
    return base::DataLoss("{}; bring the whole data folder back from a backup",
                          base::Message(opened));
  }
  if (absl::IsResourceExhausted(opened)) {
    return base::Error(absl::StatusCode::kResourceExhausted, "{}; free some space and start again",
                       base::Message(opened));
  }
  TENANTRY_RETURN_IF_ERROR(opened);
  std::unique_ptr<rocksdb::DB> db(raw);
  TENANTRY_RETURN_IF_ERROR(CheckMark(*db, folder, options));
  return db;
}

absl::Status FreeRange(rocksdb::DB& db, const std::string& from, const std::string& to,
                       int64_t rest_bytes_max) {
  const rocksdb::Slice begin = from, end = to;
  TENANTRY_RETURN_IF_ERROR(
      FromRocks(rocksdb::DeleteFilesInRange(&db, db.DefaultColumnFamily(), &begin, &end, false),
                "removing files of old records"));
  const rocksdb::Range range(begin, end);
  rocksdb::SizeApproximationOptions files_and_memory;
  files_and_memory.include_memtables = true;
  uint64_t rest = 0;
  TENANTRY_RETURN_IF_ERROR(FromRocks(
      db.GetApproximateSizes(files_and_memory, db.DefaultColumnFamily(), &range, 1, &rest),
      "measuring old records"));
  if (rest <= static_cast<uint64_t>(rest_bytes_max)) return absl::OkStatus();
  rocksdb::CompactRangeOptions beside_others;
  beside_others.exclusive_manual_compaction = false;
  beside_others.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const rocksdb::Status rewritten = db.CompactRange(beside_others, &begin, &end);
  if (rewritten.IsIncomplete()) return absl::OkStatus();  // the log is being closed
  return FromRocks(rewritten, "rewriting files of old records");
}

std::string PositionPrefix(const std::string& consumer) { return "c" + consumer + '\0'; }

std::string PositionKey(const std::string& consumer, const PartitionId& partition) {
  return PositionPrefix(consumer) + partition.stream + '\0' + partition.partition;
}

std::string EpochKey(const std::string& consumer) { return "e" + consumer; }

}  // namespace tenantry::eventlog
