#include "roles/jobs/jobs_role.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/store/sql/sql_job_store.h"
#include "roles/http/door_test_env.h"

namespace tenantry::roles {
namespace {

using identity::Role;
using nlohmann::json;
using testing::HasSubstr;

// No data sets, and steps that only a check looks at: nothing runs here.
class NoData final : public jobs::StepData {
 public:
  absl::StatusOr<std::vector<jobs::StagedTable>> Stage(const base::TenantId&,
                                                       const lake::datasets::SelectStatement&,
                                                       const std::vector<std::string>&,
                                                       const std::string&) override {
    return std::vector<jobs::StagedTable>();
  }
  absl::StatusOr<std::vector<jobs::TableSchema>> Describe(
      const base::TenantId& tenant, const jobs::StepSpec&, const std::vector<std::string>&,
      const std::vector<jobs::MadeDataSet>&) override {
    described.push_back(tenant.value());
    return std::vector<jobs::TableSchema>();
  }
  absl::StatusOr<std::optional<jobs::Publication>> Recover(const jobs::Job&, size_t,
                                                           const std::string&) override {
    return std::nullopt;
  }
  absl::StatusOr<int64_t> Publish(const jobs::Job&, size_t, const std::string&) override {
    return 1;
  }

  std::vector<std::string> described;
};

class NoRunner final : public jobs::StepRunner {
 public:
  absl::StatusOr<std::string> Run(const jobs::StepTask&, jobs::StepInputs, jobs::JobUse&) override {
    return absl::InternalError("nothing runs here");
  }
  absl::StatusOr<std::vector<jobs::StepCheck>> Check(
      const jobs::JobSpec& spec,
      const std::vector<std::optional<std::vector<jobs::TableSchema>>>&) override {
    std::vector<jobs::StepCheck> checks(spec.steps.size());
    checks.front().problem = "no such column";
    return checks;
  }
};

constexpr char kSpec[] =
    R"({"name": "n", "steps": [{"name": "a", "kind": "load", "sql": "SELECT 1"}]})";

class JobsRoleTest : public testing::Test {
 protected:
  net::HttpResponse Ask(const std::string& operation, const std::string& token,
                        const std::string& body = "", const std::string& job = "",
                        std::multimap<std::string, std::string> query = {},
                        const std::string& type = "") {
    for (const net::Route& route : role_.Routes()) {
      if (route.operation != operation) continue;
      net::HttpRequest request = DoorTestEnv::Request(route.method, route.pattern, token, body);
      request.path_params["jobID"] = job;
      request.query = std::move(query);
      if (!type.empty()) request.headers.emplace("Content-Type", type);
      return route.handler(request);
    }
    ADD_FAILURE() << "no operation " << operation;
    return {};
  }

  std::string Submit(const std::string& token) {
    const auto made = Ask("submitJob", token, kSpec);
    EXPECT_EQ(made.status, 201) << made.body;
    return json::parse(made.body).at("jobID");
  }

  DoorTestEnv env_;
  base::SeededRandom random_{7};
  runtime::Metrics metrics_;
  jobs::JobOptions options_;
  jobs::SqlJobStore store_{env_.store(), env_.clock(), random_, options_};
  NoData data_;
  NoRunner runner_;
  int woken_ = 0;
  jobs::Jobs jobs_{store_,  data_,    runner_,  env_.clock(),
                   random_, options_, metrics_, [this] { ++woken_; }};
  JobsRole role_{jobs_, env_.door()};
  const std::string ann_ = env_.Token(Role::kScientist, "acme");
  const std::string bob_ = env_.Token(Role::kTenantAdmin, "beta");
  const std::string admin_ = env_.Token(Role::kOperatorAdmin);
};

TEST_F(JobsRoleTest, TakesASpecificationInBothFormsAndWakesTheRunner) {
  Submit(ann_);
  const auto toml =
      Ask("submitJob", ann_,
          "name = \"n\"\n[[steps]]\nname = \"a\"\nkind = \"load\"\nsql = \"SELECT 1\"", "", {},
          "application/toml; charset=utf-8");
  EXPECT_EQ(toml.status, 201) << toml.body;
  EXPECT_EQ(woken_, 2);
  EXPECT_EQ(Ask("submitJob", ann_, kSpec, "", {}, "text/csv").status, 415);
  const auto wrong = Ask("submitJob", ann_, "{");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("line 1"));
}

TEST_F(JobsRoleTest, ShowsAndChangesJobsOfTheCallersTenantAlone) {
  const std::string id = Submit(ann_);
  const std::string same = env_.Token(Role::kTenantAdmin, "acme");
  EXPECT_EQ(Ask("getJob", same, "", id).status, 200);
  EXPECT_EQ(Ask("getJob", admin_, "", id).status, 200);
  for (const char* operation : {"getJob", "getJobLog", "explainJob", "cancelJob", "resumeJob"}) {
    const auto theirs = Ask(operation, bob_, "", id);
    const auto absent = Ask(operation, bob_, "", "nobody");
    EXPECT_EQ(theirs.status, 404) << operation;
    EXPECT_THAT(theirs.body, HasSubstr("there is no job"));
    EXPECT_EQ(absent.status, 404) << operation;
    EXPECT_EQ(Ask(operation, "", "", id).status, 401) << operation;
  }
  EXPECT_EQ(json::parse(Ask("listJobs", bob_).body).at("items").size(), 0u);
  EXPECT_EQ(json::parse(Ask("listJobs", admin_).body).at("items").size(), 1u);
  EXPECT_EQ(Ask("listJobs", bob_, "", "", {{"tenant", "acme"}}).status, 404);
  EXPECT_EQ(Ask("listJobs", bob_, "", "", {{"status", "done"}}).status, 400);
}

TEST_F(JobsRoleTest, TakesSqlOverATenantsDataFromItsOwnPeopleAlone) {
  EXPECT_EQ(Ask("submitJob", bob_, kSpec, "", {{"tenant", "acme"}}).status, 404);
  EXPECT_EQ(Ask("submitJob", bob_, kSpec, "", {{"tenant", "beta"}}).status, 201);
  const std::string id = Submit(ann_);
  for (const Role role : {Role::kOperatorAdmin, Role::kAnalyst, Role::kSre}) {
    const std::string token = env_.Token(role);
    for (const char* operation : {"submitJob", "dryRunJob"}) {
      const auto refused = Ask(operation, token, kSpec, "", {{"tenant", "acme"}});
      EXPECT_EQ(refused.status, 403) << refused.body;
      EXPECT_THAT(refused.body, HasSubstr("may not see or change the data of a tenant"));
      EXPECT_EQ(Ask(operation, token, kSpec).status, 403);
    }
    EXPECT_EQ(Ask("listJobs", token).status, 200);
    EXPECT_EQ(Ask("cancelJob", token, "", "nobody").status, role == Role::kAnalyst ? 403 : 404);
  }
  EXPECT_THAT(data_.described, testing::IsEmpty());
  EXPECT_EQ(Ask("cancelJob", env_.Token(Role::kSre), "", id).status, 200);
  EXPECT_EQ(Ask("resumeJob", env_.Token(Role::kSre), "", id).status, 200);
}

TEST_F(JobsRoleTest, CancelsResumesAndTellsTheLog) {
  const std::string id = Submit(ann_);
  const json why = json::parse(Ask("explainJob", ann_, "", id).body);
  EXPECT_EQ(why.at("status"), "queued");
  EXPECT_EQ(Ask("resumeJob", ann_, "", id).status, 409);
  EXPECT_EQ(json::parse(Ask("cancelJob", ann_, "", id).body).at("status"), "cancelled");
  EXPECT_EQ(Ask("cancelJob", ann_, "", id).status, 409);
  const json log = json::parse(Ask("getJobLog", ann_, "", id, {{"after", "1"}}).body);
  EXPECT_EQ(log.at("last"), 2);
  EXPECT_EQ(log.at("ended"), true);
  EXPECT_EQ(log.at("items").at(0).at("text"), "is to be cancelled");
  EXPECT_EQ(json::parse(Ask("getJobLog", ann_, "", id, {{"limit", "1"}}).body).at("ended"), false);
  EXPECT_EQ(Ask("getJobLog", ann_, "", id, {{"after", "-1"}}).status, 400);
  EXPECT_EQ(json::parse(Ask("resumeJob", ann_, "", id).body).at("status"), "queued");
}

TEST_F(JobsRoleTest, DryRunsForTheTenantAndTellsProblems) {
  const json dry = json::parse(Ask("dryRunJob", ann_, kSpec).body);
  EXPECT_EQ(dry.at("valid"), false);
  EXPECT_EQ(dry.at("problems"), json::parse(R"([{"step": "a", "detail": "no such column"}])"));
  EXPECT_THAT(data_.described, testing::ElementsAre("acme"));
  const json wrong = json::parse(Ask("dryRunJob", ann_, R"({"name": "n"})").body);
  EXPECT_EQ(wrong.at("valid"), false);
  EXPECT_THAT(wrong.at("problems").at(0).at("detail"), HasSubstr("there are no steps"));
  EXPECT_EQ(Ask("dryRunJob", bob_, kSpec, "", {{"tenant", "acme"}}).status, 404);
}

}  // namespace
}  // namespace tenantry::roles
