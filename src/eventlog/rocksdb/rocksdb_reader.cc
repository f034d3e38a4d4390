#include "eventlog/rocksdb/rocksdb_reader.h"

#include <utility>

#include "base/status.h"
#include "eventlog/batch_codec.h"
#include "eventlog/rocksdb/rocksdb_store.h"

namespace tenantry::eventlog {

RocksDbReader::RocksDbReader(rocksdb::DB& db, PartitionEnds& ends, base::Faults& faults,
                             EventLogMetrics& metrics, PartitionId partition, uint64_t place)
    : db_(db),
      ends_(ends),
      faults_(faults),
      metrics_(metrics),
      partition_(std::move(partition)),
      place_(place) {}

void RocksDbReader::Close() { ends_.Close(&closed_); }

// Puts the iterator on the batch that holds `place_`. An iterator sees the state of its making, so
// a new one is made when the old one has nothing further.
absl::Status RocksDbReader::Seek() {
  if (iterator_ != nullptr && iterator_->Valid()) {
    iterator_->Next();
    if (iterator_->Valid() && IsBatchOf(iterator_->key(), partition_)) return absl::OkStatus();
  }
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  iterator_.reset(db_.NewIterator(options));
  iterator_->SeekForPrev(BatchKey(partition_, place_));
  if (!iterator_->Valid() || !IsBatchOf(iterator_->key(), partition_)) {
    iterator_->Seek(BatchKey(partition_, place_));
  }
  TENANTRY_RETURN_IF_ERROR(FromRocks(iterator_->status(), "reading the event log"));
  if (iterator_->Valid() && IsBatchOf(iterator_->key(), partition_)) return absl::OkStatus();
  return Missing(partition_, place_);
}

// OutOfRange when retention has dropped the place.
absl::Status RocksDbReader::CheckKept(const PartitionEnds::Range& range) const {
  if (place_ >= range.begin) return absl::OkStatus();
  return base::Error(absl::StatusCode::kOutOfRange,
                     "{}/{} no longer holds {}: the oldest record kept is {}", partition_.stream,
                     partition_.partition, place_, range.begin);
}

// The batch that the iterator stands on, once it is known to hold `place_`.
absl::StatusOr<LogBatch> RocksDbReader::Decode() {
  const uint64_t first = FirstOfKey(iterator_->key());
  TENANTRY_ASSIGN_OR_RETURN(LogBatch batch,
                            DecodeBatch(partition_, first, iterator_->value().ToString()));
  if (place_ < first || place_ >= batch.next.number()) return Missing(partition_, place_);
  batch.records.erase(batch.records.begin(),
                      batch.records.begin() + static_cast<std::ptrdiff_t>(place_ - first));
  batch.first = LogOffset(place_);
  return batch;
}

absl::StatusOr<LogBatch> RocksDbReader::Next(absl::Duration wait) {
  TENANTRY_RETURN_IF_ERROR(faults_.At("eventlog.read"));
  ends_.WaitPast(partition_, place_, wait, &closed_);
  if (ends_.IsSet(&closed_)) return absl::CancelledError("the reader was closed");
  TENANTRY_ASSIGN_OR_RETURN(PartitionEnds::Range range, ends_.Find(partition_));
  TENANTRY_RETURN_IF_ERROR(CheckKept(range));
  if (place_ >= range.end) {
    iterator_.reset();  // an idle reader holds no files
    LogBatch none;
    none.from = partition_;
    none.first = none.next = LogOffset(place_);
    return none;
  }
  const absl::Status sought = Seek();
  absl::StatusOr<LogBatch> batch = sought.ok() ? Decode() : sought;
  if (batch.ok()) {
    place_ = batch->next.number();
    return batch;
  }
  iterator_.reset();
  // Retention may have dropped the place between the look at the range and the reading.
  TENANTRY_ASSIGN_OR_RETURN(range, ends_.Find(partition_));
  TENANTRY_RETURN_IF_ERROR(CheckKept(range));
  if (absl::IsDataLoss(batch.status())) metrics_.damaged.Increment();
  return batch;
}

}  // namespace tenantry::eventlog
