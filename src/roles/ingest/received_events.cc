#include "roles/ingest/received_events.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/status.h"
#include "events/event_modes.h"
#include "identity/secrets/secrets.h"
#include "roles/http/doorkeeper.h"

namespace tenantry::roles {
namespace {

events::HeaderList HeadersOf(const net::HttpRequest& request) {
  events::HeaderList headers;
  for (const auto& [name, value] : request.headers) headers.emplace_back(name, value);
  return headers;
}

// One text of all three, lengths first, so that no two events share it.
std::string SeenKey(const events::EventView& event) {
  return fmt::format("{} {} {}{}{}", event.tenant.size(), event.source.size(), event.tenant,
                     event.source, event.id);
}

// What whoever sends an event must be allowed to do besides, were it done over the API.
std::optional<identity::Permission> PermissionFor(events::EventType type) {
  switch (type) {
    case events::EventType::kTenantCreated:
      return identity::Permission::kCreateTenants;
    case events::EventType::kTenantUpdated:
      return identity::Permission::kChangeTenants;
    case events::EventType::kTenantDeleted:
      return identity::Permission::kDeleteTenants;
    case events::EventType::kUserAdded:
    case events::EventType::kUserRemoved:
      return identity::Permission::kManagePeople;
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::Status ReceivedEvents::Read(const net::HttpRequest& request) {
  key_ = request.Header("Idempotency-Key");
  const std::string_view type = request.Header("Content-Type");
  switch (events::ContentModeOf(type)) {
    case events::ContentMode::kStructured:
      Take(0, request.body);
      return absl::OkStatus();
    case events::ContentMode::kBatch: {
      TENANTRY_ASSIGN_OR_RETURN(const auto texts, events::SplitBatch(request.body));
      return TakeAll(texts);
    }
    case events::ContentMode::kLines:
      return TakeAll(events::SplitLines(request.body));
    case events::ContentMode::kOther:
      break;
  }
  const events::HeaderList headers = HeadersOf(request);
  if (events::HasBinaryHeaders(headers)) {
    TENANTRY_ASSIGN_OR_RETURN(const std::string event, events::FromBinary(headers, request.body));
    Take(0, event);
    return absl::OkStatus();
  }
  if (!events::IsJsonContentType(type)) {
    return absl::UnimplementedError(
        "Content-Type must be application/cloudevents+json, application/cloudevents-batch+json, "
        "application/x-ndjson, or application/json for a binary event or a plain one");
  }
  Take(0, request.body);
  return absl::OkStatus();
}

absl::Status ReceivedEvents::TakeAll(const std::vector<std::string_view>& texts) {
  if (static_cast<int64_t>(texts.size()) > options_.events_max) {
    return base::Error(absl::StatusCode::kResourceExhausted,
                       "{} events in one request: send at most {}, or have the server's "
                       "ingest.events_max raised",
                       texts.size(), options_.events_max);
  }
  for (size_t i = 0; i < texts.size(); ++i) Take(static_cast<int64_t>(i), texts[i]);
  return absl::OkStatus();
}

void ReceivedEvents::Take(int64_t index, std::string_view json) {
  absl::Status status = absl::OkStatus();
  if (static_cast<int64_t>(json.size()) > options_.event_bytes_max) {
    status = base::InvalidArgument("the event has {} bytes: ingest.event_bytes_max allows {}",
                                   json.size(), options_.event_bytes_max);
  } else {
    // What names no specversion is no attempt at a CloudEvent: it may be a plain form.
    const bool plain = json.find("\"specversion\"") == std::string_view::npos;
    status = plain ? TakePlain(index, json) : TakeEvent(json);
    // JSON may write every name with escapes.
    const bool escaped = plain && json.find("\\u") != std::string_view::npos;
    if (!status.ok() && escaped && TakeEvent(json).ok()) status = absl::OkStatus();
  }
  if (status.ok()) return;
  ++rejected_;
  if (static_cast<int64_t>(problems_.size()) < options_.problems_max) {
    problems_.emplace_back(index, base::Message(status));
  }
}

// What the log would refuse, after it had perhaps taken others.
absl::Status ReceivedEvents::CheckRecord(std::string_view key, std::string_view value) const {
  const auto size = static_cast<int64_t>(key.size() + value.size());
  if (size <= options_.record_bytes_max) return absl::OkStatus();
  return base::InvalidArgument(
      "the event has {} bytes in the log: eventlog.record_bytes_max "
      "allows {}",
      size, options_.record_bytes_max);
}

// A tenant's record holds what it pays: it would be the tenant's own word against the operator's.
// And what it pays may go by its people, whom not all of them may add and remove.
absl::Status ReceivedEvents::CheckType(const events::EventView& event) const {
  if (events::StreamOf(event.type) == events::kEnrichedStream) {
    return base::InvalidArgument("events of type {} are made here and can't be sent",
                                 event.type_name);
  }
  const auto permission = PermissionFor(event.type);
  if (!permission) return absl::OkStatus();
  return base::Annotate(
      identity::Authorize(caller_, *permission),
      fmt::format("events of type {} tell of the records of tenants and of their people",
                  events::TypeName(event.type)));
}

absl::Status ReceivedEvents::TakeEvent(std::string_view json) {
  std::string rewritten;
  events::EventView event;
  if (caller_.tenant) {
    TENANTRY_ASSIGN_OR_RETURN(rewritten, events::WithTenant(json, *caller_.tenant, traceparent_));
    TENANTRY_RETURN_IF_ERROR(parser_.Parse(rewritten, event));
  } else {
    TENANTRY_RETURN_IF_ERROR(parser_.Parse(json, event));
    const base::TenantId tenant{std::string(event.tenant)};
    TENANTRY_ASSIGN_OR_RETURN(rewritten, events::WithTenant(json, tenant, traceparent_));
    TENANTRY_RETURN_IF_ERROR(parser_.Parse(rewritten, event));
  }
  TENANTRY_RETURN_IF_ERROR(CheckType(event));
  TENANTRY_RETURN_IF_ERROR(CheckRecord(event.tenant, rewritten));
  if (!seen_.insert(SeenKey(event)).second) {
    ++repeated_;
    return absl::OkStatus();
  }
  ++accepted_;
  records_[std::string(events::StreamOf(event.type))].push_back(
      {std::string(event.tenant), std::move(rewritten)});
  return absl::OkStatus();
}

// A plain form has no id. Under an Idempotency-Key it is given one that it has again when the
// request is repeated: a crash or a refusal may leave some of them taken.
std::string ReceivedEvents::PlainType(int64_t index, std::string_view json) const {
  if (key_.empty()) return std::string(events::kPlainType);
  const std::string owner = KeyOwner(caller_);
  return events::PlainTypeWithId(identity::HashSecret(
      fmt::format("{} {}{} {}{} {}", owner.size(), owner, key_.size(), key_, index, json)));
}

absl::Status ReceivedEvents::TakePlain(int64_t index, std::string_view json) {
  TENANTRY_ASSIGN_OR_RETURN(const base::TenantId tenant, events::PlainTenant(json));
  if (caller_.tenant && *caller_.tenant != tenant) {
    return base::InvalidArgument("companyID '{}' is not the tenant that sends this", tenant);
  }
  // Read once as the streams' readers will, so that what can't be counted is refused now.
  events::EventView event;
  TENANTRY_RETURN_IF_ERROR(parser_.ParseRecord(events::kPlainType, json, "plain", now_, event));
  TENANTRY_RETURN_IF_ERROR(CheckType(event));
  TENANTRY_ASSIGN_OR_RETURN(const std::string_view stream, events::PlainStream(json));
  TENANTRY_RETURN_IF_ERROR(CheckRecord(tenant.value(), json));
  ++accepted_;
  records_[std::string(stream)].push_back(
      {tenant.value(), std::string(json), PlainType(index, json)});
  return absl::OkStatus();
}

std::string ReceivedEvents::AnswerJson() const {
  nlohmann::json problems = nlohmann::json::array();
  for (const auto& [index, detail] : problems_) {
    problems.push_back({{"index", index}, {"detail", detail}});
  }
  return nlohmann::json({{"accepted", accepted_},
                         {"repeated", repeated_},
                         {"rejected", rejected_},
                         {"problems", problems}})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tenantry::roles
