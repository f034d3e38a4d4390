#include "roles/jobs/jobs_role.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>
#include <utility>

#include "jobs/life/transitions.h"
#include "net/percent.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"

namespace tenantry::roles {

using identity::Authorize;
using identity::Permission;
using jobs::Job;
using net::HttpResponse;
using net::Problem;
using nlohmann::json;

namespace {

constexpr int64_t kLogLimit = 1000;

// The media type of a body, without its parameters; nullopt for one that no specification has.
std::optional<jobs::SpecFormat> FormatOf(const net::HttpRequest& request) {
  std::string_view type = request.Header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type.empty() || net::SameWord(type, "application/json")) return jobs::SpecFormat::kJson;
  if (net::SameWord(type, "application/toml")) return jobs::SpecFormat::kToml;
  return std::nullopt;
}

HttpResponse WrongType() {
  return Problem(415, "Unsupported Media Type",
                 "send a specification as application/json or application/toml");
}

// Whose job it is to be: the tenant named in the specification or as `tenant` in the query, or else
// the caller's, which it has to be.
absl::StatusOr<base::TenantId> TenantOf(const net::HttpRequest& request,
                                        const identity::Caller& caller,
                                        const std::string& in_spec) {
  const std::string in_query = request.Query("tenant").value_or("");
  if (!in_query.empty() && !in_spec.empty() && in_query != in_spec) {
    return base::InvalidArgument("tenantID and the query's tenant differ: give one of them");
  }
  const std::string& named = in_query.empty() ? in_spec : in_query;
  if (named.empty() && caller.tenant) return *caller.tenant;
  TENANTRY_ASSIGN_OR_RETURN(auto tenant, base::TenantId::Parse(named));
  TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kUseDataSets, tenant));
  return tenant;
}

absl::StatusOr<int64_t> NumberOf(const net::HttpRequest& request, const char* name, int64_t lowest,
                                 int64_t highest, int64_t otherwise) {
  const auto text = request.Query(name);
  if (!text) return otherwise;
  int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc() && rest == end && number >= lowest && number <= highest) return number;
  return base::InvalidArgument("{} '{}' is no number from {} to {}", name, text->substr(0, 64),
                               lowest, highest);
}

json ShowDryStep(const jobs::StepSpec& spec, const jobs::DryStep& step) {
  json columns = json::array();
  for (const auto& column : step.check.columns) {
    columns.push_back({{"name", column.name}, {"type", column.type}});
  }
  return {{"name", spec.name},
          {"kind", jobs::KindName(spec.kind)},
          {"after", spec.after},
          {"dataSets", step.data_sets},
          {"columns", std::move(columns)}};
}

// The faults of a specification as a dry run tells them: one line each.
json ProblemsOf(const absl::Status& status) {
  json problems = json::array();
  std::istringstream lines{std::string(base::Message(status))};
  for (std::string line; std::getline(lines, line);) problems.push_back({{"detail", line}});
  return problems;
}

}  // namespace

// A member function as a handler.
#define TENANTRY_HANDLER(Method) \
  [this](const Request& request, const Caller& caller) { return Method(request, caller); }

std::vector<net::Route> JobsRole::Routes() {
  const std::string all = "/api/v1/jobs", one = all + "/{jobID}";
  std::vector<net::Route> routes;
  const auto add = [&](const char* method, const std::string& pattern, const char* operation,
                       AuthenticatedHandler handler, std::vector<std::string> query = {}) {
    routes.push_back(
        {method, pattern, operation, door_.Authenticated(std::move(handler)), std::move(query)});
  };
  add("GET", all, "listJobs", TENANTRY_HANDLER(ListJobs),
      {"limit", "cursor", "status", "tenant", "user"});
  add("GET", one, "getJob", TENANTRY_HANDLER(GetJob));
  add("GET", one + "/logs", "getJobLog", TENANTRY_HANDLER(GetLog), {"after", "limit"});
  add("GET", one + "/why", "explainJob", TENANTRY_HANDLER(ExplainJob));
  add("POST", one + "/cancel", "cancelJob", TENANTRY_HANDLER(CancelJob));
  add("POST", one + "/resume", "resumeJob", TENANTRY_HANDLER(ResumeJob));
  add("POST", all + "/dry-run", "dryRunJob", TENANTRY_HANDLER(DryRun), {"tenant"});
  routes.push_back({"POST",
                    all,
                    "submitJob",
                    door_.Creating(Permission::kUseDataSets, TENANTRY_HANDLER(SubmitJob)),
                    {"tenant"}});
  return routes;
}

#undef TENANTRY_HANDLER

absl::StatusOr<Job> JobsRole::FindJob(const Request& request, const Caller& caller,
                                      Permission permission) {
  TENANTRY_RETURN_IF_ERROR(Authorize(caller, permission));
  TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<base::JobId>(request, "jobID"));
  TENANTRY_ASSIGN_OR_RETURN(Job job, jobs_.Get(id));
  if (caller.tenant && job.tenant != *caller.tenant) return jobs::NoSuchJob(id);
  return job;
}

HttpResponse JobsRole::ListJobs(const Request& request, const Caller& caller) {
  const auto filter = [&]() -> absl::StatusOr<jobs::JobFilter> {
    TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadJobs));
    jobs::JobFilter wanted;
    wanted.tenant = caller.tenant;
    if (const auto tenant = request.Query("tenant")) {
      TENANTRY_ASSIGN_OR_RETURN(wanted.tenant, base::TenantId::Parse(*tenant));
      TENANTRY_RETURN_IF_ERROR(Authorize(caller, Permission::kReadJobs, wanted.tenant));
    }
    if (const auto status = request.Query("status")) {
      TENANTRY_ASSIGN_OR_RETURN(wanted.status, jobs::ParseStatus(*status));
    }
    if (const auto user = request.Query("user")) {
      TENANTRY_ASSIGN_OR_RETURN(wanted.user, base::UserId::Parse(*user));
    }
    return wanted;
  }();
  if (!filter.ok()) return Problem(filter.status());
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  const auto found = jobs_.List(*filter, base::JobId(page->after), page->limit + 1);
  if (!found.ok()) return Problem(found.status());
  std::vector<std::pair<std::string, std::string>> items;
  for (const Job& job : *found) {
    items.emplace_back(
        job.id.value(),
        jobs::ToJson(job, /*with_sql=*/false).dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return PageResponse(request, *page, std::move(items));
}

HttpResponse JobsRole::SubmitJob(const Request& request, const Caller& caller) {
  const auto format = FormatOf(request);
  if (!format) return WrongType();
  const auto made = [&]() -> absl::StatusOr<Job> {
    TENANTRY_ASSIGN_OR_RETURN(auto spec, jobs_.Parse(request.body, *format));
    jobs::Submitter submitter;
    TENANTRY_ASSIGN_OR_RETURN(submitter.tenant, TenantOf(request, caller, spec.tenant));
    submitter.actor = ActorOf(caller, request);
    submitter.user = caller.user;
    submitter.session = caller.session;
    return jobs_.Submit(submitter, std::move(spec));
  }();
  if (!made.ok()) return Problem(made.status());
  HttpResponse response = HttpResponse::Json(201, jobs::ToJson(*made, /*with_sql=*/true));
  response.headers.emplace("Location", "/api/v1/jobs/" + net::PercentEncode(made->id.value()));
  return response;
}

HttpResponse JobsRole::GetJob(const Request& request, const Caller& caller) {
  const auto job = FindJob(request, caller, Permission::kReadJobs);
  if (!job.ok()) return Problem(job.status());
  return HttpResponse::Json(200, jobs::ToJson(*job, /*with_sql=*/true));
}

HttpResponse JobsRole::GetLog(const Request& request, const Caller& caller) {
  const auto answer = [&]() -> absl::StatusOr<json> {
    TENANTRY_ASSIGN_OR_RETURN(const Job job, FindJob(request, caller, Permission::kReadJobs));
    constexpr int64_t kAnyNumber = std::numeric_limits<int64_t>::max();
    TENANTRY_ASSIGN_OR_RETURN(const int64_t after, NumberOf(request, "after", 0, kAnyNumber, 0));
    TENANTRY_ASSIGN_OR_RETURN(const int64_t limit,
                              NumberOf(request, "limit", 1, kLogLimit, kLogLimit));
    TENANTRY_ASSIGN_OR_RETURN(const auto lines, jobs_.Log(job.id, after, limit));
    json items = json::array();
    for (const jobs::LogLine& line : lines) {
      items.push_back({{"number", line.number},
                       {"time", ShowTime(line.at)},
                       {"step", line.step.empty() ? json() : json(line.step)},
                       {"text", line.text}});
    }
    // The job was looked at first: what it wrote before its end is in these lines, or in those that
    // the limit left out.
    const bool all = static_cast<int64_t>(lines.size()) < limit;
    return json({{"items", std::move(items)},
                 {"last", lines.empty() ? after : lines.back().number},
                 {"ended", all && jobs::IsEnd(job.status)}});
  }();
  return answer.ok() ? HttpResponse::Json(200, *answer) : Problem(answer.status());
}

HttpResponse JobsRole::CancelJob(const Request& request, const Caller& caller) {
  const auto job = [&]() -> absl::StatusOr<Job> {
    TENANTRY_ASSIGN_OR_RETURN(const Job found, FindJob(request, caller, Permission::kManageJobs));
    return jobs_.Cancel(found.id, ActorOf(caller, request));
  }();
  if (!job.ok()) return Problem(job.status());
  return HttpResponse::Json(200, jobs::ToJson(*job, /*with_sql=*/true));
}

HttpResponse JobsRole::ResumeJob(const Request& request, const Caller& caller) {
  const auto job = [&]() -> absl::StatusOr<Job> {
    TENANTRY_ASSIGN_OR_RETURN(const Job found, FindJob(request, caller, Permission::kManageJobs));
    return jobs_.Resume(found.id, ActorOf(caller, request));
  }();
  if (!job.ok()) return Problem(job.status());
  return HttpResponse::Json(200, jobs::ToJson(*job, /*with_sql=*/true));
}

HttpResponse JobsRole::ExplainJob(const Request& request, const Caller& caller) {
  const auto answer = [&]() -> absl::StatusOr<json> {
    TENANTRY_ASSIGN_OR_RETURN(const Job job, FindJob(request, caller, Permission::kReadJobs));
    TENANTRY_ASSIGN_OR_RETURN(const jobs::JobReason why, jobs_.Why(job));
    json shown = {{"jobID", job.id.value()},
                  {"status", jobs::StatusName(job.status)},
                  {"why", why.text},
                  {"ahead", why.ahead},
                  {"expectedStart", nullptr}};
    if (why.expected_start) shown["expectedStart"] = ShowTime(*why.expected_start);
    return shown;
  }();
  return answer.ok() ? HttpResponse::Json(200, *answer) : Problem(answer.status());
}

HttpResponse JobsRole::DryRun(const Request& request, const Caller& caller) {
  const auto format = FormatOf(request);
  if (!format) return WrongType();
  absl::Status allowed = Authorize(caller, Permission::kUseDataSets);
  if (!allowed.ok()) return Problem(allowed);
  const auto spec = jobs_.Parse(request.body, *format);
  const auto tenant = TenantOf(request, caller, spec.ok() ? spec->tenant : "");
  if (!spec.ok()) {
    return HttpResponse::Json(
        200, {{"valid", false}, {"problems", ProblemsOf(spec.status())}, {"steps", json::array()}});
  }
  if (!tenant.ok()) return Problem(tenant.status());
  const auto dry = jobs_.DryRun(*tenant, *spec);
  if (!dry.ok()) return Problem(dry.status());
  json problems = json::array(), steps = json::array();
  for (size_t i = 0; i < dry->size(); ++i) {
    const std::string& name = spec->steps[i].name;
    const std::string& problem = (*dry)[i].check.problem;
    steps.push_back(ShowDryStep(spec->steps[i], (*dry)[i]));
    if (!problem.empty()) problems.push_back({{"step", name}, {"detail", problem}});
  }
  return HttpResponse::Json(200, {{"valid", problems.empty()},
                                  {"problems", std::move(problems)},
                                  {"steps", std::move(steps)}});
}

}  // namespace tenantry::roles
