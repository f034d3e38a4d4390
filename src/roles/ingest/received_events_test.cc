#include "roles/ingest/received_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/status.h"
#include "events/event.h"

namespace tenantry::roles {
namespace {

using nlohmann::json;

constexpr const char* kStructured = "application/cloudevents+json";
constexpr const char* kBatch = "application/cloudevents-batch+json";
constexpr const char* kLines = "application/x-ndjson";
constexpr const char* kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string Job(const std::string& id, const std::string& tenant = "acme",
                const std::string& more = "") {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/s",)"
                     R"("type":"io.tenantry.job.submitted","time":"2025-05-01T00:00:00Z",)"
                     R"("tenantid":"{}"{},"data":{{"jobID":"j"}}}})",
                     id, tenant, more);
}

std::string Repeated(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

class ReceivedEventsTest : public testing::Test {
 protected:
  // Reads one request as `caller_` sends it; what came before is forgotten.
  absl::Status Read(const std::string& type, std::string body, net::Headers headers = {}) {
    net::HttpRequest request;
    request.method = "POST";
    request.headers = std::move(headers);
    if (!type.empty()) request.headers.emplace("Content-Type", type);
    request.body = std::move(body);
    received_ = std::make_unique<ReceivedEvents>(caller_, trace_, now_, options_);
    return received_->Read(request);
  }

  // The answer, in short: accepted, repeated, rejected.
  std::vector<int64_t> Counts() const {
    const json answer = Answer();
    EXPECT_EQ(answer.at("accepted"), received_->accepted());
    EXPECT_EQ(answer.at("repeated"), received_->repeated());
    EXPECT_EQ(answer.at("rejected"), received_->rejected());
    return {received_->accepted(), received_->repeated(), received_->rejected()};
  }
  json Answer() const { return json::parse(received_->AnswerJson()); }

  // Where the problems are.
  std::vector<int64_t> Places() const {
    std::vector<int64_t> places;
    const json answer = Answer();
    for (const json& problem : answer.at("problems")) places.push_back(problem.at("index"));
    return places;
  }
  std::string Detail(size_t problem = 0) const {
    const json problems = Answer().at("problems");
    return problem < problems.size() ? problems[problem].at("detail").get<std::string>() : "none";
  }
  bool Says(std::string_view text, size_t problem = 0) const {
    return Detail(problem).find(text) != std::string::npos;
  }

  const std::vector<eventlog::LogRecord>& Records(std::string_view stream) {
    return received_->records()[std::string(stream)];
  }

  void BeTenant(const std::string& id) {
    caller_.role = identity::Role::kScientist;
    caller_.tenant = base::TenantId(id);
  }
  void BeOperator() {
    caller_.role = identity::Role::kOperatorAdmin;
    caller_.tenant.reset();
  }

  identity::Caller caller_{identity::Role::kScientist, base::TenantId("acme"), {}, {}, {}};
  std::string trace_;
  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  IngestOptions options_;
  std::unique_ptr<ReceivedEvents> received_;
};

TEST_F(ReceivedEventsTest, TakesAnEventWhoseNamesAreWrittenWithEscapes) {
  std::string event = Job("1");
  event.replace(event.find("specversion"), 1, R"(\u0073)");
  ASSERT_TRUE(Read(kStructured, event).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{1, 0, 0})) << Detail();
  ASSERT_TRUE(Read(kStructured, R"({"\u0073":1})").ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{0, 0, 1}));
}

TEST_F(ReceivedEventsTest, TakesAStructuredEventAsItStands) {
  ASSERT_TRUE(Read(kStructured, Job("1", "acme", R"(,"ext":"é")")).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{1, 0, 0}));
  ASSERT_EQ(Records(events::kJobsStream).size(), 1u);
  const auto& record = Records(events::kJobsStream).front();
  EXPECT_EQ(record.key, "acme");
  EXPECT_EQ(record.content_type, eventlog::kUsualContentType);
  EXPECT_EQ(record.value, Job("1", "acme", R"(,"ext":"é")"));
  EXPECT_EQ(received_->AnswerJson(), R"({"accepted":1,"problems":[],"rejected":0,"repeated":0})");
}

TEST_F(ReceivedEventsTest, TakesParametersAndCaseOfTheContentType) {
  for (const char* type : {"application/cloudevents+json; charset=utf-8",
                           "Application/CloudEvents+JSON", "application/json", ""}) {
    ASSERT_TRUE(Read(type, Job("1")).ok()) << type;
    EXPECT_EQ(received_->accepted(), 1) << type;
  }
  ASSERT_TRUE(Read("application/cloudevents-batch+json;charset=UTF-8", "[" + Job("1") + "]").ok());
  EXPECT_EQ(received_->accepted(), 1);
  ASSERT_TRUE(Read("application/x-ndjson ; x=y", Job("1")).ok());
  EXPECT_EQ(received_->accepted(), 1);
}

TEST_F(ReceivedEventsTest, RefusesOtherContentTypes) {
  for (const char* type : {"text/plain", "application/xml", "application/x-www-form-urlencoded",
                           "application/cloudevents", "application/cloudevents-batch"}) {
    const absl::Status status = Read(type, Job("1"));
    EXPECT_TRUE(absl::IsUnimplemented(status)) << type << status;
    EXPECT_NE(base::Message(status).find("application/x-ndjson"), std::string_view::npos);
  }
}

TEST_F(ReceivedEventsTest, SortsEventsIntoTheirStreams) {
  caller_.role = identity::Role::kTenantAdmin;
  std::string lines = Job("1") + "\n";
  std::string company = Job("2");
  company.replace(company.find("job.submitted"), 13, "user.added");
  company.replace(company.find("\"jobID\""), 7, "\"userID\"");
  std::string unknown = Job("3");
  unknown.replace(unknown.find("io.tenantry.job.submitted"), 25, "com.example.thing");
  ASSERT_TRUE(Read(kLines, lines + company + "\n" + unknown).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{3, 0, 0}));
  EXPECT_EQ(Records(events::kCompaniesStream).size(), 1u);
  EXPECT_EQ(Records(events::kJobsStream).size(), 2u) << "unknown types are kept";
}

TEST_F(ReceivedEventsTest, RefusesEventsThatAreMadeHere) {
  BeOperator();
  for (const char* type : {"company.enriched", "notification.raised"}) {
    std::string event = Job("1");
    event.replace(event.find("job.submitted"), 13, type);
    ASSERT_TRUE(Read(kStructured, event).ok());
    EXPECT_EQ(received_->rejected(), 1);
    EXPECT_TRUE(Says(type)) << Detail();
  }
}

TEST_F(ReceivedEventsTest, TellsWhichOfABatchAreRefusedAndWhy) {
  const std::string batch = "[" + Job("1") + ", 7 ," + Job("1") +
                            ",\n{\"specversion\":\"1.0\"},[[]]," + Job("2") + ",null,\"x\",{}," +
                            Job("3", "acme", ",\"id\":\"4\"") + "]";
  ASSERT_TRUE(Read(kBatch, batch).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{2, 1, 7}));
  EXPECT_EQ(Places(), (std::vector<int64_t>{1, 3, 4, 6, 7, 8, 9}));
  EXPECT_TRUE(Says("companyID", 5)) << Detail(5);
  EXPECT_TRUE(Says("id", 6)) << Detail(6);
}

TEST_F(ReceivedEventsTest, RefusesABatchThatIsNoArrayAsAWhole) {
  for (const std::string& body : {std::string(), std::string("{}"), Job("1"), std::string("["),
                                  "[" + Job("1"), "[" + Job("1") + ",]", "[" + Job("1") + "] x",
                                  "[" + Job("1") + Job("2") + "]", std::string("nonsense")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Read(kBatch, body))) << body;
    EXPECT_TRUE(received_->records().empty()) << body;
  }
  ASSERT_TRUE(Read(kBatch, " [ ] ").ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{0, 0, 0}));
}

TEST_F(ReceivedEventsTest, CountsTheLinesOfNdjsonWithoutBlankOnes) {
  ASSERT_TRUE(
      Read(kLines, "\n" + Job("1") + "\r\n \t\r\n{broken\n" + Job("2") + "\n\xff\n\n").ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{2, 0, 2}));
  EXPECT_EQ(Places(), (std::vector<int64_t>{1, 3}));
  ASSERT_TRUE(Read(kLines, "").ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{0, 0, 0}));
}

TEST_F(ReceivedEventsTest, ReadsAnEventInBinaryMode) {
  const net::Headers headers = {{"CE-SpecVersion", "1.0"},
                                {"ce-id", "1"},
                                {"ce-source", "/s%20t"},
                                {"ce-type", "io.tenantry.job.submitted"},
                                {"ce-time", "2025-05-01T00:00:00Z"},
                                {"ce-tenantid", "other"}};
  ASSERT_TRUE(Read("application/json", R"({"jobID":"j"})", headers).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{1, 0, 0})) << Detail();
  const json event = json::parse(Records(events::kJobsStream).front().value);
  EXPECT_EQ(event.at("source"), "/s t");
  EXPECT_EQ(event.at("tenantid"), "acme") << "whatever the sender says";
  EXPECT_EQ(event.at("data"), json({{"jobID", "j"}}));
}

TEST_F(ReceivedEventsTest, RefusesBrokenBinaryEventsAsAWhole) {
  const net::Headers good = {{"ce-specversion", "1.0"},
                             {"ce-id", "1"},
                             {"ce-source", "/s"},
                             {"ce-type", "x.y"},
                             {"ce-time", "2025-05-01T00:00:00Z"}};
  EXPECT_TRUE(Read("application/json", "{}", good).ok());
  const std::pair<const char*, const char*> wrong[] = {{"ce-datacontenttype", "text/plain"},
                                                       {"ce-id", "2"},
                                                       {"ce-a_b", "1"},
                                                       {"ce-", "1"},
                                                       {"ce-x", "%zz"},
                                                       {"ce-x", "%ff"},
                                                       {"ce-x", "%00"},
                                                       {"ce-data", "{}"}};
  for (const auto& [name, value] : wrong) {
    net::Headers headers = good;
    headers.emplace(name, value);
    EXPECT_TRUE(absl::IsInvalidArgument(Read("application/json", "{}", headers)))
        << name << ": " << value;
    EXPECT_TRUE(received_->records().empty());
  }
  // A body can't end its event and begin another.
  for (const std::string& body :
       {std::string("{},\"id\":\"2\""), std::string("{}}"), std::string("{")}) {
    EXPECT_FALSE(Read("application/json", body, good).ok()) << body;
  }
  const std::string hidden("{}\0,\"id\":\"2\"", 12);
  EXPECT_TRUE(!Read("application/json", hidden, good).ok() || received_->accepted() == 0);
  // What is missing is told of in the answer.
  net::Headers incomplete = good;
  incomplete.erase("ce-type");
  ASSERT_TRUE(Read("application/json", "{}", incomplete).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{0, 0, 1}));
}

TEST_F(ReceivedEventsTest, OverwritesTheTenantThatATenantNames) {
  BeTenant("a\"\\é");
  for (const std::string& event : {Job("1", "other"), Job("1", ""), Job("1", "x\\u0041")}) {
    ASSERT_TRUE(Read(kStructured, event).ok());
    ASSERT_EQ(received_->accepted(), 1) << Detail();
    const auto& record = Records(events::kJobsStream).front();
    EXPECT_EQ(record.key, "a\"\\é");
    EXPECT_EQ(json::parse(record.value).at("tenantid"), "a\"\\é");
  }
}

TEST_F(ReceivedEventsTest, LetsNoTenantNameAnotherTwice) {
  for (const char* more : {R"(,"tenantid":"other")", R"(,"tenanti\u0064":"other")"}) {
    ASSERT_TRUE(Read(kStructured, Job("1", "acme", more)).ok());
    EXPECT_EQ(Counts(), (std::vector<int64_t>{0, 0, 1})) << more;
  }
  std::string escaped = Job("1", "other");
  escaped.replace(escaped.find("tenantid"), 8, "tenant\\u0069d");
  ASSERT_TRUE(Read(kStructured, escaped).ok());
  for (const auto& [stream, records] : received_->records()) {
    for (const auto& record : records) {
      EXPECT_EQ(record.key, "acme");
      EXPECT_EQ(json::parse(record.value).at("tenantid"), "acme");
    }
  }
}

TEST_F(ReceivedEventsTest, LetsTheOperatorImportEventsOfAnyTenantButNotOfNone) {
  BeOperator();
  std::string without = Job("3");
  without.replace(without.find("\"tenantid\""), 10, "\"x\"");
  ASSERT_TRUE(Read(kLines, Job("1", "a") + "\n" + Job("1", "b") + "\n" + without + "\n" +
                               Job("4", "") + "\n" + Job("5", std::string(129, 'x')))
                  .ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{2, 0, 3})) << "one id of two tenants is no repeat";
  EXPECT_EQ(Places(), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(Records(events::kJobsStream)[0].key, "a");
  EXPECT_EQ(Records(events::kJobsStream)[1].key, "b");
}

TEST_F(ReceivedEventsTest, CountsRepeatsByTenantSourceAndId) {
  std::string other_source = Job("1");
  other_source.replace(other_source.find("\"/s\""), 4, "\"/s1\"");
  ASSERT_TRUE(Read(kLines, Job("1") + "\n" + Job("11") + "\n" + other_source + "\n" +
                               Job("1", "x") + "\n" + Job("\\u0031"))
                  .ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{3, 2, 0}));
  EXPECT_EQ(Records(events::kJobsStream).size(), 3u);
}

TEST_F(ReceivedEventsTest, PassesTheTraceOnWhereTheEventHasNone) {
  trace_ = kTrace;
  ASSERT_TRUE(Read(kStructured, Job("1")).ok());
  EXPECT_EQ(json::parse(Records(events::kJobsStream).front().value).at("traceparent"), kTrace);
  ASSERT_TRUE(Read(kStructured, Job("1", "acme", R"(,"traceparent":"00-1-1-01")")).ok());
  EXPECT_EQ(json::parse(Records(events::kJobsStream).front().value).at("traceparent"), "00-1-1-01");
}

TEST_F(ReceivedEventsTest, KeepsPlainFormsAsTheBytesTheyWere) {
  BeOperator();
  const std::string job = R"({"companyID":"acme","userID":"u","nbJobs":3, "creationDate":1})";
  const std::string tenant = R"({"tenantID":"acme","name":"Acme"})";
  ASSERT_TRUE(Read(kLines, job + "\n" + job + "\n" + tenant).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{3, 0, 0})) << "without an id nothing is a repeat";
  ASSERT_EQ(Records(events::kJobsStream).size(), 2u);
  EXPECT_EQ(Records(events::kJobsStream)[0].value, job);
  EXPECT_EQ(Records(events::kJobsStream)[0].content_type, events::kPlainType);
  EXPECT_EQ(Records(events::kJobsStream)[0].key, "acme");
  EXPECT_EQ(Records(events::kCompaniesStream)[0].value, tenant);
}

// A crash may lose the answer to a request whose events are in the log.
TEST_F(ReceivedEventsTest, GivesPlainFormsIdsFromTheKeyOfTheirRequest) {
  BeOperator();
  const std::string job = R"({"companyID":"acme","userID":"u","nbJobs":3})";
  const std::string other = R"({"companyID":"acme","userID":"u","nbJobs":4})";
  const auto ids = [&](const std::string& body, const std::string& key) {
    EXPECT_TRUE(Read(kLines, body, {{"Idempotency-Key", key}}).ok());
    std::vector<std::string> ids;
    events::EventParser parser;
    for (const auto& record : Records(events::kJobsStream)) {
      events::EventView event;
      EXPECT_TRUE(parser.ParseRecord(record.content_type, record.value, "place", now_, event).ok());
      EXPECT_EQ(event.nb_jobs, record.value == job ? 3u : 4u);
      ids.emplace_back(event.id);
    }
    return ids;
  };
  const auto first = ids(job + "\n" + job + "\n" + other, "k1");
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 3u);
  EXPECT_EQ(ids(job + "\n" + job + "\n" + other, "k1"), first);
  const auto others = ids(job + "\n" + job + "\n" + other, "k2");
  EXPECT_THAT(others, testing::Each(testing::Not(testing::AnyOfArray(first))));
  EXPECT_THAT(ids(other, "k1"), testing::Each(testing::Not(testing::AnyOfArray(first))))
      << "the key was used for other forms, long ago";
  const auto plain = ids(job, "");
  EXPECT_EQ(plain, std::vector<std::string>{"place"});
}

TEST_F(ReceivedEventsTest, RefusesPlainFormsThatCannotBeCounted) {
  const char* wrong[] = {R"({"companyID":"acme","nbJobs":-1})",
                         R"({"companyID":"acme","nbJobs":1.5})",
                         R"({"companyID":"acme","nbJobs":9007199254740993})",
                         R"({"companyID":"acme","nbJobs":"3"})",
                         R"({"companyID":"acme","userID":7})",
                         R"({"companyID":"acme","userID":""})",
                         R"({"companyID":"acme","userID":"u","creationDate":"yesterday"})",
                         R"({"companyID":"acme","userID":"u","creationDate":-5})",
                         R"({"companyID":"acme","userID":"u","creationDate":1e30})",
                         R"({"companyID":7})",
                         R"({"companyID":""})",
                         R"({"nbJobs":1})",
                         R"({"companyID":"acme","userID":"a","userID":"b"})",
                         R"({"companyID":"other","companyID":"acme"})",
                         "{\"companyID\":\"acme\",\"name\":\"\xff\"}",
                         "[]",
                         "7",
                         ""};
  for (const char* form : wrong) {
    ASSERT_TRUE(Read("application/json", form).ok());
    EXPECT_EQ(Counts(), (std::vector<int64_t>{0, 0, 1})) << form;
    EXPECT_NE(Detail(), "") << form;
    EXPECT_TRUE(received_->records().empty()) << form;
  }
  ASSERT_TRUE(Read("application/json", std::string("{\"companyID\":\"acme\"}\0x", 22)).ok());
  EXPECT_EQ(received_->rejected(), 1);
}

TEST_F(ReceivedEventsTest, RefusesPlainFormsOfAnotherTenant) {
  const std::string form = R"({"companyID":"other","userID":"u"})";
  ASSERT_TRUE(Read("application/json", form).ok());
  EXPECT_EQ(Detail(), "companyID 'other' is not the tenant that sends this");
  EXPECT_TRUE(received_->records().empty());
  BeOperator();
  ASSERT_TRUE(Read("application/json", form).ok());
  EXPECT_EQ(Records(events::kJobsStream).front().key, "other");
}

TEST_F(ReceivedEventsTest, RefusesAnyFormThatNestsTooDeep) {
  for (const size_t depth : {2'000u, 60'000u}) {
    const std::string deep = Repeated("[", depth) + Repeated("]", depth);
    const std::string objects = Repeated("{\"a\":", depth / 2) + "1" + Repeated("}", depth / 2);
    for (const std::string& value : {deep, objects}) {
      for (const char* name : {"name", "nbJobs", "other"}) {
        ASSERT_TRUE(
            Read("application/json", fmt::format(R"({{"companyID":"acme","{}":{}}})", name, value))
                .ok());
        EXPECT_EQ(received_->rejected(), 1) << name << depth;
      }
      ASSERT_TRUE(Read(kStructured, Job("1", "acme", ",\"ext\":" + value)).ok());
      EXPECT_EQ(received_->rejected(), 1) << depth;
    }
  }
}

TEST_F(ReceivedEventsTest, BoundsOneEvent) {
  options_.event_bytes_max = 2000;
  const auto sized = [](size_t bytes) {
    const std::string empty = Job("1", "acme", R"(,"ext":"")");
    return Job("1", "acme", fmt::format(R"(,"ext":"{}")", std::string(bytes - empty.size(), 'x')));
  };
  ASSERT_TRUE(Read(kLines, sized(2000) + "\n" + sized(2001) + "\n" + Job("2")).ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{2, 0, 1}));
  EXPECT_EQ(Places(), (std::vector<int64_t>{1}));
  EXPECT_EQ(Detail(), "the event has 2001 bytes: ingest.event_bytes_max allows 2000");
}

TEST_F(ReceivedEventsTest, BoundsTheEventsOfARequest) {
  options_.events_max = 3;
  EXPECT_TRUE(Read(kLines, Repeated("{}\n", 3)).ok());
  EXPECT_TRUE(Read(kBatch, "[1,2,3]").ok());
  for (const absl::Status& status :
       {Read(kLines, Job("1") + "\n" + Repeated("{}\n", 3)), Read(kBatch, "[1,2,3,4]")}) {
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_EQ(base::Message(status),
              "4 events in one request: send at most 3, or have the server's "
              "ingest.events_max raised");
    EXPECT_TRUE(received_->records().empty());
  }
}

TEST_F(ReceivedEventsTest, BoundsTheProblemsToldOfButCountsAll) {
  options_.problems_max = 2;
  ASSERT_TRUE(Read(kBatch, "[1," + Job("1") + ",3,4,5]").ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{1, 0, 4}));
  EXPECT_EQ(Places(), (std::vector<int64_t>{0, 2}));
  options_.problems_max = 0;
  ASSERT_TRUE(Read(kBatch, "[1]").ok());
  EXPECT_EQ(Answer().at("problems"), json::array());
}

TEST_F(ReceivedEventsTest, AnswersInUtf8WhateverCame) {
  ASSERT_TRUE(Read(kLines, "\xff\n{\"companyID\":\"\xff\"}\n{\"\xff\":1}\n\xf0\x9f").ok());
  EXPECT_EQ(Counts(), (std::vector<int64_t>{0, 0, 4}));
}

}  // namespace
}  // namespace tenantry::roles
