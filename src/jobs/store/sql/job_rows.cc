#include "jobs/store/sql/job_rows.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "jobs/spec/spec_parser.h"

namespace tenantry::jobs {

using metastore::Row;
using metastore::Transaction;
using metastore::Value;

namespace {

constexpr char kJobColumns[] =
    "job_id, tenant_id, user_id, session_id, spec, status, created, queued, started, finished, "
    "cancel_requested, error, traceparent, owner, epoch, lease_until, begun, ran_micros";
constexpr size_t kJobColumnCount = 18;
constexpr char kStepColumns[] =
    "status, started, finished, attempts, has_snapshot, data_set_version, result_rows, "
    "bytes_read, bytes_written, cpu_seconds, memory_bytes_peak, error, unended";
constexpr size_t kStepColumnCount = 13;

Value Moment(const std::optional<absl::Time>& time) {
  if (!time) return std::monostate();
  return absl::ToUnixMicros(*time);
}

std::optional<absl::Time> MomentOf(const Row& row, size_t column) {
  if (row.IsNull(column)) return std::nullopt;
  return absl::FromUnixMicros(row.Integer(column));
}

absl::StatusOr<JobSpec> SpecOf(const std::string& text) {
  constexpr int64_t kAny = std::numeric_limits<int64_t>::max();
  return ParseSpec(text, SpecFormat::kJson, {kAny, kAny, kAny});
}

absl::StatusOr<Job> JobOf(const Row& row) {
  Job job;
  job.id = base::JobId(row.Text(0));
  job.tenant = base::TenantId(row.Text(1));
  job.user = base::UserId(row.Text(2));
  job.session = base::SessionId(row.Text(3));
  TENANTRY_ASSIGN_OR_RETURN(job.spec, SpecOf(row.Text(4)));
  TENANTRY_ASSIGN_OR_RETURN(job.status, ParseStatus(row.Text(5)));
  job.created = absl::FromUnixMicros(row.Integer(6));
  job.queued = absl::FromUnixMicros(row.Integer(7));
  job.started = MomentOf(row, 8);
  job.finished = MomentOf(row, 9);
  job.cancel_requested = row.Integer(10) != 0;
  job.error = row.Text(11);
  job.traceparent = row.Text(12);
  job.owner = row.Text(13);
  job.epoch = row.Integer(14);
  job.lease_until = absl::FromUnixMicros(row.Integer(15));
  job.begun = MomentOf(row, 16);
  job.ran = absl::Microseconds(row.Integer(17));
  return job;
}

absl::StatusOr<StepState> StepOf(const Row& row) {
  StepState step;
  TENANTRY_ASSIGN_OR_RETURN(step.status, ParseStatus(row.Text(0)));
  step.started = MomentOf(row, 1);
  step.finished = MomentOf(row, 2);
  step.attempts = row.Integer(3);
  step.has_snapshot = row.Integer(4) != 0;
  step.data_set_version = row.Integer(5);
  step.use = {row.Integer(6), row.Integer(7), row.Integer(8), row.Number(9), row.Integer(10)};
  step.error = row.Text(11);
  step.unended = row.Integer(12);
  return step;
}

absl::Status LoadSteps(Transaction& transaction, Job& job) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows,
      transaction.Query(
          fmt::format("SELECT {} FROM job_steps WHERE job_id = :p0 ORDER BY number", kStepColumns),
          {job.id.value()}, kStepColumnCount));
  if (rows.size() != job.spec.steps.size()) {
    return base::DataLoss("the job '{}' has {} steps, {} of them are stored", job.id,
                          job.spec.steps.size(), rows.size());
  }
  for (const Row& row : rows) {
    TENANTRY_ASSIGN_OR_RETURN(job.steps.emplace_back(), StepOf(row));
  }
  return absl::OkStatus();
}

// True when the rows hold results that are kept.
bool HasSnapshots(const Job& job) {
  for (const StepState& step : job.steps) {
    if (step.has_snapshot) return true;
  }
  return false;
}

absl::Status UpdateStep(Transaction& transaction, const Job& job, size_t number) {
  const StepState& step = job.steps[number];
  const JobUse& use = step.use;
  return transaction
      .Execute(
          "UPDATE job_steps SET status = :p2, started = :p3, finished = :p4, attempts = :p5, "
          "has_snapshot = :p6, data_set_version = :p7, result_rows = :p8, bytes_read = :p9, "
          "bytes_written = :p10, cpu_seconds = :p11, memory_bytes_peak = :p12, error = :p13, "
          "unended = :p14 "
          "WHERE job_id = :p0 AND number = :p1",
          {job.id.value(), static_cast<int64_t>(number), std::string(StatusName(step.status)),
           Moment(step.started), Moment(step.finished), step.attempts,
           static_cast<int64_t>(step.has_snapshot), step.data_set_version, use.rows, use.bytes_read,
           use.bytes_written, use.cpu_seconds, use.memory_bytes_peak, step.error, step.unended})
      .status();
}

}  // namespace

absl::StatusOr<std::vector<Job>> LoadJobs(Transaction& transaction, const std::string& where,
                                          const std::vector<Value>& parameters) {
  TENANTRY_ASSIGN_OR_RETURN(
      const auto rows, transaction.Query(fmt::format("SELECT {} FROM jobs {}", kJobColumns, where),
                                         parameters, kJobColumnCount));
  std::vector<Job> jobs;
  for (const Row& row : rows) {
    auto job = JobOf(row);
    if (!job.ok()) {
      return base::DataLoss("the job '{}' can't be read: {}", row.Text(0),
                            base::Message(job.status()));
    }
    TENANTRY_RETURN_IF_ERROR(LoadSteps(transaction, *job));
    jobs.push_back(*std::move(job));
  }
  return jobs;
}

absl::Status InsertJob(Transaction& transaction, const Job& job) {
  TENANTRY_RETURN_IF_ERROR(
      transaction
          .Execute(
              "INSERT INTO jobs (job_id, tenant_id, user_id, session_id, name, spec, status, "
              "created, queued, cancel_requested, error, traceparent, owner, epoch, "
              "lease_until, has_snapshots) VALUES (:p0, :p1, :p2, :p3, :p4, :p5, :p6, :p7, "
              ":p8, 0, '', :p9, '', 0, 0, 0)",
              {job.id.value(), job.tenant.value(), job.user.value(), job.session.value(),
               job.spec.name, ToJson(job.spec).dump(), std::string(StatusName(job.status)),
               absl::ToUnixMicros(job.created), absl::ToUnixMicros(job.queued), job.traceparent})
          .status());
  for (size_t i = 0; i < job.steps.size(); ++i) {
    TENANTRY_RETURN_IF_ERROR(
        transaction
            .Execute("INSERT INTO job_steps (job_id, number, tenant_id, name, status, attempts, "
                     "has_snapshot, data_set_version, result_rows, bytes_read, bytes_written, "
                     "cpu_seconds, memory_bytes_peak, error) VALUES (:p0, :p1, :p2, :p3, :p4, 0, "
                     "0, 0, 0, 0, 0, 0, 0, '')",
                     {job.id.value(), static_cast<int64_t>(i), job.tenant.value(),
                      job.spec.steps[i].name, std::string(StatusName(job.steps[i].status))})
            .status());
  }
  return absl::OkStatus();
}

absl::Status SaveJob(Transaction& transaction, const Job& before, const Job& now) {
  for (size_t i = 0; i < now.steps.size(); ++i) {
    if (now.steps[i] == before.steps[i]) continue;
    TENANTRY_RETURN_IF_ERROR(UpdateStep(transaction, now, i));
  }
  if (now == before) return absl::OkStatus();
  return transaction
      .Execute(
          "UPDATE jobs SET status = :p1, queued = :p2, started = :p3, finished = :p4, "
          "cancel_requested = :p5, error = :p6, owner = :p7, epoch = :p8, lease_until = :p9, "
          "has_snapshots = :p10, begun = :p11, ran_micros = :p12 WHERE job_id = :p0",
          {now.id.value(), std::string(StatusName(now.status)), absl::ToUnixMicros(now.queued),
           Moment(now.started), Moment(now.finished), static_cast<int64_t>(now.cancel_requested),
           now.error, now.owner, now.epoch, absl::ToUnixMicros(now.lease_until),
           static_cast<int64_t>(HasSnapshots(now)), Moment(now.begun),
           absl::ToInt64Microseconds(now.ran)})
      .status();
}

}  // namespace tenantry::jobs
