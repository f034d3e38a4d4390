#include "roles/ingest/ingest_role.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "eventlog/twins/faulty_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "roles/http/door_test_env.h"

namespace tenantry::roles {
namespace {

using Who = identity::Role;
using net::HttpResponse;
using nlohmann::json;

constexpr const char* kLines = "application/x-ndjson";

std::string Event(const std::string& id, const std::string& type = "job.submitted") {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s",)"
                     R"("type":"io.tenantry.{}","time":"2025-05-01T00:00:00Z",)"
                     R"("tenantid":"acme","data":{{"userID":"u"}}}})",
                     id, type);
}

class IngestRoleTest : public testing::Test {
 protected:
  HttpResponse Send(const std::string& token, const std::string& body,
                    const std::string& type = kLines, const std::string& key = "",
                    IngestOptions options = {}) {
    runtime::Metrics metrics;
    IngestRole role(log_, env_.clock(), env_.door(), options, metrics);
    net::HttpRequest request = DoorTestEnv::Request("POST", "/api/v1/events", token, body);
    request.headers.emplace("Content-Type", type);
    if (!key.empty()) request.headers.emplace("Idempotency-Key", key);
    auto routes = role.Routes();
    EXPECT_EQ(routes.front().operation, "sendEvents");
    EXPECT_EQ(routes.front().body_limit.bytes_max, options.body_bytes_max);
    EXPECT_EQ(routes.front().body_limit.option, "ingest.body_bytes_max");
    HttpResponse response = routes.front().handler(request);
    metrics_ = metrics.PrometheusText();
    return response;
  }

  // How many records a stream holds.
  uint64_t Held(const std::string& stream) {
    uint64_t held = 0;
    const auto partitions = *log_.Partitions(stream);
    for (const auto& partition : partitions) held += partition.end.number();
    return held;
  }

  bool Counted(const char* outcome, int events) const {
    return metrics_.find(fmt::format("tenantry_ingest_events_total{{outcome=\"{}\"}} {}\n", outcome,
                                     events)) != std::string::npos;
  }

  static std::string Detail(const HttpResponse& response) {
    return json::parse(response.body).at("detail").get<std::string>();
  }

  DoorTestEnv env_;
  eventlog::InMemoryEventLog memory_{{}, env_.clock()};
  eventlog::FaultyEventLog log_{memory_, env_.faults()};
  const std::string tenant_ = env_.Token(Who::kTenantAdmin, "acme");
  std::string metrics_;
};

TEST_F(IngestRoleTest, AnswersAcceptedWithWhatBecameOfEach) {
  const HttpResponse response =
      Send(tenant_, Event("1") + "\n" + Event("1") + "\nx\n" + Event("2", "user.added"));
  EXPECT_EQ(response.status, 202);
  const json answer = json::parse(response.body);
  EXPECT_EQ(answer.at("accepted"), 2);
  EXPECT_EQ(answer.at("repeated"), 1);
  EXPECT_EQ(answer.at("rejected"), 1);
  EXPECT_EQ(answer.at("problems").at(0).at("index"), 2);
  EXPECT_EQ(Held("bigdatajobs"), 1u);
  EXPECT_EQ(Held("companies"), 1u);
  EXPECT_TRUE(Counted("accepted", 2) && Counted("repeated", 1) && Counted("rejected", 1));
}

TEST_F(IngestRoleTest, LetsOnlyThoseSendWhoMay) {
  EXPECT_EQ(Send("", Event("1")).status, 401);
  EXPECT_EQ(Send(env_.Token(Who::kAnalyst), Event("1")).status, 403);
  EXPECT_EQ(Held("bigdatajobs"), 0u);
  for (const Who role : {Who::kOperatorAdmin, Who::kSre}) {
    EXPECT_EQ(Send(env_.Token(role), Event("1")).status, 202);
  }
  EXPECT_EQ(Send(env_.Token(Who::kTenantAdmin, "acme"), Event("1")).status, 202);
}

// What a tenant pays and whether it is a customer at all is to say for those who may change
// tenants: neither for itself nor for an sre.
TEST_F(IngestRoleTest, LetsOnlyThoseTellOfATenantsRecordWhoMayChangeIt) {
  const std::string lines = Event("1", "tenant.created") + "\n" + Event("2", "tenant.updated") +
                            "\n" + Event("3", "tenant.deleted") + "\n" + Event("4");
  const std::string plain = R"({"companyID":"acme","name":"Acme","industry":"bank"})";
  for (const std::string& token : {env_.Token(Who::kTenantAdmin, "acme"), env_.Token(Who::kSre)}) {
    const json answer = json::parse(Send(token, lines).body);
    EXPECT_EQ(answer.at("accepted"), 1);
    EXPECT_EQ(answer.at("rejected"), 3);
    const std::string detail = answer.at("problems").at(1).at("detail");
    EXPECT_NE(detail.find("tenant.updated"), std::string::npos) << detail;
    EXPECT_NE(detail.find("may not change tenants"), std::string::npos) << detail;
    EXPECT_EQ(json::parse(Send(token, plain, "application/json").body).at("rejected"), 1);
  }
  EXPECT_EQ(Held("companies"), 0u);

  const std::string operators = env_.Token(Who::kOperatorAdmin);
  EXPECT_EQ(json::parse(Send(operators, lines).body).at("rejected"), 0);
  EXPECT_EQ(json::parse(Send(operators, plain, "application/json").body).at("accepted"), 1);
}

// How many users a tenant has is to say for those who may add and remove them.
TEST_F(IngestRoleTest, LetsOnlyThoseTellOfUsersWhoMayManageThem) {
  const std::string lines =
      Event("1", "user.added") + "\n" + Event("2", "user.removed") + "\n" + Event("3");
  for (const std::string& token : {env_.Token(Who::kScientist, "acme"), env_.Token(Who::kSre)}) {
    const json answer = json::parse(Send(token, lines).body);
    EXPECT_EQ(answer.at("accepted"), 1) << answer;
    for (const size_t problem : {0, 1}) {
      const std::string detail = answer.at("problems").at(problem).at("detail");
      EXPECT_NE(detail.find("may not manage users"), std::string::npos) << detail;
    }
  }
  EXPECT_EQ(Held("companies"), 0u);
  for (const std::string& token : {tenant_, env_.Token(Who::kOperatorAdmin)}) {
    EXPECT_EQ(json::parse(Send(token, lines).body).at("accepted"), 3);
  }
}

TEST_F(IngestRoleTest, RefusesRequestsThatCannotBeReadAsAWhole) {
  IngestOptions options;
  options.events_max = 2;
  const std::string three = Event("1") + "\n" + Event("2") + "\n" + Event("3");
  EXPECT_EQ(Send(tenant_, three, kLines, "", options).status, 413);
  EXPECT_EQ(Send(tenant_, Event("1"), "text/plain").status, 415);
  EXPECT_EQ(Send(tenant_, "{}", "application/cloudevents-batch+json").status, 400);
  EXPECT_EQ(Held("bigdatajobs"), 0u);
  EXPECT_TRUE(Counted("rejected", 0));
}

TEST_F(IngestRoleTest, SaysToSendAgainWhenTheLogTookOnlySome) {
  env_.faults().Fail("eventlog.append", absl::UnavailableError("planted"), 1);
  const std::string body = Event("1") + "\n" + Event("2", "user.added");
  const HttpResponse response = Send(tenant_, body, kLines, "k");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.count("Retry-After"), 1u);
  EXPECT_NE(Detail(response).find("send all of them again under the same ids"), std::string::npos);
  EXPECT_EQ(Held("bigdatajobs") + Held("companies"), 1u);
  EXPECT_TRUE(Counted("accepted", 0));
  EXPECT_EQ(Send(tenant_, body, kLines, "k").status, 202) << "the key is free again";
  EXPECT_EQ(Held("bigdatajobs") + Held("companies"), 3u) << "readers drop the repeat";
}

TEST_F(IngestRoleTest, TakesPlainFormsOnceUnderAnIdempotencyKey) {
  const std::string form = R"({"companyID":"acme","userID":"u","nbJobs":2})";
  const HttpResponse first = Send(tenant_, form, "application/json", "k");
  const HttpResponse again = Send(tenant_, form, "application/json", "k");
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(Held("bigdatajobs"), 1u);
  EXPECT_EQ(Send(tenant_, form, kLines, "k").status, 422) << "read otherwise, it is another";
  EXPECT_EQ(Send(tenant_, form, "application/json").status, 202);
  EXPECT_EQ(Held("bigdatajobs"), 2u);
}

// An event at its limit grows by its tenant and its trace: the log must still take it.
TEST_F(IngestRoleTest, TakesTheLargestEventThatItAllows) {
  IngestOptions options;
  std::string event = Event("1");
  event.insert(
      1, fmt::format(
             "\"ext\":\"{}\",",
             std::string(static_cast<size_t>(options.event_bytes_max) - event.size() - 9, 'x')));
  ASSERT_EQ(event.size(), static_cast<size_t>(options.event_bytes_max));
  const HttpResponse response = Send(env_.Token(Who::kScientist, std::string(128, 't')), event);
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(json::parse(response.body).at("accepted"), 1) << response.body;
}

// What a stream sends until its first event is there.
class FirstEvent final : public net::StreamWriter {
 public:
  absl::Status Write(std::string_view bytes) override {
    sent += bytes;
    return Cancelled() ? absl::CancelledError("enough") : absl::OkStatus();
  }
  bool Cancelled() const override { return sent.find("\ndata:") != std::string::npos; }

  std::string sent;
};

TEST_F(IngestRoleTest, TellsATenantNoPlacesButOfItsOwnPartition) {
  for (const char* tenant : {"a", "b", "c", "d", "e", "f"}) {
    ASSERT_EQ(Send(env_.Token(Who::kScientist, tenant), Event(tenant)).status, 202);
  }
  ASSERT_EQ(Send(tenant_, Event("1")).status, 202);
  const auto first_id = [&](const std::string& token) {
    runtime::Metrics metrics;
    IngestRole role(log_, env_.clock(), env_.door(), {}, metrics);
    net::HttpRequest request = DoorTestEnv::Request("GET", "/api/v1/streams/bigdatajobs", token);
    request.path_params = {{"stream", "bigdatajobs"}};
    request.query = {{"from", "oldest"}};
    const HttpResponse response = role.Routes().back().handler(request);
    EXPECT_EQ(response.status, 200);
    FirstEvent writer;
    response.stream(writer);
    const size_t at = writer.sent.find("id:");
    return writer.sent.substr(at, writer.sent.find('\n', at) - at);
  };
  const auto own = log_.PartitionOf("bigdatajobs", "acme");
  const std::string id = first_id(tenant_);
  EXPECT_NE(id.find(own->partition + ":"), std::string::npos) << id;
  EXPECT_EQ(id.find(','), std::string::npos) << id;
  EXPECT_NE(first_id(env_.Token(Who::kAnalyst)).find(','), std::string::npos);
}

TEST_F(IngestRoleTest, RejectsWhatTheLogNeverTakesAndTakesTheOthers) {
  IngestOptions options;
  options.event_bytes_max = 4 << 20;
  std::string event = Event("1");
  event.insert(1, fmt::format("\"ext\":\"{}\",", std::string(2 << 20, 'x')));
  const std::string body = Event("2", "user.added") + "\n" + event + "\n" + Event("1");
  const HttpResponse response = Send(tenant_, body, kLines, "", options);
  EXPECT_EQ(response.status, 202);
  const json answer = json::parse(response.body);
  EXPECT_EQ(answer.at("accepted"), 2) << response.body;
  EXPECT_EQ(answer.at("rejected"), 1);
  EXPECT_EQ(answer.at("problems").at(0).at("index"), 1);
  const auto detail = answer.at("problems").at(0).at("detail").get<std::string>();
  EXPECT_NE(detail.find("eventlog.record_bytes_max"), std::string::npos) << detail;
  EXPECT_EQ(Held("companies") + Held("bigdatajobs"), 2u);
}

}  // namespace
}  // namespace tenantry::roles
