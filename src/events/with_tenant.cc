#include <simdjson.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "events/event_codec.h"

namespace tenantry::events {
namespace {

namespace ondemand = simdjson::ondemand;

// Where the attributes that may be rewritten stand among the bytes of an event.
struct Found {
  size_t after_brace = 0;
  std::string_view tenant;  // the token of tenantid; empty when absent
  bool empty = true;        // the object has no field
  bool traceparent = false;
};

absl::StatusOr<Found> Find(ondemand::parser& parser, const simdjson::padded_string& text) {
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(text).get(document) || document.get_object().get(object)) {
    return base::InvalidArgument("no JSON object");
  }
  Found found;
  found.after_brace = std::string_view(text.data(), text.size()).find('{') + 1;
  for (auto next : object) {
    ondemand::field field;
    if (std::move(next).get(field)) return base::InvalidArgument("no JSON: a broken object");
    found.empty = false;
    std::string_view key;
    if (field.unescaped_key().get(key)) return base::InvalidArgument("no JSON: a broken name");
    found.traceparent |= key == "traceparent";
    if (key != "tenantid") continue;
    if (!found.tenant.empty()) {
      return base::InvalidArgument("the name 'tenantid' is given twice");
    }
    std::string_view token = field.value().raw_json_token();
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
      token.remove_suffix(1);
    }
    if (token.size() < 2 || token.front() != '"') {
      return base::InvalidArgument("tenantid is no string");
    }
    found.tenant = token;
  }
  return found;
}

}  // namespace

absl::StatusOr<std::string> WithTenant(std::string_view json, const base::TenantId& tenant,
                                       std::string_view traceparent) {
  const simdjson::padded_string text(json.data(), json.size());
  ondemand::parser parser;
  TENANTRY_ASSIGN_OR_RETURN(const Found found, Find(parser, text));
  const std::string id = nlohmann::json(tenant.value()).dump();
  std::string result(text.data(), text.size());
  if (!found.tenant.empty()) {
    result.replace(static_cast<size_t>(found.tenant.data() - text.data()), found.tenant.size(), id);
  }
  std::string added;
  if (found.tenant.empty()) added += "\"tenantid\":" + id + ",";
  if (!traceparent.empty() && !found.traceparent) {
    added += "\"traceparent\":" + nlohmann::json(traceparent).dump() + ",";
  }
  if (!added.empty() && found.empty) added.pop_back();
  return result.insert(found.after_brace, added);
}

}  // namespace tenantry::events
