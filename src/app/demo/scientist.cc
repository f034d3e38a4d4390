#include "app/demo/scientist.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/status.h"
#include "net/percent.h"
#include "runtime/disk/files.h"

namespace tenantry::app::demo {

using console::Json;
using console::TextOf;

namespace {

constexpr absl::Duration kJobPatience = absl::Minutes(1);
constexpr absl::Duration kFirstLook = absl::Milliseconds(20);
constexpr absl::Duration kLongestLook = absl::Milliseconds(200);
constexpr char kPasswordFile[] = "password";
constexpr char kSpecFile[] = "job.toml";

absl::StatusOr<Json> Read(absl::StatusOr<std::string> printed) {
  if (!printed.ok()) return printed.status();
  Json json = Json::parse(*printed, nullptr, false);
  if (json.is_discarded()) return base::Internal("a command printed no JSON: {}", *printed);
  return json;
}

// The first value of an answer's first row, which is what a question was asked for.
std::string FirstValue(const Json& answer) {
  const Json columns = answer.value("columns", Json::array());
  const Json rows = answer.value("rows", Json::array());
  if (columns.empty() || rows.empty()) return "";
  return TextOf(rows[0], TextOf(columns[0], "name"));
}

}  // namespace

Scientist::Scientist(const console::Terminal& terminal, const std::string& url, std::string home,
                     const simulator::science::ScientistPlan& plan, std::string password,
                     std::function<bool()> stopped)
    : terminal_(terminal),
      assignment_(*plan.assignment),
      stopped_(std::move(stopped)),
      person_(terminal, url, std::move(home)) {
  record_.tenant = plan.tenant.value();
  record_.user = assignment_.user;
  record_.password = std::move(password);
}

absl::Status Scientist::Join(LifePlayer& admin) {
  const Json user = {
      {"userID", record_.user}, {"role", "scientist"}, {"password", record_.password}};
  TENANTRY_RETURN_IF_ERROR(person_.Write(kPasswordFile, record_.password + "\n").status());
  return admin
      .Call("POST", "/api/v1/tenants/" + net::PercentEncode(record_.tenant) + "/users", user.dump())
      .status();
}

absl::Status Scientist::Work(const Visit& visit) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string password,
                            person_.Write(kPasswordFile, record_.password + "\n"));
  TENANTRY_RETURN_IF_ERROR(
      person_.Do({"login", record_.user, "--tenant", record_.tenant, "--password-file", password})
          .status());
  TENANTRY_RETURN_IF_ERROR(PutData(visit));
  if (visit.slips) TENANTRY_RETURN_IF_ERROR(RunMisspelt());
  TENANTRY_RETURN_IF_ERROR(RunRight());
  if (visit.asks) TENANTRY_RETURN_IF_ERROR(AskResult());
  return person_.Do({"logout"}).status();
}

absl::Status Scientist::PutData(const Visit& visit) {
  TENANTRY_ASSIGN_OR_RETURN(
      const std::string path,
      person_.Write(
          std::string(assignment_.file),
          simulator::science::SampleFile(
              assignment_.kind, {.seed = visit.seed, .rows = visit.rows, .end = visit.end})));
  TENANTRY_ASSIGN_OR_RETURN(const Json data_set, Read(person_.Do({"data", "put", path, "--json"})));
  const auto rows = static_cast<int64_t>(console::NumberOf(data_set, "rows"));
  if (rows != visit.rows || TextOf(data_set, "name") != assignment_.data_set) {
    return base::Internal("the data set {} of {} holds {} rows of the {} that were put",
                          TextOf(data_set, "name"), record_.tenant, rows, visit.rows);
  }
  ++record_.files;
  record_.rows += rows;
  return absl::OkStatus();
}

// The job as it is once it has ended.
absl::StatusOr<Json> Scientist::RunJob(const std::string& spec) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string path, person_.Write(kSpecFile, spec));
  TENANTRY_ASSIGN_OR_RETURN(const std::string printed, person_.Do({"jobs", "submit", path}));
  const std::string id(runtime::WithoutLineEnd(printed));
  const absl::Time deadline = terminal_.clock.Now() + kJobPatience;
  for (absl::Duration wait = kFirstLook;; wait = std::min(wait * 2, kLongestLook)) {
    TENANTRY_ASSIGN_OR_RETURN(Json job, Read(person_.Do({"jobs", "show", id, "--json"})));
    const std::string status = TextOf(job, "status");
    if (status != "queued" && status != "running") return job;
    if (stopped_()) return absl::CancelledError("the story was stopped during a job");
    if (terminal_.clock.Now() >= deadline) {
      return absl::DeadlineExceededError(fmt::format("the job {} of {} is still {} after {}", id,
                                                     record_.tenant, status,
                                                     absl::FormatDuration(kJobPatience)));
    }
    terminal_.sleep(wait);
  }
}

absl::Status Scientist::RunMisspelt() {
  TENANTRY_ASSIGN_OR_RETURN(const Json job, RunJob(simulator::science::MisspeltSpec(assignment_)));
  if (TextOf(job, "status") != "failed") {
    return base::Internal("the job {} names a column that is not there, and has {}",
                          TextOf(job, "jobID"), TextOf(job, "status"));
  }
  record_.failed_job = TextOf(job, "jobID");
  record_.failure = TextOf(job, "error");
  return absl::OkStatus();
}

absl::Status Scientist::RunRight() {
  TENANTRY_ASSIGN_OR_RETURN(const Json job, RunJob(std::string(assignment_.spec)));
  if (TextOf(job, "status") != "succeeded") {
    return base::Internal("the job {} of {} has {}: {}", TextOf(job, "jobID"), record_.tenant,
                          TextOf(job, "status"), TextOf(job, "error"));
  }
  ++record_.jobs_succeeded;
  return absl::OkStatus();
}

absl::Status Scientist::AskResult() {
  const std::string question(assignment_.question);
  TENANTRY_ASSIGN_OR_RETURN(const Json answer,
                            Read(person_.Do({"data", "query", question, "--json"})));
  record_.finding = fmt::format("{}: {}", assignment_.finding, FirstValue(answer));
  TENANTRY_ASSIGN_OR_RETURN(record_.table, person_.Do({"data", "query", question}));
  return absl::OkStatus();
}

}  // namespace tenantry::app::demo
