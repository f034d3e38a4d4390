#include "jobs/store/job_store.h"

#include "base/status.h"
#include "base/words/counted.h"

namespace tenantry::jobs {
namespace {

// `text` cut between letters.
std::string Cut(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

absl::Status NoSuchJob(const base::JobId& id) { return base::NotFound("there is no job '{}'", id); }

absl::Status CheckRoom(const StoreLimits& limits, const base::TenantId& tenant,
                       int64_t waiting_of_tenant, int64_t waiting) {
  if (waiting_of_tenant >= limits.waiting_per_tenant_max) {
    return base::Error(absl::StatusCode::kResourceExhausted,
                       "the tenant '{}' has {} that wait{} already, as many as may "
                       "(jobs.waiting_per_tenant_max): try again later, or cancel one",
                       tenant, base::Counted(waiting_of_tenant, "job"),
                       waiting_of_tenant == 1 ? "s" : "");
  }
  if (waiting < limits.waiting_max) return absl::OkStatus();
  return base::Error(absl::StatusCode::kResourceExhausted,
                     "{} wait{} already, as many as may (jobs.waiting_max): try later",
                     base::Counted(waiting, "job"), waiting == 1 ? "s" : "");
}

std::vector<LogLine> NumberLines(const StoreLimits& limits, int64_t last, absl::Time now,
                                 const std::vector<LogText>& lines) {
  std::vector<LogLine> numbered;
  for (const LogText& line : lines) {
    if (last > limits.log_lines_max) break;
    LogLine next{++last, now, line.step, ""};
    if (last > limits.log_lines_max) {
      next.step.clear();
      next.text = fmt::format(
          "the log is full at {} lines (jobs.log_lines_max): what follows is "
          "left out",
          limits.log_lines_max);
    } else {
      next.text = Cut(line.text, static_cast<size_t>(limits.log_line_bytes_max));
    }
    numbered.push_back(std::move(next));
  }
  return numbered;
}

std::string EventText(const Job& job, events::EventType type, const std::string& event_id,
                      absl::Time now) {
  events::Event event;
  event.id = event_id;
  event.source = "/tenants/" + job.tenant.value();
  event.type = type;
  event.time = now;
  event.tenant = job.tenant;
  event.subject = job.id.value();
  event.traceparent = job.traceparent;
  event.data = EventData(job, type);
  return events::ToStructuredJson(event);
}

}  // namespace tenantry::jobs
