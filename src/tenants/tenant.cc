#include "tenants/tenant.h"

#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/instant.h"
#include "base/status.h"
#include "runtime/nearest_name.h"

namespace tenantry::tenants {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> kStatusNames = {"requested", "provisioning", "active",
                                                          "suspended", "deleting",     "deleted"};

absl::Status ReadText(const std::string& field, const json& value, size_t bytes_max,
                      std::string& text) {
  if (!value.is_string()) return base::InvalidArgument("{} must be a text", field);
  const auto& given = value.get_ref<const std::string&>();
  if (given.empty() || given.size() > bytes_max) {
    return base::InvalidArgument("{} has {} bytes: give 1 to {}", field, given.size(), bytes_max);
  }
  text = given;
  return absl::OkStatus();
}

absl::Status ReadChoice(const std::string& field, const json& value,
                        std::initializer_list<std::string_view> choices, std::string& text) {
  std::string names;
  for (const std::string_view choice : choices) {
    if (value.is_string() && value.get_ref<const std::string&>() == choice) {
      text = choice;
      return absl::OkStatus();
    }
    names += (names.empty() ? "" : ", ") + std::string(choice);
  }
  return base::InvalidArgument("{} must be one of {}", field, names);
}

absl::Status ReadNumber(const std::string& field, const json& value, double lowest, double highest,
                        std::optional<double>& number) {
  if (value.is_null()) {
    number.reset();
    return absl::OkStatus();
  }
  const double given = value.is_number() ? value.get<double>() : NAN;
  if (!(given >= lowest && given <= highest)) {
    return base::InvalidArgument("{} must be a number from {} to {}", field, lowest, highest);
  }
  number = given;
  return absl::OkStatus();
}

absl::Status ReadEmployees(const json& value, std::optional<int64_t>& employees) {
  constexpr int64_t kMost = 10'000'000;
  if (value.is_null()) {
    employees.reset();
    return absl::OkStatus();
  }
  if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(kMost)) {
    return base::InvalidArgument("employees must be a whole number from 0 to {}", kMost);
  }
  employees = value.get<int64_t>();
  return absl::OkStatus();
}

absl::Status ReadIndustry(const json& value, std::optional<std::string>& industry) {
  if (value.is_null()) {
    industry.reset();
    return absl::OkStatus();
  }
  return ReadText("industry", value, 100, industry.emplace());
}

using FieldReader = std::function<absl::Status(const json&, Tenant&)>;

const std::map<std::string, FieldReader>& Fields() {
  constexpr double kMost = 1e12;
  static const std::map<std::string, FieldReader> fields = {
      {"name", [](const json& v, Tenant& t) { return ReadText("name", v, 200, t.name); }},
      {"industry", [](const json& v, Tenant& t) { return ReadIndustry(v, t.industry); }},
      {"revenue",
       [](const json& v, Tenant& t) { return ReadNumber("revenue", v, 0, kMost, t.revenue); }},
      {"employees", [](const json& v, Tenant& t) { return ReadEmployees(v, t.employees); }},
      {"plan",
       [](const json& v, Tenant& t) {
         return ReadChoice("plan", v, {"free", "team", "enterprise"}, t.plan);
       }},
      {"pattern",
       [](const json& v, Tenant& t) {
         return ReadChoice("pattern", v, {"pool", "bridge", "silo"}, t.pattern);
       }},
      {"monthlyFee",
       [](const json& v, Tenant& t) {
         return ReadNumber("monthlyFee", v, 0, kMost, t.monthly_fee);
       }},
      {"totalFee",
       [](const json& v, Tenant& t) { return ReadNumber("totalFee", v, 0, kMost, t.total_fee); }},
      {"sentiment",
       [](const json& v, Tenant& t) { return ReadNumber("sentiment", v, -1, 1, t.sentiment); }},
  };
  return fields;
}

template <typename Optional>
json OrNull(const Optional& value) {
  return value ? json(*value) : json();
}

}  // namespace

std::string_view StatusName(TenantStatus status) {
  return kStatusNames[static_cast<size_t>(status)];
}

absl::StatusOr<TenantStatus> ParseStatus(std::string_view name) {
  for (size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames[i] == name) return static_cast<TenantStatus>(i);
  }
  return base::InvalidArgument(
      "status '{}' is none of requested, provisioning, active, suspended, deleting, deleted",
      name.substr(0, 64));
}

absl::Status ReadTenantFields(const json& fields, Tenant& tenant,
                              const std::vector<std::string>& others) {
  if (!fields.is_object()) return base::InvalidArgument("the body must be a JSON object");
  for (const auto& [name, value] : fields.items()) {
    const auto reader = Fields().find(name);
    if (reader == Fields().end()) {
      std::vector<std::string> known = others;
      for (const auto& field : Fields()) known.push_back(field.first);
      return base::InvalidArgument("there is no field '{}'{}", name.substr(0, 64),
                                   runtime::NameHint(name, known, '\''));
    }
    TENANTRY_RETURN_IF_ERROR(reader->second(value, tenant));
  }
  return absl::OkStatus();
}

json EventData(const Tenant& tenant) {
  return {{"tenantID", tenant.id.value()},
          {"name", tenant.name},
          {"industry", OrNull(tenant.industry)},
          {"revenue", OrNull(tenant.revenue)},
          {"employees", OrNull(tenant.employees)},
          {"plan", tenant.plan},
          {"pattern", tenant.pattern},
          {"monthlyFee", OrNull(tenant.monthly_fee)},
          {"totalFee", OrNull(tenant.total_fee)}};
}

json ToJson(const Tenant& tenant) {
  json shown = EventData(tenant);
  shown["sentiment"] = OrNull(tenant.sentiment);
  shown["status"] = StatusName(tenant.status);
  shown["created"] = base::FormatRfc3339Millis(base::ToInstant(tenant.created));
  shown["updated"] = base::FormatRfc3339Millis(base::ToInstant(tenant.updated));
  shown["version"] = tenant.version;
  return shown;
}

}  // namespace tenantry::tenants
