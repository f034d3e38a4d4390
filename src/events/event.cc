#include "events/event.h"

#include <array>

#include "base/instant.h"
#include "base/status.h"

namespace tenantry::events {
namespace {

constexpr std::string_view kPrefix = "io.tenantry.";

constexpr std::array<std::string_view, 20> kNames = {
    "",
    "io.tenantry.tenant.created",
    "io.tenantry.tenant.updated",
    "io.tenantry.tenant.deleted",
    "io.tenantry.user.added",
    "io.tenantry.user.removed",
    "io.tenantry.user.logged_in",
    "io.tenantry.user.logged_off",
    "io.tenantry.user.timed_out",
    "io.tenantry.user.completed_tutorial",
    "io.tenantry.dataset.created",
    "io.tenantry.dataset.updated",
    "io.tenantry.dataset.deleted",
    "io.tenantry.job.submitted",
    "io.tenantry.job.started",
    "io.tenantry.job.succeeded",
    "io.tenantry.job.failed",
    "io.tenantry.job.cancelled",
    "io.tenantry.company.enriched",
    "io.tenantry.notification.raised",
};

}  // namespace

std::string_view TypeName(EventType type) { return kNames[static_cast<size_t>(type)]; }

EventType TypeOf(std::string_view name) {
  if (!name.starts_with(kPrefix)) return EventType::kUnknown;
  for (size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<EventType>(i);
  }
  return EventType::kUnknown;
}

std::string_view StreamOf(EventType type) {
  switch (type) {
    case EventType::kTenantCreated:
    case EventType::kTenantUpdated:
    case EventType::kTenantDeleted:
    case EventType::kUserAdded:
    case EventType::kUserRemoved:
      return kCompaniesStream;
    case EventType::kCompanyEnriched:
    case EventType::kNotificationRaised:
      return kEnrichedStream;
    default:
      return kJobsStream;
  }
}

std::string ToStructuredJson(const Event& event) {
  const absl::Time time = event.time;
  nlohmann::ordered_json json = {
      {"specversion", "1.0"},
      {"id", event.id},
      {"source", event.source},
      {"type", TypeName(event.type)},
      {"time", absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6S", time, absl::UTCTimeZone()) + "Z"},
      {"tenantid", event.tenant.value()}};
  if (!event.subject.empty()) json["subject"] = event.subject;
  if (!event.traceparent.empty()) json["traceparent"] = event.traceparent;
  json["datacontenttype"] = "application/json";
  json["dataschema"] = fmt::format("/schemas/{}/1", TypeName(event.type).substr(kPrefix.size()));
  json["data"] = event.data;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tenantry::events
