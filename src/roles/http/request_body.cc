#include "roles/http/request_body.h"

#include <set>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/status.h"
#include "runtime/nearest_name.h"

namespace tenantry::roles {

using nlohmann::json;

absl::StatusOr<json> ReadObject(std::string_view body) {
  if (body.empty()) return base::InvalidArgument("the body is empty: send a JSON object");
  std::vector<std::set<std::string>> names;
  std::string twice;
  const auto notice = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key &&
        !names.back().insert(parsed.get<std::string>()).second && twice.empty()) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  try {
    json object = json::parse(body, notice);
    if (!twice.empty()) return base::InvalidArgument("the name '{}' is given twice", twice);
    if (!object.is_object()) return base::InvalidArgument("the body must be a JSON object");
    return object;
  } catch (const json::exception& error) {
    const std::string_view what = error.what();
    const size_t colon = what.find("] ");
    return base::InvalidArgument("the body is no JSON: {}",
                                 colon == std::string_view::npos ? what : what.substr(colon + 2));
  }
}

absl::Status CheckFields(const json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest =
        runtime::NearestName(name, std::vector<std::string>(known.begin(), known.end()));
    return base::InvalidArgument("there is no field '{}': did you mean '{}'?", name.substr(0, 64),
                                 nearest);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> RequiredText(const json& object, const char* field) {
  TENANTRY_ASSIGN_OR_RETURN(auto text, OptionalText(object, field));
  if (!text) return base::InvalidArgument("{} is missing", field);
  return *std::move(text);
}

absl::StatusOr<std::optional<std::string>> OptionalText(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) return base::InvalidArgument("{} must be a text", field);
  return found->get<std::string>();
}

std::string ShowTime(absl::Time time) { return base::FormatRfc3339Millis(base::ToInstant(time)); }

}  // namespace tenantry::roles
