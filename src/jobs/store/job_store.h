#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jobs/life/job.h"
#include "jobs/life/transitions.h"
#include "metastore/audit.h"

namespace tenantry::jobs {

/// Which jobs are asked for; what is absent means any.
struct JobFilter {
  std::optional<base::TenantId> tenant;
  std::optional<JobStatus> status;
  std::optional<base::UserId> user;
};

/// A line of a job's log.
struct LogLine {
  int64_t number = 0;  ///< from 1, without gaps
  absl::Time at;
  std::string step;  ///< empty where it is of the whole job
  std::string text;

  bool operator==(const LogLine&) const = default;
};

/// What a tenant has in the queue and in hand.
struct TenantQueue {
  base::TenantId tenant;
  base::JobId oldest;  ///< of those that wait; empty when none does
  int64_t waiting = 0;
  int64_t running = 0;     ///< those whose owner died included, unless it is suspended
  bool suspended = false;  ///< its jobs wait, and what was interrupted of them

  bool operator==(const TenantQueue&) const = default;
};

/// The bounds of what is stored.
struct StoreLimits {
  int64_t waiting_per_tenant_max = 100;
  int64_t waiting_max = 10'000;
  int64_t log_lines_max = 1000;  ///< of a job; one more then tells that the rest is left out
  int64_t log_line_bytes_max = 4096;
};

/// Where jobs are kept, with their logs. Every change commits with its audit line and its event, or
/// not at all. Thread-safe; calls block. Errors of all calls: Unavailable when the store is busy or
/// away; DataLoss when what it holds can't be read.
class JobStore {
 public:
  /// A change of a job, which fills in what is to be written down with it; its error undoes all.
  using Change = std::function<absl::Status(Job&, JobNote&)>;

  virtual ~JobStore() = default;

  /// A new job enters the queue by Submit. AlreadyExists: the id is taken; NotFound: no such
  /// tenant; PermissionDenied: the tenant is suspended; ResourceExhausted: as many wait already as
  /// may, of the tenant or of all.
  virtual absl::StatusOr<Job> Create(const Job& job, const metastore::Actor& actor) = 0;

  /// NotFound.
  virtual absl::StatusOr<Job> Get(const base::JobId& id) = 0;

  /// Up to `limit` jobs, newest first; those older than the job `before` unless that is empty.
  virtual absl::StatusOr<std::vector<Job>> List(const JobFilter& filter, const base::JobId& before,
                                                int64_t limit) = 0;

  /// Applies `change` to the job as it is and stores what it became. NotFound, and `change`'s
  /// errors.
  virtual absl::StatusOr<Job> Update(const base::JobId& id, const metastore::Actor& actor,
                                     const Change& change) = 0;

  /// Lines of the job's log after that number, in order; a job that is absent has none.
  virtual absl::StatusOr<std::vector<LogLine>> ReadLog(const base::JobId& id, int64_t after,
                                                       int64_t limit) = 0;

  /// Every tenant that has jobs waiting or running; whoever is suspended, too.
  virtual absl::StatusOr<std::vector<TenantQueue>> Queues() = 0;

  /// How many jobs of the tenant wait before this one.
  virtual absl::StatusOr<int64_t> WaitingBefore(const base::TenantId& tenant,
                                                const base::JobId& id) = 0;

  /// Running jobs whose owner's lease ended by `now`, up to `limit`, oldest first; none of
  /// suspended tenants, whose jobs wait until they are active again.
  virtual absl::StatusOr<std::vector<base::JobId>> Abandoned(absl::Time now, int64_t limit) = 0;

  /// Ends the leases of every owner but `owner`: for a process that is alone with its store.
  virtual absl::Status EndLeases(const std::string& owner) = 0;

  /// The mean time that the last `count` jobs which succeeded ran; nullopt when none did.
  virtual absl::StatusOr<std::optional<absl::Duration>> MeanRunTime(int64_t count) = 0;

  /// Ended jobs that finished before `before`, up to `limit`; with `with_snapshots` only those of
  /// which some are kept.
  virtual absl::StatusOr<std::vector<Job>> Ended(absl::Time before, bool with_snapshots,
                                                 int64_t limit) = 0;

  /// Removes an ended job with its log; OK when there is none.
  virtual absl::Status Remove(const base::JobId& id) = 0;
};

/// The error for a job that does not exist, or is not the caller's.
absl::Status NoSuchJob(const base::JobId& id);

/// What is wrong with one job more that waits; OK when it may.
absl::Status CheckRoom(const StoreLimits& limits, const base::TenantId& tenant,
                       int64_t waiting_of_tenant, int64_t waiting);

/// `lines` as they go into a log that has `last` lines already: numbered, cut to the limits, and
/// none past them.
std::vector<LogLine> NumberLines(const StoreLimits& limits, int64_t last, absl::Time now,
                                 const std::vector<LogText>& lines);

/// The job's event, in structured JSON.
std::string EventText(const Job& job, events::EventType type, const std::string& event_id,
                      absl::Time now);

}  // namespace tenantry::jobs
