#include "jobs/queue/fair_queue.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <tuple>

#include "base/instant.h"
#include "base/status.h"
#include "base/words/counted.h"

namespace tenantry::jobs {
namespace {

std::string Moment(absl::Time time) { return base::FormatRfc3339Millis(base::ToInstant(time)); }

std::string Jobs(int64_t count) { return base::Counted(count, "job"); }

// The jobs that are begun before the next-but-`before` one of `tenant`: its own, and of each other
// tenant as many as its turns come first.
int64_t Ahead(const std::vector<TenantQueue>& queues, const base::TenantId& tenant,
              const TenantQueue& own, int64_t before) {
  int64_t ahead = before;
  for (const TenantQueue& other : queues) {
    if (other.tenant == tenant || other.suspended) continue;
    // Both take turns from where they stand: the other one catches up first.
    const int64_t turns =
        own.running - other.running + before + (other.oldest < own.oldest ? 1 : 0);
    ahead += std::clamp<int64_t>(turns, 0, other.waiting);
  }
  return ahead;
}

// When the places come free that running jobs have, of one tenant or of all; the infinite future
// where nobody can tell.
std::vector<absl::Time> EndsOf(const QueueTimes& times, const std::optional<base::TenantId>& tenant,
                               int64_t running) {
  std::vector<absl::Time> ends;
  for (const RunningJob& job : times.running) {
    if (tenant && job.tenant != *tenant) continue;
    const absl::Time end =
        times.mean_run_time ? job.begun + *times.mean_run_time : absl::InfiniteFuture();
    ends.push_back(end > times.now ? end : absl::InfiniteFuture());
  }
  while (static_cast<int64_t>(ends.size()) < running) ends.push_back(absl::InfiniteFuture());
  return ends;
}

// When one of `places` is free for a job before which `ahead` others take one.
absl::Time FreeAt(std::vector<absl::Time> ends, int64_t places, int64_t ahead,
                  const QueueTimes& times) {
  while (static_cast<int64_t>(ends.size()) < places) ends.push_back(times.now);
  std::ranges::sort(ends);
  // More may run than have places once a limit was lowered: the first to end leave none.
  std::priority_queue<absl::Time, std::vector<absl::Time>, std::greater<>> free(
      std::greater<>(), std::vector<absl::Time>(ends.end() - places, ends.end()));
  const absl::Duration each = times.mean_run_time.value_or(absl::InfiniteDuration());
  for (; ahead > 0; --ahead) {
    const absl::Time next = free.top() + each;
    free.pop();
    free.push(next);
  }
  return free.top();
}

std::string WhyUnknown(const QueueTimes& times) {
  if (!times.mean_run_time) {
    return "; no job has succeeded yet by whose time its start could be told";
  }
  return fmt::format(
      "; what runs before it takes longer than jobs did of late ({}), so that its start can't be "
      "told: a step ends after {} at the latest (jobs.step_time_max)",
      absl::FormatDuration(absl::Floor(*times.mean_run_time, absl::Milliseconds(1))),
      absl::FormatDuration(times.step_time_max));
}

// What a tenant says that runs as many as it may.
std::string WhyFull(const QueueLimits& limits, int64_t running) {
  const std::string text = fmt::format("its tenant runs {} at once, as many as may", Jobs(running));
  if (TenantPlaces(limits) == limits.running_per_tenant_max) {
    return text + " (jobs.running_per_tenant_max)";
  }
  return text + fmt::format(": one of the {} places is kept for other tenants (jobs.runners)",
                            limits.runners);
}

}  // namespace

int64_t TenantPlaces(const QueueLimits& limits) {
  if (limits.runners == 1) return limits.running_per_tenant_max;
  return std::min(limits.running_per_tenant_max, limits.runners - 1);
}

std::optional<base::JobId> NextJob(const std::vector<TenantQueue>& queues,
                                   const QueueLimits& limits) {
  const TenantQueue* best = nullptr;
  for (const TenantQueue& queue : queues) {
    if (queue.suspended || queue.waiting == 0 || queue.running >= TenantPlaces(limits)) continue;
    if (best == nullptr ||
        std::tie(queue.running, queue.oldest) < std::tie(best->running, best->oldest)) {
      best = &queue;
    }
  }
  if (best == nullptr) return std::nullopt;
  return best->oldest;
}

JobReason WhyWaiting(const std::vector<TenantQueue>& queues, const QueueLimits& limits,
                     const Job& job, int64_t before, const QueueTimes& times) {
  TenantQueue own{job.tenant, job.id, 1, 0};
  int64_t running = 0;
  for (const TenantQueue& queue : queues) {
    running += queue.running;
    if (queue.tenant == job.tenant) own = queue;
  }
  if (own.suspended) return WhySuspended(job, before);
  JobReason reason;
  reason.ahead = Ahead(queues, job.tenant, own, before);
  if (own.running >= TenantPlaces(limits)) {
    reason.text = WhyFull(limits, own.running);
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
  const absl::Time start =
      std::max(FreeAt(EndsOf(times, job.tenant, own.running), TenantPlaces(limits), before, times),
               FreeAt(EndsOf(times, std::nullopt, running), limits.runners, reason.ahead, times));
  if (start < absl::InfiniteFuture()) {
    reason.expected_start = start;
  } else {
    reason.text += WhyUnknown(times);
  }
  return reason;
}

JobReason WhySuspended(const Job& job, int64_t before) {
  JobReason reason;
  reason.ahead = before;
  reason.text = job.status == JobStatus::kRunning
                    ? "it was interrupted, and its tenant is suspended: it goes on"
                    : "its tenant is suspended: it starts";
  reason.text += " once the tenant is active again";
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
