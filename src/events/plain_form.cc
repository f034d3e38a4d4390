#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "base/status.h"
#include "events/event_codec.h"
#include "events/json_index.h"

namespace tenantry::events {
namespace {

using Json = nlohmann::ordered_json;

// What a plain form is about.
enum class PlainKind { kJob, kTenant };

struct Plain {
  PlainKind kind;
  base::TenantId tenant;
  Json json;
};

// What the parser below lets pass, as EventParser refuses it: depth that it copies and writes by
// recursion, bytes after a zero one, a name given twice.
absl::Status CheckObject(std::string_view text) {
  JsonIndex index;
  TENANTRY_RETURN_IF_ERROR(index.Build(text));
  JsonReader reader(index);
  std::set<std::string> names;
  std::string_view raw_name, value;
  if (reader.EnterObject(1)) {
    for (bool first = true; reader.NextName(first, raw_name); first = false) {
      std::string name;
      bool surrogates = false;
      UnescapeJson(raw_name, name, surrogates);
      if (!names.insert(name).second) {
        return base::InvalidArgument("the name '{}' is given twice", name.substr(0, 64));
      }
      if (!reader.Value(2, value)) break;
    }
  }
  return reader.AtEnd() ? absl::OkStatus() : reader.status();
}

absl::StatusOr<Json> ParseObject(std::string_view text) {
  TENANTRY_RETURN_IF_ERROR(CheckObject(text));
  try {
    Json json = Json::parse(text);
    if (json.is_object()) return json;
    return base::InvalidArgument("no JSON object");
  } catch (const Json::exception& error) {
    const std::string_view what = error.what();  // "[json.exception...] where and what"
    const size_t bracket = what.find("] ");
    return base::InvalidArgument("no JSON: {}",
                                 bracket == what.npos ? what : what.substr(bracket + 2));
  }
}

absl::StatusOr<Plain> ParsePlain(std::string_view text) {
  TENANTRY_ASSIGN_OR_RETURN(Json json, ParseObject(text));
  for (const char* name : {"companyID", "tenantID"}) {
    const auto found = json.find(name);
    if (found == json.end()) continue;
    if (!found->is_string()) return base::InvalidArgument("{} is no string", name);
    TENANTRY_ASSIGN_OR_RETURN(base::TenantId tenant,
                              base::TenantId::Parse(found->get_ref<const std::string&>()));
    const bool job = json.contains("nbJobs") || json.contains("userID");
    return Plain{job ? PlainKind::kJob : PlainKind::kTenant, std::move(tenant), std::move(json)};
  }
  return base::InvalidArgument(
      "neither a CloudEvent (specversion, id, source, type, time) nor a plain event with "
      "companyID");
}

// `creationDate`: milliseconds since 1970, as the first demonstration writes it, or RFC 3339.
absl::StatusOr<base::Instant> TimeOf(const Json& json, absl::Time appended) {
  const auto found = json.find("creationDate");
  if (found == json.end() || found->is_null()) return base::ToInstant(appended);
  if (found->is_string()) return base::ParseRfc3339(found->get_ref<const std::string&>());
  const bool countable = found->is_number_unsigned() && found->get<uint64_t>() <= 253402300799999;
  if (!countable) {
    return base::InvalidArgument("creationDate is neither RFC 3339 nor milliseconds since 1970");
  }
  return base::ToInstant(absl::FromUnixMillis(found->get<int64_t>()));
}

std::string FormatNanos(base::Instant instant) {
  std::string text = base::FormatRfc3339Millis(base::Instant{instant.seconds, 0});
  text.resize(text.size() - 4);
  return fmt::format("{}{:09}Z", text, instant.nanoseconds);
}

void CopyAs(const Json& from, std::initializer_list<const char*> names, const char* to,
            Json& data) {
  for (const char* name : names) {
    const auto found = from.find(name);
    if (found != from.end()) {
      data[to] = *found;
      return;
    }
  }
}

Json JobData(const Json& json) {
  Json data = Json::object();
  CopyAs(json, {"userID"}, "userID", data);
  CopyAs(json, {"nbJobs"}, "nbJobs", data);
  CopyAs(json, {"jobID"}, "jobID", data);
  CopyAs(json, {"sessionID"}, "sessionID", data);
  return data;
}

Json TenantData(const Json& json, const base::TenantId& tenant) {
  Json data = {{"tenantID", tenant.value()}};
  CopyAs(json, {"name"}, "name", data);
  CopyAs(json, {"industry"}, "industry", data);
  CopyAs(json, {"revenue", "revenu"}, "revenue", data);
  CopyAs(json, {"employees", "employee"}, "employees", data);
  CopyAs(json, {"plan"}, "plan", data);
  CopyAs(json, {"monthlyFee"}, "monthlyFee", data);
  CopyAs(json, {"totalFee"}, "totalFee", data);
  return data;
}

}  // namespace

absl::StatusOr<std::string> FromPlain(std::string_view json, std::string_view place,
                                      absl::Time appended) {
  TENANTRY_ASSIGN_OR_RETURN(const Plain plain, ParsePlain(json));
  TENANTRY_ASSIGN_OR_RETURN(const base::Instant time, TimeOf(plain.json, appended));
  const bool job = plain.kind == PlainKind::kJob;
  const Json event = {
      {"specversion", "1.0"},
      {"id", place},
      {"source", "/plain"},
      {"type", TypeName(job ? EventType::kJobSubmitted : EventType::kTenantCreated)},
      {"time", FormatNanos(time)},
      {"tenantid", plain.tenant.value()},
      {"data", job ? JobData(plain.json) : TenantData(plain.json, plain.tenant)}};
  return event.dump();
}

absl::StatusOr<base::TenantId> PlainTenant(std::string_view json) {
  TENANTRY_ASSIGN_OR_RETURN(Plain plain, ParsePlain(json));
  return std::move(plain.tenant);
}

absl::StatusOr<std::string_view> PlainStream(std::string_view json) {
  TENANTRY_ASSIGN_OR_RETURN(const Plain plain, ParsePlain(json));
  return plain.kind == PlainKind::kJob ? kJobsStream : kCompaniesStream;
}

}  // namespace tenantry::events
