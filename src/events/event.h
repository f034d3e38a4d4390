#pragma once

#include <absl/time/time.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace tenantry::events {

/// The event types of the catalogue; kUnknown stands for any other type, which is kept, not
/// counted.
enum class EventType {
  kUnknown,
  kTenantCreated,
  kTenantUpdated,
  kTenantDeleted,
  kUserAdded,
  kUserRemoved,
  kUserLoggedIn,
  kUserLoggedOff,
  kUserTimedOut,
  kUserCompletedTutorial,
  kDataSetCreated,
  kDataSetUpdated,
  kDataSetDeleted,
  kJobSubmitted,
  kJobStarted,
  kJobSucceeded,
  kJobFailed,
  kJobCancelled,
  kCompanyEnriched,
  kNotificationRaised,
};

/// The CloudEvents type, `io.tenantry.tenant.created`; empty for kUnknown.
std::string_view TypeName(EventType type);

/// The type of a CloudEvents type text; kUnknown when the catalogue has no such.
EventType TypeOf(std::string_view name);

/// The stream an event of this type belongs to: "companies", "bigdatajobs" or "enrichedcompanies";
/// unknown types go to "bigdatajobs".
std::string_view StreamOf(EventType type);

/// The names of the three streams.
inline constexpr std::string_view kCompaniesStream = "companies";
inline constexpr std::string_view kJobsStream = "bigdatajobs";
inline constexpr std::string_view kEnrichedStream = "enrichedcompanies";

/// An event that we make: a CloudEvent 1.0 with JSON data.
struct Event {
  std::string id;      ///< unique within (tenant, source)
  std::string source;  ///< "/tenants/{tenantID}" for what tenants and their users do
  EventType type = EventType::kUnknown;
  absl::Time time;  ///< when it happened
  base::TenantId tenant;
  std::string subject;      ///< the thing's id; absent when empty
  std::string traceparent;  ///< W3C trace context; absent when empty
  nlohmann::json data = nlohmann::json::object();
};

/// The event in structured JSON mode (`application/cloudevents+json`), one line; times carry
/// microseconds; `dataschema` names the version of the catalogue.
std::string ToStructuredJson(const Event& event);

}  // namespace tenantry::events
