#include "roles/system/system_role.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace tenantry::roles {
namespace {

using net::HttpResponse;
using nlohmann::json;

// A service that is as ready as a test says.
class Part final : public runtime::Service {
 public:
  explicit Part(std::string name) : name_(std::move(name)) {}

  std::string_view name() const override { return name_; }
  absl::Status Start() override { return absl::OkStatus(); }
  void Stop() override {}
  absl::Status Ready() const override { return status_; }
  void Be(absl::Status status) { status_ = std::move(status); }

 private:
  const std::string name_;
  absl::Status status_;
};

class SystemRoleTest : public testing::Test {
 protected:
  SystemRoleTest() {
    services_.Add(log_);
    services_.Add(analytics_);
    EXPECT_TRUE(services_.Start().ok());
  }

  // Anybody's answer: no credential is sent.
  HttpResponse Get(const std::string& path) {
    for (const net::Route& route : role_.Routes()) {
      if (route.pattern != path) continue;
      EXPECT_EQ(route.method, "GET");
      net::HttpRequest request;
      request.method = route.method;
      request.path = path;
      return route.handler(request);
    }
    ADD_FAILURE() << "nothing at " << path;
    return {};
  }

  Part log_{"eventlog"}, analytics_{"analytics"};
  runtime::ServiceGroup services_;
  runtime::Metrics metrics_;
  runtime::Counter& counter_ = metrics_.AddCounter("tenantry_test_total", "For the test");
  absl::Status scorer_;
  SystemRole role_{services_, {{"scorer", [this] { return scorer_; }}}, metrics_, "1.2.3", [this] {
                     counter_.Increment();
                   }};
};

TEST_F(SystemRoleTest, LivesWhateverIsDown) {
  log_.Be(absl::UnavailableError("planted"));
  const HttpResponse response = Get("/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status":"ok"})");
}

TEST_F(SystemRoleTest, IsReadyWhenEveryPartIs) {
  const HttpResponse response = Get("/readyz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body),
            json({{"status", "ready"},
                  {"dependencies", {{"eventlog", "ok"}, {"analytics", "ok"}, {"scorer", "ok"}}}}));
  EXPECT_EQ(response.headers.count("Retry-After"), 0u);
}

TEST_F(SystemRoleTest, NamesThePartsThatAreDown) {
  analytics_.Be(absl::UnavailableError("planted"));
  const HttpResponse response = Get("/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.count("Retry-After"), 1u);
  const json body = json::parse(response.body);
  EXPECT_EQ(body.at("status"), "unready");
  EXPECT_EQ(body.at("dependencies").at("eventlog"), "ok");
  EXPECT_NE(body.at("dependencies").at("analytics"), "ok");
  analytics_.Be(absl::OkStatus());
  EXPECT_EQ(Get("/readyz").status, 200) << "it recovers";
}

TEST_F(SystemRoleTest, IsReadyWithoutAHelperButTellsOfIt) {
  scorer_ = absl::DataLossError("planted");
  const HttpResponse response = Get("/readyz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body).at("status"), "ready");
  EXPECT_EQ(json::parse(response.body).at("dependencies").at("scorer"), "damaged");
}

TEST_F(SystemRoleTest, IsNotReadyBeforeTheStartNorAfterTheStop) {
  runtime::ServiceGroup unstarted;
  unstarted.Add(log_);
  SystemRole early(unstarted, {}, metrics_, "1.2.3", [] {});
  for (const net::Route& route : early.Routes()) {
    if (route.operation == "getReadiness") {
      EXPECT_EQ(route.handler({}).status, 503);
    }
  }
  services_.Stop(absl::ZeroDuration());
  EXPECT_EQ(Get("/readyz").status, 503);
}

// Whoever reaches the port may ask: folders, addresses and other tenants' names are for the log.
TEST_F(SystemRoleTest, TellsStrangersWhatIsDownButNotWhy) {
  const char* const secrets[] = {
      "/var/lib/tenantry/activity/LOCK: Permission denied",
      "cannot reach postgres://admin:hunter2@10.0.0.7:5432/tenants",
      "bigdatajobs/3: tenant acme: record 17 is damaged",
      "bytes \xff\xfe that are no UTF-8",
  };
  for (const char* secret : secrets) {
    for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kDataLoss,
                            absl::StatusCode::kInternal, absl::StatusCode::kResourceExhausted}) {
      log_.Be(absl::Status(code, secret));
      const HttpResponse response = Get("/readyz");
      EXPECT_EQ(response.status, 503);
      const std::string told = json::parse(response.body).at("dependencies").at("eventlog");
      EXPECT_EQ(told.find_first_of("/:@0123456789"), std::string::npos) << told;
      EXPECT_EQ(told.find("acme"), std::string::npos) << told;
      EXPECT_FALSE(told.empty());
      for (const char* path : {"/healthz", "/metrics", "/api/v1/version", "/api/v1/openapi.yaml"}) {
        const HttpResponse other = Get(path);
        EXPECT_EQ(other.status, 200) << path;
        EXPECT_EQ(other.body.find(secret), std::string::npos) << path;
      }
    }
  }
}

TEST_F(SystemRoleTest, BringsGaugesUpToDateBeforeMetricsAreRead) {
  for (const char* count : {"1", "2"}) {
    const HttpResponse response = Get("/metrics");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.find("Content-Type")->second,
              "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_NE(response.body.find(fmt::format("tenantry_test_total {}\n", count)), std::string::npos)
        << response.body;
    EXPECT_TRUE(response.body.ends_with('\n'));
  }
}

TEST_F(SystemRoleTest, ServesTheContractAndTheVersion) {
  const HttpResponse contract = Get("/api/v1/openapi.yaml");
  EXPECT_EQ(contract.status, 200);
  EXPECT_EQ(contract.headers.find("Content-Type")->second, "application/yaml");
  EXPECT_TRUE(contract.body.starts_with("openapi: 3.1"));
  for (const net::Route& route : role_.Routes()) {
    EXPECT_NE(contract.body.find("operationId: " + route.operation + "\n"), std::string::npos);
    EXPECT_NE(contract.body.find("\n  " + route.pattern + ":\n"), std::string::npos);
  }
  EXPECT_EQ(json::parse(Get("/api/v1/version").body),
            json({{"name", "tenantry"}, {"version", "1.2.3"}}));
}

}  // namespace
}  // namespace tenantry::roles
