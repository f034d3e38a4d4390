#pragma once

#include <absl/status/statusor.h>
#include <rocksdb/db.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "eventlog/event_log.h"
#include "eventlog/event_log_options.h"

namespace tenantry::eventlog {

/// An error of RocksDB as one of ours; `doing` says what was tried.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing);

/// The key of the batch that begins at record `first` of a partition; keys sort as places do.
std::string BatchKey(const PartitionId& partition, uint64_t first);

/// The record number in such a key.
uint64_t FirstOfKey(const rocksdb::Slice& key);

/// True when `key` is of a batch of `partition`.
bool IsBatchOf(const rocksdb::Slice& key, const PartitionId& partition);

/// Opens the database in the file system `env` (nullptr: the machine's) and checks its mark. Errors
/// as RocksDbEventLog::Open.
absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenStore(const std::string& folder,
                                                       const EventLogOptions& options,
                                                       rocksdb::Env* env);

/// Gives the disk back what was deleted from key `from` to before `to`: whole files at once, parts
/// of files by rewriting these when they come to more than `rest_bytes_max`.
absl::Status FreeRange(rocksdb::DB& db, const std::string& from, const std::string& to,
                       int64_t rest_bytes_max);

/// Keys of a consumer's committed position and of its newest epoch.
std::string PositionKey(const std::string& consumer, const PartitionId& partition);
std::string PositionPrefix(const std::string& consumer);
std::string EpochKey(const std::string& consumer);

}  // namespace tenantry::eventlog
