#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>
#include <absl/types/span.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "activity/checkpoint_store.h"
#include "activity/intake/record_queue.h"
#include "activity/live_options.h"
#include "activity/state/analytics.h"
#include "activity/state/changed_days.h"
#include "activity/state/present_records.h"
#include "base/clock.h"
#include "events/company_record.h"
#include "events/event_codec.h"

namespace tenantry::activity {

/// One thread's share of the live analytics: the tenants of a range of key groups, their state, and
/// how far in the log that state reaches. Thread-safe but for Load, Start and Stop.
class Shard {
 public:
  /// Owns the key groups [index·1024/shards, (index+1)·1024/shards). References outlive this.
  Shard(int index, int shards, CheckpointStore& store, const base::Clock& clock,
        const LiveOptions& options, LiveMetrics& metrics);
  ~Shard();

  /// Restores the checkpoint; reading goes on at `positions`. DataLoss when the state is damaged.
  absl::Status Load(const eventlog::LogPositions& positions);

  /// Begins to apply what the queue brings.
  void Start();

  /// Closes the queue, applies what waits in it, writes a last checkpoint and ends the thread.
  void Stop();

  /// Where the log's records for this shard go.
  RecordQueue& queue() { return queue_; }

  /// The first record of each partition that is not applied yet.
  eventlog::LogPositions Positions() const;

  /// Up to `tenants_max` tenants whose record changed since they were last taken.
  std::vector<base::TenantId> TakeChanged(size_t tenants_max);

  /// Puts tenants back that could not be put out.
  void PutBackChanged(const std::vector<base::TenantId>& tenants);

  /// The record of `tenant` as of an instant, with its risk. Errors:
  /// the store's when events that wait there can't be read, DeadlineExceeded when that takes too
  /// long. Never kNeedsStored.
  absl::StatusOr<Found> Find(const base::TenantId& tenant, base::Instant as_of,
                             events::CompanyRecord& record) const;

  /// How many tenants it holds, and how many of them wait to be put out.
  size_t TenantCount() const;
  size_t ChangedCount() const;

  /// Every record as of an instant, in no order; tenants that need history go to `needs_history`.
  /// Errors as Find.
  absl::Status Collect(base::Instant as_of, std::vector<events::CompanyRecord>& records,
                       std::vector<base::TenantId>& needs_history) const;

  /// As Collect, without the records that `kept` has already.
  absl::Status CollectChanged(base::Instant as_of, PresentRecords& kept,
                              std::vector<events::CompanyRecord>& changed,
                              std::vector<base::TenantId>& needs_history) const;

  /// About how many bytes of events of days to come are in memory.
  size_t WaitingBytes() const;

  /// A tenant's risk; kUnknown before the first score.
  events::Risk RiskOf(const base::TenantId& tenant) const;

  /// Notes a tenant's risk; it is part of the next checkpoint.
  void PutRisk(const base::TenantId& tenant, events::Risk risk);

  /// A number that grows with each event counted that changes what is known as of `day`.
  uint64_t LastChange(base::Day day) const;

  /// Marks every tenant as changed: the model is another one, or windows slid.
  void TouchAll();

  /// OK, or why checkpoints can't be written at the moment.
  absl::Status Ready() const;

 private:
  void Run();
  void Apply(const RecordSlice& slice) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyBatch(const eventlog::PartitionId& from, absl::Span<const PlacedRecord> records)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteChangedDays(size_t size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Parse(const eventlog::PartitionId& from, const PlacedRecord& placed, ParsedEvent& parsed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  events::Risk FindRisk(const base::TenantId& tenant) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CollectHere(base::Instant as_of, std::vector<events::CompanyRecord>& records,
                   std::vector<base::TenantId>& needs_history,
                   std::vector<base::TenantId>& needs_stored) const;
  std::vector<base::TenantId> TenantsNotKept(base::Instant as_of, PresentRecords& kept) const;
  void MakeRoom();
  bool CountStored();
  absl::StatusOr<bool> CountStoredOf(const StoredDue& due, base::Day today);
  bool WriteCheckpoint();
  void NoteCommitted(const Checkpoint& checkpoint) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Checkpoint TakeCheckpoint() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int index_;
  const int first_group_;
  const int last_group_;
  CheckpointStore& store_;
  const base::Clock& clock_;
  const LiveOptions& options_;
  LiveMetrics& metrics_;
  RecordQueue queue_;
  std::thread thread_;
  std::optional<Checkpoint> pending_;  // of the thread: taken and not yet written
  // Of the thread: up to which place stored events were counted since the last checkpoint.
  absl::flat_hash_map<base::TenantId, WaitingPlace> counted_;

  mutable absl::Mutex mutex_;
  events::EventParser parser_ ABSL_GUARDED_BY(mutex_);
  Analytics analytics_ ABSL_GUARDED_BY(mutex_);
  std::vector<ParsedEvent> batch_ ABSL_GUARDED_BY(mutex_);  // reused
  std::vector<Outcome> outcomes_ ABSL_GUARDED_BY(mutex_);   // of the batch's events
  absl::flat_hash_map<base::TenantId, events::Risk> risks_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<base::TenantId> unsaved_risks_ ABSL_GUARDED_BY(mutex_);
  ChangedDays changed_days_ ABSL_GUARDED_BY(mutex_);
  eventlog::LogPositions positions_ ABSL_GUARDED_BY(mutex_);
  bool moved_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status checkpoint_status_ ABSL_GUARDED_BY(mutex_);
  absl::Status stored_status_ ABSL_GUARDED_BY(mutex_);  // of reading what waits in the store
};

}  // namespace tenantry::activity
