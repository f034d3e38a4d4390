#include <absl/strings/ascii.h>

#include <charconv>
#include <optional>
#include <sstream>
#include <utility>

#include "net/percent.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"
#include "roles/tenants/tenants_role.h"

namespace tenantry::roles {

using identity::Authorize;
using identity::Permission;
using net::HttpResponse;
using net::Problem;
using tenants::Tenant;

namespace {

// What /api/v1/tenants/count is for.
constexpr std::string_view kCountPath = "count";

std::string ETag(const Tenant& tenant) { return fmt::format("\"{}\"", tenant.version); }

HttpResponse Show(int status, const Tenant& tenant) {
  HttpResponse response = HttpResponse::Json(status, tenants::ToJson(tenant));
  response.headers.emplace("ETag", ETag(tenant));
  return response;
}

// The version that an entity tag of ours names.
std::optional<int64_t> VersionOfTag(std::string_view tag) {
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
  const char* const last = tag.data() + tag.size() - 1;
  int64_t version = 0;
  const auto [rest, error] = std::from_chars(tag.data() + 1, last, version);
  if (error != std::errc() || rest != last) return std::nullopt;
  return version;
}

// The versions that If-Match names (RFC 9110, 13.1.1): any of a list; nullopt without one, or for
// "*". A tag that none of our versions has, a weak one included, matches nothing.
tenants::AnyVersion Versions(const net::HttpRequest& request) {
  const auto [begin, end] = request.headers.equal_range("If-Match");
  if (begin == end) return std::nullopt;
  std::vector<int64_t> versions;
  for (auto header = begin; header != end; ++header) {
    std::istringstream list(header->second);
    for (std::string tag; std::getline(list, tag, ',');) {
      absl::StripAsciiWhitespace(&tag);
      if (tag == "*") return std::nullopt;
      if (const auto version = VersionOfTag(tag)) versions.push_back(*version);
    }
  }
  return versions;
}

// What a replacement may hold because a client had it from GET, and can't change: without it, or
// why it is refused.
absl::StatusOr<nlohmann::json> WithoutFixed(nlohmann::json body, const Tenant& tenant) {
  const nlohmann::json shown = tenants::ToJson(tenant);
  if (body.contains("version") && body["version"] != shown["version"]) {
    return absl::AbortedError(
        fmt::format("the tenant '{}' has version {}, this record is of {}: "
                    "read it again",
                    tenant.id, tenant.version, body["version"].dump()));
  }
  for (const char* fixed : {"tenantID", "status", "created"}) {
    if (!body.contains(fixed) || body[fixed] == shown[fixed]) continue;
    return base::InvalidArgument("{} can't be replaced: it is {}", fixed, shown[fixed].dump());
  }
  for (const char* name : {"tenantID", "status", "created", "updated", "version"}) body.erase(name);
  return body;
}

tenants::TenantFilter Filter(const net::HttpRequest& request, const identity::Caller& caller) {
  tenants::TenantFilter filter;
  filter.only = caller.tenant;
  filter.search = request.Query("q").value_or("");
  filter.industry = request.Query("industry").value_or("");
  filter.plan = request.Query("plan").value_or("");
  filter.pattern = request.Query("pattern").value_or("");
  filter.status = request.Query("status").value_or("");
  return filter;
}

absl::Status CheckFilter(const tenants::TenantFilter& filter) {
  if (!filter.status.empty())
    TENANTRY_RETURN_IF_ERROR(tenants::ParseStatus(filter.status).status());
  Tenant checked;
  if (!filter.plan.empty()) {
    TENANTRY_RETURN_IF_ERROR(tenants::ReadTenantFields({{"plan", filter.plan}}, checked));
  }
  if (!filter.pattern.empty()) {
    TENANTRY_RETURN_IF_ERROR(tenants::ReadTenantFields({{"pattern", filter.pattern}}, checked));
  }
  if (filter.search.size() > 200) return base::InvalidArgument("q has more than 200 bytes");
  return absl::OkStatus();
}

}  // namespace

HttpResponse TenantsRole::ListTenants(const Request& request, const Caller& caller) {
  absl::Status status = Authorize(caller, Permission::kReadTenants);
  const tenants::TenantFilter filter = Filter(request, caller);
  if (status.ok()) status = CheckFilter(filter);
  if (!status.ok()) return Problem(status);
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  const auto found = registry_.List(filter, page->after, page->limit + 1);
  if (!found.ok()) return Problem(found.status());
  std::vector<std::pair<std::string, std::string>> items;
  for (const Tenant& tenant : *found) {
    items.emplace_back(tenant.id.value(), tenants::ToJson(tenant).dump());
  }
  return PageResponse(request, *page, std::move(items));
}

HttpResponse TenantsRole::CountTenants(const Request& request, const Caller& caller) {
  absl::Status status = Authorize(caller, Permission::kReadTenants);
  const tenants::TenantFilter filter = Filter(request, caller);
  if (status.ok()) status = CheckFilter(filter);
  if (!status.ok()) return Problem(status);
  const auto count = registry_.Count(filter);
  if (!count.ok()) return Problem(count.status());
  return HttpResponse::Json(200, {{"count", *count}});
}

HttpResponse TenantsRole::CreateTenant(const Request& request, const Caller& caller) {
  const auto made = [&]() -> absl::StatusOr<Tenant> {
    TENANTRY_ASSIGN_OR_RETURN(nlohmann::json body, ReadObject(request.body));
    Tenant tenant;
    TENANTRY_ASSIGN_OR_RETURN(const auto id, OptionalText(body, "tenantID"));
    if (id) {
      TENANTRY_ASSIGN_OR_RETURN(tenant.id, NewId<base::TenantId>(*id));
      if (*id == kCountPath) {
        return base::InvalidArgument("tenantID '{}' can't be had: its path means how many", *id);
      }
    }
    body.erase("tenantID");
    if (!body.contains("name")) return base::InvalidArgument("name is missing");
    TENANTRY_RETURN_IF_ERROR(tenants::ReadTenantFields(body, tenant, {"tenantID"}));
    return registry_.Create(std::move(tenant), ActorOf(caller, request));
  }();
  if (!made.ok()) return Problem(made.status());
  HttpResponse response = Show(201, *made);
  response.headers.emplace("Location", "/api/v1/tenants/" + net::PercentEncode(made->id.value()));
  return response;
}

HttpResponse TenantsRole::GetTenant(const Request& request, const Caller& caller) {
  const auto found = [&]() -> absl::StatusOr<Tenant> {
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::TenantId>(request, "tenantID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadTenants, id));
    return registry_.Get(id);
  }();
  return found.ok() ? Show(200, *found) : Problem(found.status());
}

HttpResponse TenantsRole::ReplaceTenant(const Request& request, const Caller& caller) {
  const auto changed = [&]() -> absl::StatusOr<Tenant> {
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::TenantId>(request, "tenantID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kChangeTenants, id));
    TENANTRY_ASSIGN_OR_RETURN(const nlohmann::json body, ReadObject(request.body));
    if (!body.contains("name")) return base::InvalidArgument("name is missing");
    const auto replace = [&](Tenant& tenant) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(const nlohmann::json fields, WithoutFixed(body, tenant));
      Tenant fresh;
      fresh.id = tenant.id;
      fresh.status = tenant.status;
      fresh.created = tenant.created;
      fresh.version = tenant.version;
      tenant = fresh;
      return tenants::ReadTenantFields(fields, tenant);
    };
    return registry_.Update(id, Versions(request), replace, ActorOf(caller, request));
  }();
  return changed.ok() ? Show(200, *changed) : Problem(changed.status());
}

HttpResponse TenantsRole::UpdateTenant(const Request& request, const Caller& caller) {
  const auto changed = [&]() -> absl::StatusOr<Tenant> {
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::TenantId>(request, "tenantID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kChangeTenants, id));
    TENANTRY_ASSIGN_OR_RETURN(nlohmann::json body, ReadObject(request.body));
    TENANTRY_ASSIGN_OR_RETURN(const auto status, OptionalText(body, "status"));
    body.erase("status");
    if (status && *status != "active" && *status != "suspended") {
      return base::InvalidArgument("status may be set to active or suspended");
    }
    const auto patch = [&](Tenant& tenant) -> absl::Status {
      if (status) {
        tenant.status = *status == "active" ? tenants::TenantStatus::kActive
                                            : tenants::TenantStatus::kSuspended;
      }
      return tenants::ReadTenantFields(body, tenant, {"status"});
    };
    return registry_.Update(id, Versions(request), patch, ActorOf(caller, request));
  }();
  return changed.ok() ? Show(200, *changed) : Problem(changed.status());
}

HttpResponse TenantsRole::DeleteTenant(const Request& request, const Caller& caller) {
  const absl::Status deleted = [&]() -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::TenantId>(request, "tenantID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kDeleteTenants, id));
    return registry_.Delete(id, Versions(request), ActorOf(caller, request));
  }();
  return deleted.ok() ? HttpResponse::NoContent() : Problem(deleted);
}

}  // namespace tenantry::roles
