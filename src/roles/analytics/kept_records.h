#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "activity/live_analytics.h"
#include "events/company_record.h"

namespace tenantry::roles {

/// Every tenant's record as of one moment, kept for whoever reads it.
using RecordsPtr = std::shared_ptr<const std::vector<events::CompanyRecord>>;

/// The present records of all tenants, copied once for all who turn the pages of one table: a copy
/// serves for half a second, or ten times as long as it took to make where that is more.
/// Thread-safe.
class KeptRecords {
 public:
  /// `analytics` outlives this.
  explicit KeptRecords(const activity::LiveAnalytics& analytics) : analytics_(analytics) {}

  /// The kept copy, or a new one, which others wait for. Errors as LiveAnalytics::Records.
  absl::StatusOr<RecordsPtr> Get() {
    absl::MutexLock lock(&mutex_);
    const absl::Time begun = absl::Now();
    if (kept_ != nullptr && begun < until_) return kept_;
    auto records = analytics_.Records(std::nullopt);
    if (!records.ok()) return records.status();
    kept_ = std::make_shared<const std::vector<events::CompanyRecord>>(*std::move(records));
    const absl::Time made = absl::Now();
    until_ = made + std::max(absl::Milliseconds(500), 10 * (made - begun));
    return kept_;
  }

 private:
  const activity::LiveAnalytics& analytics_;
  absl::Mutex mutex_;
  RecordsPtr kept_ ABSL_GUARDED_BY(mutex_);
  absl::Time until_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::roles
