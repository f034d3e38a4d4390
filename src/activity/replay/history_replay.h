#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <atomic>
#include <optional>
#include <vector>

#include "activity/live_analytics.h"
#include "activity/state/analytics.h"
#include "events/company_record.h"
#include "events/event_codec.h"

namespace tenantry::activity {

/// Counts the history once more, up to an as-of instant before what the live state has already
/// counted. For one answer; not thread-safe.
class HistoryReplay {
 public:
  /// Gives up with DeadlineExceeded at `deadline`, by base::SteadyNow(), and with StoppingError
  /// once `stopping`, which outlives this and may be null, is true.
  HistoryReplay(base::Instant as_of, absl::Duration deadline,
                const std::atomic<bool>* stopping = nullptr);

  /// Reads one tenant's history, or everybody's. Errors are the reader's.
  absl::Status Read(const HistoryReader& history, const std::optional<base::TenantId>& tenant);

  /// Reads everybody's. Errors are the reader's.
  absl::Status ReadAll(const EventsReader& events);

  /// The tenant's record as of the instant; false when none of its events is as old.
  bool Find(const base::TenantId& tenant, events::CompanyRecord& record) const;

  /// The records of all who have one, by tenantID.
  std::vector<events::CompanyRecord> Records() const;

 private:
  absl::Status Look();
  void Apply(const events::EventView& event);

  const base::Instant as_of_;
  const absl::Duration deadline_;
  const std::atomic<bool>* const stopping_;
  uint64_t count_ = 0;
  events::EventParser parser_;
  Analytics analytics_;
};

}  // namespace tenantry::activity
