#include "scoring/assess_request.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "runtime/nearest_name.h"
#include "scoring/company_features.h"
#include "scoring/feature_names.h"

namespace tenantry::scoring {
namespace {

using nlohmann::json;

constexpr double kNumberMax = 1e15;
constexpr size_t kCategoryBytesMax = 256;
constexpr std::string_view kExample = R"({"industry": "retail", "job30": 10})";
constexpr int kDepthMax = 8;  // the request is flat: what nests deeper is not kept, nor shown

struct Field {
  std::string_view name;
  std::string_view feature;  // empty: not scored
};

constexpr Field kFields[] = {
    {"companyID", ""},        {"industry", "industry"},   {"revenue", "revenue"},
    {"revenu", "revenue"},    {"employees", "employees"}, {"employee", "employees"},
    {"job30", "job30"},       {"job90", "job90"},         {"monthlyFee", "monthlyFee"},
    {"totalFee", "totalFee"}, {"riskOfChurn", ""},
};

const Field* FindField(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kFields), std::end(kFields),
                                         [name](const Field& field) { return field.name == name; });
  return found == std::end(kFields) ? nullptr : found;
}

// A value as messages show it.
std::string Shown(const json& value) {
  const std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

absl::Status Unknown(const std::string& name) {
  std::vector<std::string> known;
  for (const Field& field : kFields) known.emplace_back(field.name);
  return base::InvalidArgument("unknown field {}{}", Shown(name),
                               runtime::NameHint(name, known, '"'));
}

// What the parser says, without its number and without what it read: that may be long.
std::string_view Complaint(std::string_view what) {
  what = what.substr(0, what.find("; last read: "));
  what = what.substr(0, what.find(" parsing '"));
  const size_t bracket = what.find("] ");
  return bracket == std::string_view::npos ? what : what.substr(bracket + 2);
}

absl::StatusOr<json> ParseObject(std::string_view text) {
  if (text.empty()) {
    return base::InvalidArgument("the body is empty: send a JSON object, such as {}", kExample);
  }
  // The parser takes it for the end of the text.
  if (const size_t at = text.find('\0'); at != std::string_view::npos) {
    return base::InvalidArgument("the request is not valid JSON: byte {} is zero", at);
  }
  std::set<std::string> seen;
  std::string twice;
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    too_deep = too_deep || depth > kDepthMax;
    if (event == json::parse_event_t::key && depth == 1) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!seen.insert(name).second && twice.empty()) twice = name;
    }
    return !too_deep;
  };
  try {
    json object = json::parse(text, watch);
    if (too_deep) return base::InvalidArgument("the request nests deeper than {}", kDepthMax);
    if (!object.is_object()) {
      return base::InvalidArgument("the request must be a JSON object, such as {}", kExample);
    }
    if (!twice.empty()) return base::InvalidArgument("field {} is given twice", Shown(twice));
    return object;
  } catch (const json::exception& fault) {
    return base::InvalidArgument("the request is not valid JSON: {}", Complaint(fault.what()));
  }
}

absl::StatusOr<FeatureValue> ReadValue(const Field& field, const json& value) {
  const KnownFeature* known = FindKnownFeature(field.feature);
  if (known->kind == FeatureKind::kCategory) {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > kCategoryBytesMax) {
      return base::InvalidArgument("field \"{}\" must be a text of at most {} bytes, not {}",
                                   field.name, kCategoryBytesMax, Shown(value));
    }
    if (value.get_ref<const std::string&>().empty()) return FeatureValue();
    return FeatureValue(value.get<std::string>());
  }
  if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= kNumberMax)) {
    return base::InvalidArgument(
        "field \"{}\" must be a number from 0 to 1e15, or null when it is "
        "unknown, not {}",
        field.name, Shown(value));
  }
  return FeatureValue(value.get<double>());
}

absl::Status TakeField(const std::string& name, const json& value, AssessRequest& request) {
  const Field* field = FindField(name);
  if (field == nullptr) return Unknown(name);
  if (value.is_null()) return absl::OkStatus();
  if (field->name == "companyID") {
    if (!value.is_string()) {
      return base::InvalidArgument("field \"companyID\" must be a text, not {}", Shown(value));
    }
    absl::StatusOr<base::TenantId> company = base::TenantId::Parse(value.get<std::string>());
    if (!company.ok()) return base::Annotate(company.status(), "field \"companyID\"");
    request.company = *std::move(company);
    return absl::OkStatus();
  }
  if (field->name == "riskOfChurn") {
    if (value.is_boolean()) return absl::OkStatus();
    return base::InvalidArgument("field \"riskOfChurn\" must be true, false or null, not {}",
                                 Shown(value));
  }
  TENANTRY_ASSIGN_OR_RETURN(FeatureValue read, ReadValue(*field, value));
  const auto [place, fresh] = request.row.emplace(field->feature, read);
  if (!fresh && place->second != read) {
    return base::InvalidArgument(
        "\"{}\" and its other spelling are both given, with different "
        "values: send one of them",
        name);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AssessRequest> ParseAssessRequest(std::string_view text) {
  TENANTRY_ASSIGN_OR_RETURN(const json object, ParseObject(text));
  AssessRequest request;
  for (const auto& [name, value] : object.items()) {
    TENANTRY_RETURN_IF_ERROR(TakeField(name, value, request));
  }
  if (request.row.empty()) {
    return base::InvalidArgument(
        "nothing to assess: send at least one of industry, revenue, "
        "employees, job30, job90, monthlyFee, totalFee");
  }
  AddDerivedFeatures(request.row);
  const auto missing = std::remove_if(
      request.row.begin(), request.row.end(),
      [](const auto& entry) { return std::holds_alternative<std::monostate>(entry.second); });
  request.row.erase(missing, request.row.end());
  return request;
}

}  // namespace tenantry::scoring
