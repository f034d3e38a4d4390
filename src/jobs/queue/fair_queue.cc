#include "jobs/queue/fair_queue.h"

#include <algorithm>
#include <tuple>

#include "base/instant.h"
#include "base/status.h"

namespace tenantry::jobs {
namespace {

std::string Moment(absl::Time time) { return base::FormatRfc3339Millis(base::ToInstant(time)); }

std::string Jobs(int64_t count) { return fmt::format("{} job{}", count, count == 1 ? "" : "s"); }

// The jobs that are begun before the next-but-`before` one of `tenant`: its own, and of each other
// tenant as many as its turns come first.
int64_t Ahead(const std::vector<TenantQueue>& queues, const base::TenantId& tenant,
              const TenantQueue& own, int64_t before) {
  int64_t ahead = before;
  for (const TenantQueue& other : queues) {
    if (other.tenant == tenant) continue;
    // Both take turns from where they stand: the other one catches up first.
    const int64_t turns =
        own.running - other.running + before + (other.oldest < own.oldest ? 1 : 0);
    ahead += std::clamp<int64_t>(turns, 0, other.waiting);
  }
  return ahead;
}

}  // namespace

std::optional<base::JobId> NextJob(const std::vector<TenantQueue>& queues,
                                   const QueueLimits& limits) {
  const TenantQueue* best = nullptr;
  for (const TenantQueue& queue : queues) {
    if (queue.waiting == 0 || queue.running >= limits.running_per_tenant_max) continue;
    if (best == nullptr ||
        std::tie(queue.running, queue.oldest) < std::tie(best->running, best->oldest)) {
      best = &queue;
    }
  }
  if (best == nullptr) return std::nullopt;
  return best->oldest;
}

JobReason WhyWaiting(const std::vector<TenantQueue>& queues, const QueueLimits& limits,
                     const Job& job, int64_t before, std::optional<absl::Duration> mean_run_time,
                     absl::Time now) {
  TenantQueue own{job.tenant, job.id, 1, 0};
  int64_t running = 0;
  for (const TenantQueue& queue : queues) {
    running += queue.running;
    if (queue.tenant == job.tenant) own = queue;
  }
  JobReason reason;
  reason.ahead = Ahead(queues, job.tenant, own, before);
  // The places that its tenant can have, and the jobs that must end before one is free for it.
  int64_t places = limits.runners;
  int64_t first = running + reason.ahead;
  if (own.running >= limits.running_per_tenant_max) {
    reason.text = fmt::format(
        "its tenant runs {} at once, as many as may "
        "(jobs.running_per_tenant_max)",
        Jobs(own.running));
    places = std::min(limits.running_per_tenant_max, limits.runners);
    first = std::max(own.running + before, first - limits.runners + places);
  } else if (running >= limits.runners) {
    reason.text = limits.runners == 1
                      ? "the only place is taken (jobs.runners)"
                      : fmt::format("all {} places are taken (jobs.runners)", limits.runners);
  } else if (reason.ahead > 0) {
    reason.text = fmt::format(
        "{} before it", reason.ahead == 1 ? "1 job is" : fmt::format("{} are", Jobs(reason.ahead)));
  } else {
    reason.text = "it is next and starts at once";
  }
  if (reason.ahead > 0 && running >= limits.runners) {
    reason.text += fmt::format("; {} of its tenant and {} of others come before it", before,
                               reason.ahead - before);
  }
  const int64_t rounds = first < places ? 0 : (first - places) / places + 1;
  if (rounds == 0) reason.expected_start = now;
  if (rounds > 0 && mean_run_time) reason.expected_start = now + *mean_run_time * rounds;
  if (rounds > 0 && !mean_run_time) {
    reason.text += "; no job has succeeded yet by whose time its start could be told";
  }
  return reason;
}

JobReason WhyNotWaiting(const Job& job) {
  JobReason reason;
  if (job.status != JobStatus::kRunning) {
    reason.text =
        fmt::format("it waits for nothing: it {} at {}",
                    job.status == JobStatus::kCancelled ? std::string("was cancelled")
                                                        : std::string(StatusName(job.status)),
                    Moment(job.finished.value_or(job.created)));
    if (!job.error.empty()) reason.text += ", " + job.error;
    return reason;
  }
  reason.text = "it waits for nothing: it runs";
  for (size_t i = 0; i < job.steps.size(); ++i) {
    if (job.steps[i].status != JobStatus::kRunning) continue;
    reason.text += fmt::format(", step '{}' ({} of {}) since {}", job.spec.steps[i].name, i + 1,
                               job.steps.size(), Moment(*job.steps[i].started));
  }
  if (job.cancel_requested) reason.text += "; it is about to be cancelled";
  return reason;
}

}  // namespace tenantry::jobs
