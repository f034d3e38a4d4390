#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "activity/live_analytics.h"
#include "activity/live_options.h"
#include "base/monitor.h"
#include "events/company_record.h"

namespace tenantry::activity {

/// Where answers from the history are asked for. Reading it costs seconds and the caller's thread,
/// so few read at once, few wait, and the rest is told to come again; who asks for the same day
/// shares one reading, and the last answers are kept until an event changes them. Thread-safe.
class HistoryDesk {
 public:
  /// Records by tenantID, as of the end of one day. Their as_of is that of whoever asked first.
  using Records = std::vector<events::CompanyRecord>;

  /// A number that grows with every event counted that changes what is known of a tenant, or of
  /// anybody when nullopt, as of a day.
  using LastChange = std::function<uint64_t(const std::optional<base::TenantId>&, base::Day)>;

  /// Who reads for it: one tenant's history, and everybody's (by the same when that is null).
  struct Readers {
    const HistoryReader& history;
    const EventsReader& all_events;
  };

  /// The references outlive this; `last_change` is called under a lock and must not call back.
  HistoryDesk(const Readers& readers, LastChange last_change, const LiveOptions& options,
              LiveMetrics& metrics);

  /// The records of one tenant, or everybody's, as of the end of an instant's day; those who were
  /// not known by then are left out. The pointer is shared with those who ask for the same and with
  /// what is kept. Unavailable with a time to come again: too many read or wait, or no place to
  /// read came free in activity.history_wait. DeadlineExceeded likewise: reading took longer than
  /// activity.history_timeout. Else the reader's errors.
  absl::StatusOr<std::shared_ptr<const Records>> Get(const std::optional<base::TenantId>& tenant,
                                                     base::Instant as_of);

  /// Ends what reads for everybody or one, and every later reading, with StoppingError.
  void Stop() { stopping_ = true; }

 private:
  struct Question {
    std::optional<base::TenantId> tenant;
    base::Day day;
    uint64_t last_change;
    bool operator==(const Question&) const = default;
  };
  // One reading of the history, begun or waiting for its place; guarded by mutex_.
  struct Reading {
    Question question;
    bool done = false;
    absl::Status status;
    std::shared_ptr<const Records> records;
  };
  struct Kept {
    Question question;
    std::shared_ptr<const Records> records;
    int64_t bytes;
  };
  using Answer = absl::StatusOr<std::shared_ptr<const Records>>;

  Question Ask(const std::optional<base::TenantId>& tenant, base::Day day) const;
  std::shared_ptr<const Records> FindKept(const std::optional<base::TenantId>& tenant,
                                          base::Day day) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Covers(const Question& question, const std::optional<base::TenantId>& tenant,
              base::Day day) const;
  std::shared_ptr<Reading> FindReading(const std::optional<base::TenantId>& tenant, base::Day day)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Answer Share(const std::shared_ptr<Reading>& reading) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Answer ReadAnew(const std::optional<base::TenantId>& tenant, base::Instant as_of)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status AwaitPlace() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Answer Scan(const std::optional<base::TenantId>& tenant, base::Instant as_of);
  void Keep(const Question& question, std::shared_ptr<const Records> records)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Refuse(std::string_view why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Readers readers_;
  const LastChange last_change_;
  const LiveOptions& options_;
  LiveMetrics& metrics_;
  std::atomic<bool> stopping_ = false;
  base::Monitor mutex_;
  int64_t scanning_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // for a place, or for another's reading
  std::list<std::shared_ptr<Reading>> readings_ ABSL_GUARDED_BY(mutex_);  // begun or waiting
  std::list<Kept> kept_ ABSL_GUARDED_BY(mutex_);                          // the last used first
  int64_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration last_scan_ ABSL_GUARDED_BY(mutex_);
  absl::Duration refusal_logged_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace tenantry::activity
