#include "roles/scoring/scoring_role.h"

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "net/percent.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"
#include "runtime/logging.h"
#include "scoring/assess_request.h"
#include "scoring/model_file.h"

namespace tenantry::roles {

using identity::Authorize;
using identity::Caller;
using identity::Permission;
using net::HttpRequest;
using net::HttpResponse;
using net::Problem;
using nlohmann::json;
using scoring::registry::RegisteredModel;

namespace {

json Show(const RegisteredModel& registered) {
  json shown = scoring::DescribeModel(registered.model);
  shown["status"] = scoring::registry::StatusName(registered.status);
  return shown;
}

json ShowReasons(const std::vector<scoring::ScoreReason>& reasons) {
  json shown = json::array();
  for (const auto& reason : reasons) {
    shown.push_back(
        {{"feature", reason.feature}, {"value", reason.value}, {"effect", reason.effect}});
  }
  return shown;
}

}  // namespace

std::vector<net::Route> ScoringRole::Routes() {
  const auto method =
      [this](HttpResponse (ScoringRole::*member)(const HttpRequest&, const Caller&)) {
        return [this, member](const HttpRequest& request, const Caller& caller) {
          return (this->*member)(request, caller);
        };
      };
  const std::string all = "/api/v1/models", one = all + "/{modelName}";
  return {
      {"GET",
       all,
       "listModels",
       door_.Authenticated(method(&ScoringRole::ListModels)),
       {"limit", "cursor"}},
      {"POST", all, "addModel",
       TakingJson(door_.Creating(Permission::kManageModels, method(&ScoringRole::AddModel)))},
      {"GET", one, "getModel", door_.Authenticated(method(&ScoringRole::GetModel))},
      {"POST", one + "/promote", "promoteModel",
       door_.Authenticated(method(&ScoringRole::Promote))},
      {"POST", all + "/rollback", "rollBackModel",
       door_.Authenticated(method(&ScoringRole::RollBack))},
      {"POST", "/assessChurn", "assessChurn",
       TakingJson(door_.Authenticated(method(&ScoringRole::Assess)))},
  };
}

absl::Status ScoringRole::UseActiveModel() {
  absl::MutexLock lock(&switching_);
  auto active = registry_.Active();
  if (!active.ok()) {
    scorer_.Fail(active.status());
    return active.status();
  }
  if (active->has_value()) {
    scorer_.Use(**std::move(active));
  } else {
    scorer_.Clear();
  }
  return absl::OkStatus();
}

void ScoringRole::RetryModel() {
  if (!scorer_.Ready().ok() && UseActiveModel().ok()) changed_();
}

HttpResponse ScoringRole::ListModels(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kReadModels); !allowed.ok()) {
    return Problem(allowed);
  }
  const auto page = ReadPage(request, "");
  if (!page.ok()) return Problem(page.status());
  const auto models = registry_.List();
  if (!models.ok()) return Problem(models.status());
  for (const std::string& problem : models->problems) {
    runtime::Log(runtime::LogLevel::kWarning, "roles", "a model is not listed: {}", problem);
  }
  std::vector<std::pair<std::string, std::string>> items;
  bool reached = page->after.empty();
  for (const RegisteredModel& model : models->models) {
    const std::string& name = model.model.name;
    if (reached && static_cast<int64_t>(items.size()) <= page->limit) {
      items.emplace_back(name, Show(model).dump());
    }
    reached = reached || name == page->after;
  }
  return PageResponse(request, *page, std::move(items));
}

HttpResponse ScoringRole::AddModel(const HttpRequest& request, const Caller& caller) {
  const auto added =
      Audited(request, caller, "model.add", [&] { return registry_.Add(request.body); });
  if (!added.ok()) return Problem(added.status());
  RetryModel();  // one that was lost or damaged is whole again
  HttpResponse response = HttpResponse::Json(201, Show(*added));
  response.headers.emplace("Location", "/api/v1/models/" + net::PercentEncode(added->model.name));
  return response;
}

HttpResponse ScoringRole::GetModel(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kReadModels); !allowed.ok()) {
    return Problem(allowed);
  }
  const auto model = registry_.Get(request.Param("modelName"));
  return model.ok() ? HttpResponse::Json(200, Show(*model)) : Problem(model.status());
}

// Changes the registry and writes the audit line, if anything changed. The line commits right after
// the change, which is a file put in place; without a store that takes lines nothing is changed.
absl::StatusOr<RegisteredModel> ScoringRole::Audited(
    const HttpRequest& request, const Caller& caller, const char* action,
    absl::FunctionRef<absl::StatusOr<RegisteredModel>()> change) {
  const auto active = [](const std::string& name) {
    return json({{"active", name.empty() ? json() : json(name)}}).dump();
  };
  absl::StatusOr<RegisteredModel> model;
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](metastore::Transaction& transaction) -> absl::Status {
    const std::string before = registry_.ActiveName();
    model = change();
    if (!model.ok() || !model->changed) return model.status();
    return metastore::WriteAudit(
        transaction, {absl::ToUnixMicros(clock_.Now()), ActorOf(caller, request), "", action,
                      model->model.name, active(before), active(registry_.ActiveName())});
  }));
  return model;
}

// After another model has become the active one: it scores, and everybody is scored anew.
HttpResponse ScoringRole::Switched(const absl::StatusOr<RegisteredModel>& model) {
  if (!model.ok()) return Problem(model.status());
  if (const absl::Status used = UseActiveModel(); !used.ok()) return Problem(used);
  changed_();
  return HttpResponse::Json(200, Show(*model));
}

HttpResponse ScoringRole::Promote(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kManageModels); !allowed.ok()) {
    return Problem(allowed);
  }
  return Switched(Audited(request, caller, "model.promote",
                          [&] { return registry_.Promote(request.Param("modelName")); }));
}

HttpResponse ScoringRole::RollBack(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kManageModels); !allowed.ok()) {
    return Problem(allowed);
  }
  return Switched(Audited(request, caller, "model.rollback", [&] { return registry_.Rollback(); }));
}

HttpResponse ScoringRole::Assess(const HttpRequest& request, const Caller& caller) {
  if (const auto allowed = Authorize(caller, Permission::kAssess); !allowed.ok()) {
    return Problem(allowed);
  }
  const auto asked = scoring::ParseAssessRequest(request.body);
  if (!asked.ok()) return Problem(asked.status());
  json answer = {{"churn", nullptr},
                 {"score", nullptr},
                 {"status", "unknown"},
                 {"model", nullptr},
                 {"reasons", json::array()}};
  if (asked->company) answer["companyID"] = asked->company->value();
  if (const auto model = scorer_.Current()) {
    const scoring::Score score = scoring::embedded::ScoreRow(*model, asked->row);
    answer["churn"] = score.positive;
    answer["score"] = score.probability;
    answer["status"] = "fresh";
    answer["model"] = model->name;
    answer["reasons"] = ShowReasons(score.reasons);
  }
  return HttpResponse::Json(200, answer);
}

}  // namespace tenantry::roles
