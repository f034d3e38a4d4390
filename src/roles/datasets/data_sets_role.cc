#include "roles/datasets/data_sets_role.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "roles/datasets/answer_form.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"

namespace tenantry::roles {

using identity::Permission;
using lake::datasets::DataSet;
using net::HttpResponse;
using net::Problem;
using nlohmann::json;

namespace {

json Show(const DataSet& data_set) {
  json schema = json::array();
  for (const auto& column : data_set.schema) {
    schema.push_back({{"name", column.name}, {"type", column.type}});
  }
  return {{"dataSetID", data_set.id.value()},
          {"name", data_set.name},
          {"schema", std::move(schema)},
          {"rows", data_set.rows},
          {"bytes", data_set.bytes},
          {"version", data_set.version},
          {"created", ShowTime(data_set.created)},
          {"updated", ShowTime(data_set.updated)},
          {"createdBy", data_set.created_by},
          {"updatedBy", data_set.updated_by}};
}

}  // namespace

lake::datasets::DataSetChange ChangeOf(const identity::Caller& caller,
                                       const net::HttpRequest& request) {
  return {ActorOf(caller, request), caller.user, caller.session, {}};
}

// A member function as a handler.
#define TENANTRY_HANDLER(Method) \
  [this](const Request& request, const Caller& caller) { return Method(request, caller); }

std::vector<net::Route> DataSetsRole::Routes() {
  const std::string tenant = "/api/v1/tenants/{tenantID}";
  const std::string all = tenant + "/datasets", one = all + "/{dataSetID}";
  std::vector<net::Route> routes = {
      {"GET",
       all,
       "listDataSets",
       door_.Authenticated(TENANTRY_HANDLER(List)),
       {"limit", "cursor", "name"}},
      {"GET", one, "getDataSet", door_.Authenticated(TENANTRY_HANDLER(Get))},
      {"PATCH", one, "renameDataSet", TakingJson(door_.Authenticated(TENANTRY_HANDLER(Rename)))},
      {"DELETE", one, "deleteDataSet", door_.Authenticated(TENANTRY_HANDLER(Delete))},
      {"POST", tenant + "/query", "queryData",
       TakingJson(door_.Authenticated(TENANTRY_HANDLER(Query)))}};
  AddUploadRoutes(routes);
  return routes;
}

void DataSetsRole::AddUploadRoutes(std::vector<net::Route>& routes) {
  const std::string all = "/api/v1/tenants/{tenantID}/datasets";
  const std::string one = all + "/uploads/{uploadID}";
  routes.push_back({"POST", all, "beginUpload",
                    TakingJson(door_.Creating(Permission::kUseDataSets, TENANTRY_HANDLER(Begin)))});
  routes.push_back({"GET",
                    all + "/uploads",
                    "listUploads",
                    door_.Authenticated(TENANTRY_HANDLER(ListUploads)),
                    {"limit", "cursor"}});
  routes.push_back({"GET", one, "getUpload", door_.Authenticated(TENANTRY_HANDLER(GetUpload))});
  routes.push_back({"PUT",
                    one,
                    "putUploadPart",
                    door_.Authenticated(TENANTRY_HANDLER(Put)),
                    {"offset"},
                    {data_sets_.options().upload_part_bytes_max, "lake.upload_part_bytes_max"},
                    door_.Admitting(Permission::kUseDataSets)});
  routes.push_back({"POST", one + "/commit", "commitUpload",
                    TakingJson(door_.Authenticated(TENANTRY_HANDLER(Commit)))});
  routes.push_back({"DELETE", one, "deleteUpload", door_.Authenticated(TENANTRY_HANDLER(GiveUp))});
}

#undef TENANTRY_HANDLER

absl::StatusOr<base::TenantId> DataSetsRole::Tenant(const Request& request, const Caller& caller,
                                                    Permission permission) const {
  TENANTRY_ASSIGN_OR_RETURN(auto tenant, PathId<base::TenantId>(request, "tenantID"));
  TENANTRY_RETURN_IF_ERROR(identity::Authorize(caller, permission, tenant));
  if (caller.is_operator() && !knows_(tenant)) return identity::NoSuchTenant(tenant);
  return tenant;
}

HttpResponse DataSetsRole::List(const Request& request, const Caller& caller) {
  const auto tenant = Tenant(request, caller, Permission::kReadDataSets);
  if (!tenant.ok()) return Problem(tenant.status());
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  std::vector<std::pair<std::string, std::string>> items;
  if (const auto name = request.Query("name")) {
    const auto found = data_sets_.Find(*tenant, *name);
    if (!found.ok()) return Problem(found.status());
    if (*found && page->after.empty()) {
      items.emplace_back((*found)->id.value(), Show(**found).dump());
    }
    return PageResponse(request, *page, std::move(items));
  }
  const auto found = data_sets_.List(*tenant, page->after, page->limit + 1);
  if (!found.ok()) return Problem(found.status());
  for (const DataSet& data_set : *found) {
    items.emplace_back(data_set.id.value(), Show(data_set).dump());
  }
  return PageResponse(request, *page, std::move(items));
}

HttpResponse DataSetsRole::Get(const Request& request, const Caller& caller) {
  const auto found = [&]() -> absl::StatusOr<DataSet> {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant,
                              Tenant(request, caller, Permission::kReadDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::DataSetId>(request, "dataSetID"));
    return data_sets_.Get(tenant, id.value());
  }();
  return found.ok() ? HttpResponse::Json(200, Show(*found)) : Problem(found.status());
}

HttpResponse DataSetsRole::Rename(const Request& request, const Caller& caller) {
  const auto renamed = [&]() -> absl::StatusOr<DataSet> {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::DataSetId>(request, "dataSetID"));
    TENANTRY_ASSIGN_OR_RETURN(const json body, ReadObject(request.body));
    TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"name"}));
    TENANTRY_ASSIGN_OR_RETURN(const std::string name, RequiredText(body, "name"));
    return data_sets_.Rename(tenant, id.value(), name, ChangeOf(caller, request));
  }();
  return renamed.ok() ? HttpResponse::Json(200, Show(*renamed)) : Problem(renamed.status());
}

HttpResponse DataSetsRole::Delete(const Request& request, const Caller& caller) {
  const absl::Status deleted = [&]() -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::DataSetId>(request, "dataSetID"));
    return data_sets_.Delete(tenant, id.value(), ChangeOf(caller, request));
  }();
  return deleted.ok() ? HttpResponse::NoContent() : Problem(deleted);
}

HttpResponse DataSetsRole::Query(const Request& request, const Caller& caller) {
  std::string answer;
  const auto form = [&]() -> absl::StatusOr<AnswerForm> {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const json body, ReadObject(request.body));
    TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"sql", "format"}));
    TENANTRY_ASSIGN_OR_RETURN(const std::string sql, RequiredText(body, "sql"));
    TENANTRY_ASSIGN_OR_RETURN(const auto format, OptionalText(body, "format"));
    TENANTRY_ASSIGN_OR_RETURN(const AnswerForm asked,
                              AnswerFormOf(format, request.Header("Accept")));
    TENANTRY_RETURN_IF_ERROR(
        data_sets_.Query(tenant, sql, asked.format, {}, [&](std::string_view bytes) {
          answer.append(bytes);
          return absl::OkStatus();
        }));
    return asked;
  }();
  if (!form.ok()) return Problem(form.status());
  return HttpResponse::Text(200, std::move(answer), form->content_type);
}

}  // namespace tenantry::roles
