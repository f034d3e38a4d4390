#include "events/event.h"

#include <array>
#include <cstdint>
#include <cstring>

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

// The types by the size of their names and their seventh byte from the end, which tell them apart:
// every event is looked up here. Two that shared a place would not compile.
constexpr size_t kNameBytesMin = 20, kPlaces = 64;

constexpr size_t PlaceOf(std::string_view name) {
  return (name.size() * 13 + static_cast<unsigned char>(name[name.size() - 7])) % kPlaces;
}

constexpr auto kByPlace = [] {
  std::array<uint8_t, kPlaces> table{};
  for (size_t type = 1; type < kNames.size(); ++type) {
    uint8_t& place = table.at(PlaceOf(kNames[type]));
    if (place != 0 || kNames[type].size() < kNameBytesMin) throw "another factor is needed";
    place = static_cast<uint8_t>(type);
  }
  return table;
}();

}  // namespace

std::string_view TypeName(EventType type) { return kNames[static_cast<size_t>(type)]; }

EventType TypeOf(std::string_view name) {
  if (name.size() < kNameBytesMin) return EventType::kUnknown;
  const uint8_t candidate = kByPlace[PlaceOf(name)];
  return kNames[candidate] == name ? static_cast<EventType>(candidate) : EventType::kUnknown;
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
