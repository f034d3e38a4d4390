#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/synchronization/mutex.h>

#include <functional>
#include <thread>
#include <vector>

#include "activity/live_analytics.h"
#include "activity/shard.h"
#include "base/steady_time.h"

namespace tenantry::activity {

/// Takes tenants whose record changed, has them scored in batches, and puts the enriched records
/// out, off the threads that count. A scorer that fails leaves the last score, marked stale.
class Enricher {
 public:
  /// References and shards outlive this.
  Enricher(std::vector<Shard*> shards, const LiveInputs& inputs, const LiveOptions& options,
           LiveMetrics& metrics);
  ~Enricher();

  /// Begins; everything known is looked at once more for the new day.
  void Start();

  /// Puts out what changed until then, at most until `deadline`, and ends the thread.
  void Stop(absl::Time deadline);

  /// OK, or why records can't be scored or put out at the moment.
  absl::Status Ready() const;

 private:
  using Tenants = absl::flat_hash_set<std::pair<Shard*, base::TenantId>>;

  void Run();
  size_t Round(Shard& shard);
  void Score(Shard& shard, std::vector<events::CompanyRecord>& records);
  bool Publish(const std::vector<events::CompanyRecord>& records);
  void WatchMidnight();
  void Retry();
  void RetryLater(Tenants& tenants, Shard& shard, const base::TenantId& tenant);
  void NoteScoring(const absl::Status& status, size_t tenants);
  void RetryListener();

  const std::vector<Shard*> shards_;
  const LiveInputs& inputs_;
  const LiveOptions& options_;
  LiveMetrics& metrics_;
  std::thread thread_;
  base::Day day_ = 0;          // of the enriching thread
  size_t touched_shards_ = 0;  // of the enriching thread: whose windows slid this day
  absl::Duration midnight_;    // of the enriching thread: when the day was seen to change
  // Of the enriching thread: tenants whose record can't be read, those that the scorer did not
  // answer for, and when to try again.
  Tenants unread_, unscored_;
  absl::Duration retry_;
  absl::Status score_status_;      // of the enriching thread: what the log was told of
  absl::Duration listener_retry_;  // of the enriching thread: when on_retry is called next
  base::StopSignal stop_;
  mutable absl::Mutex mutex_;
  absl::Time deadline_ ABSL_GUARDED_BY(mutex_);
  absl::Status publish_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::activity
