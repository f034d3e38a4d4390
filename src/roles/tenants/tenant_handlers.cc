#include <charconv>
#include <optional>
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

// The version that If-Match names; nullopt without one, or for "*".
absl::StatusOr<std::optional<int64_t>> Version(const net::HttpRequest& request) {
  const std::string_view match = request.Header("If-Match");
  if (match.empty() || match == "*") return std::nullopt;
  int64_t version = 0;
  const bool quoted = match.size() > 2 && match.front() == '"' && match.back() == '"';
  const char* end = match.data() + match.size() - 1;
  if (quoted) {
    const auto [rest, error] = std::from_chars(match.data() + 1, end, version);
    if (error == std::errc() && rest == end) return version;
  }
  return absl::AbortedError(
      fmt::format("If-Match {} is not the version of this tenant: read it again", match));
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
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kCreateTenants));
    TENANTRY_ASSIGN_OR_RETURN(nlohmann::json body, ReadObject(request.body));
    Tenant tenant;
    TENANTRY_ASSIGN_OR_RETURN(const auto id, OptionalText(body, "tenantID"));
    if (id) {
      TENANTRY_ASSIGN_OR_RETURN(tenant.id, base::TenantId::Parse(*id));
      if (*id == kCountPath) {
        return base::InvalidArgument("tenantID '{}' can't be had: its path means how many", *id);
      }
    }
    body.erase("tenantID");
    if (!body.contains("name")) return base::InvalidArgument("name is missing");
    TENANTRY_RETURN_IF_ERROR(tenants::ReadTenantFields(body, tenant));
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
    TENANTRY_ASSIGN_OR_RETURN(const auto version, Version(request));
    const auto replace = [&](Tenant& tenant) {
      Tenant fresh;
      fresh.id = tenant.id;
      fresh.status = tenant.status;
      fresh.created = tenant.created;
      fresh.version = tenant.version;
      tenant = fresh;
      return tenants::ReadTenantFields(body, tenant);
    };
    return registry_.Update(id, version, replace, ActorOf(caller, request));
  }();
  return changed.ok() ? Show(200, *changed) : Problem(changed.status());
}

HttpResponse TenantsRole::UpdateTenant(const Request& request, const Caller& caller) {
  const auto changed = [&]() -> absl::StatusOr<Tenant> {
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::TenantId>(request, "tenantID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kChangeTenants, id));
    TENANTRY_ASSIGN_OR_RETURN(nlohmann::json body, ReadObject(request.body));
    TENANTRY_ASSIGN_OR_RETURN(const auto version, Version(request));
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
      return tenants::ReadTenantFields(body, tenant);
    };
    return registry_.Update(id, version, patch, ActorOf(caller, request));
  }();
  return changed.ok() ? Show(200, *changed) : Problem(changed.status());
}

HttpResponse TenantsRole::DeleteTenant(const Request& request, const Caller& caller) {
  const absl::Status deleted = [&]() -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::TenantId>(request, "tenantID"));
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kDeleteTenants, id));
    TENANTRY_ASSIGN_OR_RETURN(const auto version, Version(request));
    return registry_.Delete(id, version, ActorOf(caller, request));
  }();
  return deleted.ok() ? HttpResponse::NoContent() : Problem(deleted);
}

}  // namespace tenantry::roles
