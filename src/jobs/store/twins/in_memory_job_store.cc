#include "jobs/store/twins/in_memory_job_store.h"

#include <algorithm>

#include "base/status.h"

namespace tenantry::jobs {

void InMemoryJobStore::Note(const Job& job, const JobNote& note) {
  std::vector<LogLine>& log = logs_[job.id];
  for (LogLine& line :
       NumberLines(limits_, static_cast<int64_t>(log.size()), clock_.Now(), note.log)) {
    log.push_back(std::move(line));
  }
  if (note.event) {
    events_.push_back(fmt::format("{} {}", job.id, events::TypeName(*note.event)));
  }
}

absl::StatusOr<Job> InMemoryJobStore::Create(const Job& job, const metastore::Actor&) {
  absl::MutexLock lock(&mutex_);
  int64_t of_tenant = 0, all = 0;
  for (const auto& [id, each] : jobs_) {
    if (each.status != JobStatus::kQueued) continue;
    ++all;
    of_tenant += each.tenant == job.tenant ? 1 : 0;
  }
  TENANTRY_RETURN_IF_ERROR(CheckRoom(limits_, job.tenant, of_tenant, all));
  if (jobs_.contains(job.id)) return absl::AlreadyExistsError("the id is taken");
  Job made = job;
  JobNote note;
  Submit(made, clock_.Now(), note);
  jobs_[made.id] = made;
  Note(made, note);
  return made;
}

absl::StatusOr<Job> InMemoryJobStore::Get(const base::JobId& id) {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return NoSuchJob(id);
  return found->second;
}

absl::StatusOr<std::vector<Job>> InMemoryJobStore::List(const JobFilter& filter,
                                                        const base::JobId& before, int64_t limit) {
  absl::MutexLock lock(&mutex_);
  std::vector<Job> jobs;
  for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it) {
    const Job& job = it->second;
    if (static_cast<int64_t>(jobs.size()) == limit) break;
    if (filter.tenant && job.tenant != *filter.tenant) continue;
    if (filter.status && job.status != *filter.status) continue;
    if (filter.user && job.user != *filter.user) continue;
    if (!before.empty() && job.id >= before) continue;
    jobs.push_back(job);
  }
  return jobs;
}

absl::StatusOr<Job> InMemoryJobStore::Update(const base::JobId& id, const metastore::Actor&,
                                             const Change& change) {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return NoSuchJob(id);
  Job job = found->second;
  JobNote note;
  TENANTRY_RETURN_IF_ERROR(change(job, note));
  found->second = job;
  Note(job, note);
  return job;
}

absl::StatusOr<std::vector<LogLine>> InMemoryJobStore::ReadLog(const base::JobId& id, int64_t after,
                                                               int64_t limit) {
  absl::MutexLock lock(&mutex_);
  std::vector<LogLine> lines;
  for (const LogLine& line : logs_[id]) {
    if (line.number > after && static_cast<int64_t>(lines.size()) < limit) lines.push_back(line);
  }
  return lines;
}

absl::StatusOr<std::vector<TenantQueue>> InMemoryJobStore::Queues() {
  absl::MutexLock lock(&mutex_);
  std::map<base::TenantId, TenantQueue> queues;
  for (const auto& [id, job] : jobs_) {
    if (IsEnd(job.status)) continue;
    TenantQueue& queue = queues[job.tenant];
    queue.tenant = job.tenant;
    const bool waits = job.status == JobStatus::kQueued;
    queue.suspended = suspended_.contains(job.tenant);
    queue.waiting += waits ? 1 : 0;
    const bool interrupted = queue.suspended && job.lease_until <= clock_.Now();
    queue.running += waits || interrupted ? 0 : 1;
    if (waits && queue.oldest.empty()) queue.oldest = id;
  }
  std::vector<TenantQueue> all;
  for (auto& [tenant, queue] : queues) all.push_back(std::move(queue));
  return all;
}

absl::StatusOr<int64_t> InMemoryJobStore::WaitingBefore(const base::TenantId& tenant,
                                                        const base::JobId& id) {
  absl::MutexLock lock(&mutex_);
  return std::ranges::count_if(jobs_, [&](const auto& each) {
    const Job& job = each.second;
    return job.status == JobStatus::kQueued && job.tenant == tenant && job.id < id;
  });
}

absl::StatusOr<std::vector<base::JobId>> InMemoryJobStore::Abandoned(absl::Time now,
                                                                     int64_t limit) {
  absl::MutexLock lock(&mutex_);
  std::vector<base::JobId> ids;
  for (const auto& [id, job] : jobs_) {
    const bool abandoned = job.status == JobStatus::kRunning && job.lease_until <= now &&
                           !suspended_.contains(job.tenant);
    if (abandoned && static_cast<int64_t>(ids.size()) < limit) ids.push_back(id);
  }
  return ids;
}

absl::Status InMemoryJobStore::EndLeases(const std::string& owner) {
  absl::MutexLock lock(&mutex_);
  for (auto& [id, job] : jobs_) {
    const bool other = job.status == JobStatus::kRunning && job.owner != owner;
    if (other) job.lease_until = absl::UnixEpoch();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<absl::Duration>> InMemoryJobStore::MeanRunTime(int64_t count) {
  TENANTRY_ASSIGN_OR_RETURN(const auto jobs, List({.status = JobStatus::kSucceeded}, {}, count));
  if (jobs.empty()) return std::nullopt;
  absl::Duration sum = absl::ZeroDuration();
  for (const Job& job : jobs) sum += job.ran;
  return sum / static_cast<int64_t>(jobs.size());
}

absl::StatusOr<std::vector<Job>> InMemoryJobStore::Ended(absl::Time before, bool with_snapshots,
                                                         int64_t limit) {
  absl::MutexLock lock(&mutex_);
  std::vector<Job> jobs;
  for (const auto& [id, job] : jobs_) {
    const bool kept = std::ranges::any_of(job.steps, &StepState::has_snapshot);
    if (job.finished && *job.finished < before && (kept || !with_snapshots)) jobs.push_back(job);
  }
  std::ranges::stable_sort(jobs, {}, [](const Job& job) { return *job.finished; });
  if (static_cast<int64_t>(jobs.size()) > limit) jobs.resize(static_cast<size_t>(limit));
  return jobs;
}

absl::Status InMemoryJobStore::Remove(const base::JobId& id) {
  absl::MutexLock lock(&mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !IsEnd(found->second.status)) return absl::OkStatus();
  jobs_.erase(found);
  logs_.erase(id);
  return absl::OkStatus();
}

void InMemoryJobStore::SetSuspended(const base::TenantId& tenant, bool suspended) {
  absl::MutexLock lock(&mutex_);
  if (suspended) {
    suspended_.insert(tenant);
  } else {
    suspended_.erase(tenant);
  }
}

std::vector<std::string> InMemoryJobStore::Events() const {
  absl::MutexLock lock(&mutex_);
  return events_;
}

}  // namespace tenantry::jobs
