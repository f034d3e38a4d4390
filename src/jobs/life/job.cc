#include "jobs/life/job.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/instant.h"
#include "base/status.h"

namespace tenantry::jobs {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kStatusNames = {"queued", "running", "succeeded",
                                                          "failed", "cancelled"};

json ShowTime(const std::optional<absl::Time>& time) {
  if (!time) return nullptr;
  return base::FormatRfc3339Millis(base::ToInstant(*time));
}

json ShowText(const std::string& text) { return text.empty() ? json() : json(text); }

json ShowUse(const JobUse& use) {
  return {{"rows", use.rows},
          {"bytesRead", use.bytes_read},
          {"bytesWritten", use.bytes_written},
          {"cpuSeconds", use.cpu_seconds},
          {"peakMemoryBytes", use.memory_bytes_peak}};
}

json ShowStep(const StepSpec& spec, const StepState& step, bool with_sql) {
  json shown = {{"name", spec.name},
                {"kind", KindName(spec.kind)},
                {"after", spec.after},
                {"status", StatusName(step.status)},
                {"attempts", step.attempts},
                {"started", ShowTime(step.started)},
                {"finished", ShowTime(step.finished)},
                {"error", ShowText(step.error)},
                {"use", ShowUse(step.use)}};
  if (spec.kind == StepKind::kPersist) {
    shown["dataSet"] = spec.data_set;
    shown["dataSetVersion"] = step.data_set_version > 0 ? json(step.data_set_version) : json();
  }
  if (with_sql) shown["sql"] = spec.sql;
  return shown;
}

}  // namespace

std::string_view StatusName(JobStatus status) { return kStatusNames[static_cast<size_t>(status)]; }

absl::StatusOr<JobStatus> ParseStatus(std::string_view name) {
  const auto found = std::ranges::find(kStatusNames, name);
  if (found != kStatusNames.end()) return static_cast<JobStatus>(found - kStatusNames.begin());
  return base::InvalidArgument(
      "status '{}' is none of queued, running, succeeded, failed, cancelled", name.substr(0, 64));
}

bool IsEnd(JobStatus status) {
  return status != JobStatus::kQueued && status != JobStatus::kRunning;
}

void AddAttempt(JobUse& use, const JobUse& attempt) {
  use.rows = attempt.rows;
  use.bytes_read += attempt.bytes_read;
  use.bytes_written = attempt.bytes_written;
  use.cpu_seconds += attempt.cpu_seconds;
  use.memory_bytes_peak = std::max(use.memory_bytes_peak, attempt.memory_bytes_peak);
}

JobUse TotalUse(const Job& job) {
  JobUse total;
  for (size_t i = 0; i < job.steps.size(); ++i) {
    const JobUse& use = job.steps[i].use;
    if (job.spec.steps[i].kind == StepKind::kPersist) total.rows += use.rows;
    total.bytes_read += use.bytes_read;
    total.bytes_written += use.bytes_written;
    total.cpu_seconds += use.cpu_seconds;
    total.memory_bytes_peak = std::max(total.memory_bytes_peak, use.memory_bytes_peak);
  }
  return total;
}

json ToJson(const Job& job, bool with_sql) {
  json steps = json::array();
  for (size_t i = 0; i < job.steps.size(); ++i) {
    steps.push_back(ShowStep(job.spec.steps[i], job.steps[i], with_sql));
  }
  return {{"jobID", job.id.value()},
          {"tenantID", job.tenant.value()},
          {"userID", ShowText(job.user.value())},
          {"sessionID", ShowText(job.session.value())},
          {"name", job.spec.name},
          {"status", StatusName(job.status)},
          {"created", ShowTime(job.created)},
          {"started", ShowTime(job.started)},
          {"finished", ShowTime(job.finished)},
          {"begun", ShowTime(job.begun)},
          {"durationSeconds", absl::ToDoubleSeconds(absl::Floor(job.ran, absl::Milliseconds(1)))},
          {"cancelRequested", job.cancel_requested},
          {"error", ShowText(job.error)},
          {"use", ShowUse(TotalUse(job))},
          {"steps", std::move(steps)}};
}

}  // namespace tenantry::jobs
