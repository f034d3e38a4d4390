#include "roles/http/request_body.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/status.h"
#include "runtime/nearest_name.h"

namespace tenantry::roles {

using nlohmann::json;

namespace {

// How much of a name that came from outside is shown.
constexpr size_t kShownMax = 64;

// Our objects are flat but for lists of records: what nests deeper is no honest request.
constexpr int kDepthMax = 64;

// Watches a text being parsed for what the parser lets pass. What is too deep is not kept.
class BodyWatch {
 public:
  bool Notice(int depth, json::parse_event_t event, const json& parsed) {
    using Event = json::parse_event_t;
    const bool begins = event == Event::object_start || event == Event::array_start;
    const bool ends = event == Event::object_end || event == Event::array_end;
    if (begins && depth >= kDepthMax) too_deep_ = true;
    if (too_deep_) return false;
    if (begins || ends) names_.resize(static_cast<size_t>(depth));
    if (begins) names_.emplace_back();
    if (event == Event::key) NoticeName(parsed.get_ref<const std::string&>());
    return true;
  }

  absl::Status Check() const {
    if (too_deep_) return base::InvalidArgument("the body nests deeper than {}", kDepthMax);
    if (twice_) {
      return base::InvalidArgument("the name '{}' is given twice", twice_->substr(0, kShownMax));
    }
    return absl::OkStatus();
  }

 private:
  void NoticeName(const std::string& name) {
    if (!names_.back().insert(name).second && !twice_) twice_ = name;
  }

  std::vector<std::set<std::string>> names_;  // by depth; those of lists stay empty
  std::optional<std::string> twice_;
  bool too_deep_ = false;
};

// What the parser says, without its number and without what it read: that may be long, or secret.
std::string_view Complaint(std::string_view what) {
  what = what.substr(0, what.find("; last read: "));
  what = what.substr(0, what.find(" parsing '"));
  const size_t bracket = what.find("] ");
  return bracket == std::string_view::npos ? what : what.substr(bracket + 2);
}

// application/json, or a kind that is JSON besides, such as application/merge-patch+json.
bool IsJsonType(std::string_view type) {
  std::string kind(type.substr(0, type.find(';')));
  while (kind.ends_with(' ') || kind.ends_with('\t')) kind.pop_back();
  const size_t plus = kind.rfind('+');
  return net::SameWord(kind, "application/json") ||
         (plus != std::string::npos && net::SameWord(std::string_view(kind).substr(plus), "+json"));
}

}  // namespace

absl::StatusOr<json> ReadObject(std::string_view body) {
  if (body.empty()) return base::InvalidArgument("the body is empty: send a JSON object");
  // The parser takes it for the end of the text.
  if (const size_t at = body.find('\0'); at != std::string_view::npos) {
    return base::InvalidArgument("the body is no JSON: byte {} is zero", at);
  }
  BodyWatch watch;
  try {
    json object = json::parse(body, [&](int depth, json::parse_event_t event, json& parsed) {
      return watch.Notice(depth, event, parsed);
    });
    TENANTRY_RETURN_IF_ERROR(watch.Check());
    if (!object.is_object()) return base::InvalidArgument("the body must be a JSON object");
    return object;
  } catch (const json::exception& error) {
    return base::InvalidArgument("the body is no JSON: {}", Complaint(error.what()));
  }
}

net::Handler TakingJson(net::Handler handler) {
  return [handler = std::move(handler)](const net::HttpRequest& request) {
    const std::string_view type = request.Header("Content-Type");
    if (request.body.empty() || type.empty() || IsJsonType(type)) return handler(request);
    return net::Problem(
        415, net::ReasonPhrase(415),
        fmt::format("the body is {}: send it as application/json", type.substr(0, kShownMax)));
  };
}

absl::Status CheckPathSegment(std::string_view id) {
  if (id != "." && id != "..") return absl::OkStatus();
  return base::InvalidArgument("the id '{}' can't be had: no path leads to it", id);
}

absl::Status CheckFields(const json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string hint =
        runtime::NameHint(name, std::vector<std::string>(known.begin(), known.end()), '\'');
    return base::InvalidArgument("there is no field '{}'{}", name.substr(0, kShownMax), hint);
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
