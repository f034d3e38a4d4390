#include "jobs/store/sql/sql_job_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "identity/people.h"
#include "jobs/store/sql/job_rows.h"
#include "metastore/outbox.h"

namespace tenantry::jobs {

using metastore::Actor;
using metastore::Row;
using metastore::Transaction;
using metastore::Value;

namespace {

// What the audit trail keeps of a job, for good: its state, not its SQL, nor its error, which may
// quote a value of the tenant's data.
std::string AuditText(const Job& job) {
  return nlohmann::json({{"status", StatusName(job.status)},
                         {"name", job.spec.name},
                         {"cancelRequested", job.cancel_requested},
                         {"epoch", job.epoch}})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// True for a job whose tenant is suspended.
constexpr char kSuspended[] =
    "EXISTS (SELECT 1 FROM tenants WHERE tenants.tenant_id = jobs.tenant_id AND tenants.status = "
    "'suspended')";

absl::StatusOr<int64_t> Count(Transaction& transaction, const std::string& where,
                              const std::vector<Value>& parameters) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT COUNT(*) FROM jobs WHERE " + where, parameters, 1));
  return rows.front().Integer(0);
}

absl::StatusOr<Job> LoadOne(Transaction& transaction, const base::JobId& id) {
  TENANTRY_ASSIGN_OR_RETURN(auto jobs, LoadJobs(transaction, "WHERE job_id = :p0", {id.value()}));
  if (jobs.empty()) return NoSuchJob(id);
  return std::move(jobs.front());
}

}  // namespace

absl::Status SqlJobStore::WriteLog(Transaction& transaction, const Job& job, absl::Time now,
                                   const std::vector<LogText>& lines) {
  if (lines.empty()) return absl::OkStatus();
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query("SELECT COALESCE(MAX(number), 0) FROM job_logs WHERE job_id = :p0",
                        {job.id.value()}, 1));
  for (const LogLine& line : NumberLines(limits_, rows.front().Integer(0), now, lines)) {
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute("INSERT INTO job_logs (job_id, number, tenant_id, at, step, line) VALUES "
                     "(:p0, :p1, :p2, :p3, :p4, :p5)",
                     {job.id.value(), line.number, job.tenant.value(), absl::ToUnixMicros(line.at),
                      line.step, line.text})
            .status());
  }
  return absl::OkStatus();
}

absl::Status SqlJobStore::WriteNote(Transaction& transaction, const std::string& before,
                                    const Job& job, const JobNote& note, const Actor& actor) {
  const absl::Time now = clock_.Now();
  TENANTRY_RETURN_IF_ERROR(WriteLog(transaction, job, now, note.log));
  if (!note.action.empty()) {
    TENANTRY_RETURN_IF_ERROR(
        metastore::WriteAudit(transaction, {absl::ToUnixMicros(now), actor, job.tenant.value(),
                                            note.action, job.id.value(), before, AuditText(job)}));
  }
  if (!note.event) return absl::OkStatus();
  return metastore::AddToOutbox(
      transaction, {std::string(events::kJobsStream), job.tenant.value(),
                    EventText(job, *note.event, random_.Uuid(), now), absl::ToUnixMicros(now)});
}

absl::StatusOr<Job> SqlJobStore::Create(const Job& job, const Actor& actor) {
  Job made = job;
  const absl::Status stored = store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(identity::CheckScope(transaction, made.tenant));
    TENANTRY_RETURN_IF_ERROR(identity::CheckNotSuspended(transaction, made.tenant));
    TENANTRY_ASSIGN_OR_RETURN(
        const int64_t of_tenant,
        Count(transaction, "status = 'queued' AND tenant_id = :p0", {made.tenant.value()}));
    TENANTRY_ASSIGN_OR_RETURN(const int64_t all, Count(transaction, "status = 'queued'", {}));
    TENANTRY_RETURN_IF_ERROR(CheckRoom(limits_, made.tenant, of_tenant, all));
    JobNote note;
    Submit(made, clock_.Now(), note);
    TENANTRY_RETURN_IF_ERROR(InsertJob(transaction, made));
    return WriteNote(transaction, "", made, note, actor);
  });
  if (!stored.ok()) return stored;
  return made;
}

absl::StatusOr<Job> SqlJobStore::Get(const base::JobId& id) {
  Job job;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(job, LoadOne(transaction, id));
    return absl::OkStatus();
  }));
  return job;
}

absl::StatusOr<std::vector<Job>> SqlJobStore::List(const JobFilter& filter,
                                                   const base::JobId& before, int64_t limit) {
  std::string where = "WHERE 1 = 1";
  std::vector<Value> parameters;
  const auto add = [&](const char* condition, std::string value) {
    where += fmt::format(" AND {} :p{}", condition, parameters.size());
    parameters.emplace_back(std::move(value));
  };
  if (filter.tenant) add("tenant_id =", filter.tenant->value());
  if (filter.status) add("status =", std::string(StatusName(*filter.status)));
  if (filter.user) add("user_id =", filter.user->value());
  if (!before.empty()) add("job_id <", before.value());
  where += fmt::format(" ORDER BY job_id DESC LIMIT {}", limit);
  std::vector<Job> jobs;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(jobs, LoadJobs(transaction, where, parameters));
    return absl::OkStatus();
  }));
  return jobs;
}

absl::StatusOr<Job> SqlJobStore::Update(const base::JobId& id, const Actor& actor,
                                        const Change& change) {
  Job job;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(job, LoadOne(transaction, id));
    const Job before = job;
    JobNote note;
    TENANTRY_RETURN_IF_ERROR(change(job, note));
    TENANTRY_RETURN_IF_ERROR(SaveJob(transaction, before, job));
    return WriteNote(transaction, AuditText(before), job, note, actor);
  }));
  return job;
}

absl::StatusOr<std::vector<LogLine>> SqlJobStore::ReadLog(const base::JobId& id, int64_t after,
                                                          int64_t limit) {
  std::vector<LogLine> lines;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query("SELECT number, at, step, line FROM job_logs WHERE job_id = :p0 AND "
                          "number > :p1 ORDER BY number LIMIT :p2",
                          {id.value(), after, limit}, 4));
    for (const Row& row : rows) {
      lines.push_back(
          {row.Integer(0), absl::FromUnixMicros(row.Integer(1)), row.Text(2), row.Text(3)});
    }
    return absl::OkStatus();
  }));
  return lines;
}

absl::StatusOr<std::vector<TenantQueue>> SqlJobStore::Queues() {
  std::vector<TenantQueue> queues;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query(
            fmt::format("SELECT tenant_id, MIN(CASE WHEN status = 'queued' THEN job_id END), "
                        "SUM(CASE WHEN status = 'queued' THEN 1 ELSE 0 END), SUM(CASE WHEN "
                        "status = 'running' THEN 1 ELSE 0 END), SUM(CASE WHEN status = 'running' "
                        "AND lease_until <= :p0 THEN 1 ELSE 0 END), {} FROM jobs WHERE status IN "
                        "('queued', 'running') GROUP BY tenant_id ORDER BY tenant_id",
                        kSuspended),
            {absl::ToUnixMicros(clock_.Now())}, 6));
    for (const Row& row : rows) {
      const bool suspended = row.Integer(5) != 0;
      queues.push_back({base::TenantId(row.Text(0)), base::JobId(row.Text(1)), row.Integer(2),
                        row.Integer(3) - (suspended ? row.Integer(4) : 0), suspended});
    }
    return absl::OkStatus();
  }));
  return queues;
}

absl::StatusOr<int64_t> SqlJobStore::WaitingBefore(const base::TenantId& tenant,
                                                   const base::JobId& id) {
  int64_t count = 0;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        count, Count(transaction, "status = 'queued' AND tenant_id = :p0 AND job_id < :p1",
                     {tenant.value(), id.value()}));
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<std::vector<base::JobId>> SqlJobStore::Abandoned(absl::Time now, int64_t limit) {
  std::vector<base::JobId> ids;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query(fmt::format("SELECT job_id FROM jobs WHERE status = 'running' AND "
                                      "lease_until <= :p0 AND NOT {} ORDER BY job_id LIMIT :p1",
                                      kSuspended),
                          {absl::ToUnixMicros(now), limit}, 1));
    for (const Row& row : rows) ids.emplace_back(row.Text(0));
    return absl::OkStatus();
  }));
  return ids;
}

absl::Status SqlJobStore::EndLeases(const std::string& owner) {
  return store_.Write([&](Transaction& transaction) {
    return transaction
        .Execute("UPDATE jobs SET lease_until = 0 WHERE status = 'running' AND owner <> :p0",
                 {owner})
        .status();
  });
}

absl::StatusOr<std::optional<absl::Duration>> SqlJobStore::MeanRunTime(int64_t count) {
  std::optional<absl::Duration> mean;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Query(
            "SELECT ran_micros FROM jobs WHERE status = 'succeeded' ORDER BY job_id DESC "
            "LIMIT :p0",
            {count}, 1));
    absl::Duration sum = absl::ZeroDuration();
    for (const Row& row : rows) sum += absl::Microseconds(row.Integer(0));
    if (!rows.empty()) mean = sum / static_cast<int64_t>(rows.size());
    return absl::OkStatus();
  }));
  return mean;
}

absl::StatusOr<std::vector<Job>> SqlJobStore::Ended(absl::Time before, bool with_snapshots,
                                                    int64_t limit) {
  std::vector<Job> jobs;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        jobs, LoadJobs(transaction,
                       fmt::format("WHERE finished < :p0 {} ORDER BY finished LIMIT :p1",
                                   with_snapshots ? "AND has_snapshots = 1" : ""),
                       {absl::ToUnixMicros(before), limit}));
    return absl::OkStatus();
  }));
  return jobs;
}

absl::Status SqlJobStore::Remove(const base::JobId& id) {
  return store_.Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const int64_t removed,
        transaction.Execute("DELETE FROM jobs WHERE job_id = :p0 AND status IN ('succeeded', "
                            "'failed', 'cancelled')",
                            {id.value()}));
    if (removed == 0) return absl::OkStatus();
    for (const char* table : {"job_steps", "job_logs"}) {
      TENANTRY_RETURN_IF_ERROR(
          transaction.Execute(fmt::format("DELETE FROM {} WHERE job_id = :p0", table), {id.value()})
              .status());
    }
    return absl::OkStatus();
  });
}

}  // namespace tenantry::jobs
