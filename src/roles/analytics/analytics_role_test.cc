#include "roles/analytics/analytics_role.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "eventlog/twins/in_memory_event_log.h"
#include "roles/http/door_test_env.h"
#include "scoring/embedded/fake_scorer.h"

namespace tenantry::roles {
namespace {

using net::HttpResponse;
using nlohmann::json;
using Who = identity::Role;
using Query = std::multimap<std::string, std::string>;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr const char* kQuestionNumbers[] = {"1", "2", "3", "4", "5"};

// The door's clock stands at 2023-11-14T22:13:20Z.
constexpr const char* kToday = "2023-11-14T10:00:00Z";

class AnalyticsRoleTest : public testing::Test {
 protected:
  AnalyticsRoleTest() {
    activity::LiveOptions options;
    options.enrich_interval = absl::Milliseconds(1);
    options.checkpoint_interval = absl::Milliseconds(10);
    const auto no_archive = [](const auto&...) { return absl::UnavailableError("no archive"); };
    live_ = std::make_unique<activity::LiveAnalytics>(
        folder_, options,
        activity::LiveInputs{
            log_, scorer_, env_.clock(), faults_, metrics_, no_archive,
            [this](const auto& tenant, const auto& take) { return ReadPast(tenant, take); },
            [this](const base::TenantId& id) { return env_.registry().Knows(id); },
            [](const auto&) {}});
    const absl::Status started = live_->Start();
    EXPECT_TRUE(started.ok()) << started;
    EXPECT_TRUE(notifications_.Load().ok());
    role_ = std::make_unique<AnalyticsRole>(*live_, notifications_, env_.door(), AnalyticsOptions(),
                                            metrics_);
  }
  ~AnalyticsRoleTest() override {
    live_.reset();
    std::filesystem::remove_all(folder_);
  }

  HttpResponse Ask(const std::string& operation, const std::map<std::string, std::string>& path,
                   const Query& query = {}) {
    for (const net::Route& route : role_->Routes()) {
      if (route.operation != operation) continue;
      net::HttpRequest request = DoorTestEnv::Request(route.method, "/test", token_);
      request.path_params = path;
      request.query = query;
      return route.handler(request);
    }
    ADD_FAILURE() << "no operation " << operation;
    return {};
  }
  HttpResponse Companies(const Query& query = {}) { return Ask("listCompanies", {}, query); }
  HttpResponse Company(const std::string& id, const Query& query = {}) {
    return Ask("getCompany", {{"companyID", id}}, query);
  }
  HttpResponse Question(const std::string& number, const Query& query = {}) {
    return Ask("askQuestion", {{"number", number}}, query);
  }
  HttpResponse Listed(const Query& query = {}) { return Ask("listNotifications", {}, query); }
  HttpResponse Acknowledged(const std::string& id) {
    return Ask("acknowledgeNotification", {{"notificationID", id}});
  }

  static json Body(const HttpResponse& response) {
    const json body = json::parse(response.body, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << response.body;
    return body;
  }
  static void ExpectProblem(const HttpResponse& response, int status, std::string_view about) {
    EXPECT_EQ(response.status, status) << response.body;
    const std::string detail = Body(response).value("detail", "");
    EXPECT_NE(detail.find(about), std::string::npos) << detail;
  }
  static std::vector<std::string> Ids(const json& rows, const char* field = "tenantID") {
    std::vector<std::string> ids;
    for (const json& row : rows) ids.push_back(row.at(field));
    return ids;
  }

  void Append(const std::string& stream, const std::string& tenant, const std::string& type,
              const json& data, const std::string& time = kToday) {
    const json event = {{"specversion", "1.0"}, {"id", std::to_string(++events_)},
                        {"source", "/s"},       {"type", "io.tenantry." + type},
                        {"time", time},         {"tenantid", tenant},
                        {"data", data}};
    past_.emplace_back(tenant, event.dump());
    ASSERT_TRUE(log_.Append(stream, {{tenant, past_.back().second}}).ok());
  }
  void Jobs(const std::string& tenant, int jobs, const std::string& time = kToday) {
    Append("bigdatajobs", tenant, "job.submitted", {{"nbJobs", jobs}}, time);
  }
  void Register(const std::string& tenant, const std::string& name, const std::string& industry) {
    Append("companies", tenant, "tenant.created",
           {{"tenantID", tenant}, {"name", name}, {"industry", industry}});
  }
  // Waits until all that was appended is counted.
  void Settle() {
    const absl::Time deadline = absl::Now() + kPatience;
    while (live_->Lag().value_or(1) != 0 && absl::Now() < deadline) std::this_thread::yield();
    ASSERT_EQ(*live_->Lag(), 0u);
  }

  // Has one notification raised of a tenant; its id.
  std::string Raise(const std::string& tenant) {
    events::CompanyRecord record;
    record.tenant = base::TenantId(tenant);
    record.sessions30 = record.idle_sessions30 = 4;
    env_.clock().Advance(absl::Seconds(1));
    notifications_.Look({record});
    const auto newest = notifications_.List({}, "", 1);
    EXPECT_TRUE(newest.ok() && newest->size() == 1 && newest->front().tenant == record.tenant);
    return newest.ok() && !newest->empty() ? newest->front().id : "";
  }

  // The whole history, as the archive and the log give it together.
  absl::Status ReadPast(
      const std::optional<base::TenantId>& only,
      const std::function<absl::Status(const eventlog::PartitionId&,
                                       const activity::PlacedRecord&)>& take) const {
    if (!past_is_there_) return absl::UnavailableError("the archive is away");
    eventlog::LogOffset offset;
    for (const auto& [tenant, line] : past_) {
      offset = offset.Plus(1);
      if (only && only->value() != tenant) continue;
      TENANTRY_RETURN_IF_ERROR(
          take({"bigdatajobs", "0"}, {{tenant, line, eventlog::kUsualContentType}, offset, {}}));
    }
    return absl::OkStatus();
  }

  DoorTestEnv env_;
  const std::string folder_ = metastore::FreshFolder();
  base::ScriptedFaults faults_;
  runtime::Metrics metrics_;
  eventlog::InMemoryEventLog log_{{}, env_.clock()};
  scoring::embedded::FakeScorer scorer_{"", nullptr};
  metastore::TestStore store_;
  base::SeededRandom random_{2};
  insights::Notifications notifications_{store_.store(), env_.clock(), random_, metrics_};
  std::unique_ptr<activity::LiveAnalytics> live_;
  std::unique_ptr<AnalyticsRole> role_;
  std::string token_ = env_.Token(Who::kAnalyst);
  int events_ = 0;
  std::vector<std::pair<std::string, std::string>> past_;
  bool past_is_there_ = true;
};

TEST_F(AnalyticsRoleTest, ShowsACompanyAsOfAnyInstantItCanKnow) {
  Jobs("acme", 5, "2023-11-10T10:00:00Z");
  Jobs("acme", 2, "2023-11-12T23:59:59.999999999Z");
  Settle();
  const auto jobs = [&](const char* as_of) {
    const HttpResponse one = Company("acme", {{"asOf", as_of}});
    const json all = Body(Companies({{"asOf", as_of}})).at("items");
    EXPECT_EQ(one.status, 200) << one.body;
    EXPECT_EQ(all.size(), 1u);
    if (one.status == 200 && all.size() == 1) {
      EXPECT_EQ(all[0], Body(one));
    }
    return Body(one).value("job30", -1);
  };
  EXPECT_EQ(Body(Company("acme")).at("job30"), 7);
  EXPECT_EQ(Body(Company("acme")).at("asOf"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(Body(Company("acme")).at("companyID"), "acme");
  EXPECT_EQ(Body(Company("acme")).at("registeredHere"), false);
  EXPECT_EQ(jobs("2023-11-12"), 7);
  EXPECT_EQ(jobs("2023-11-12T00:00:00Z"), 7) << "an answer knows its whole day";
  EXPECT_EQ(jobs("2023-11-11"), 5);
  EXPECT_EQ(jobs("2023-11-12T01:00:00+02:00"), 5) << "that is the 11th in UTC";
  EXPECT_EQ(jobs("2023-12-11"), 2) << "the 10th has slid out of 30 days";
  EXPECT_EQ(Company("acme", {{"asOf", "2023-11-09"}}).status, 404);
  EXPECT_TRUE(Body(Companies({{"asOf", "2023-11-09"}})).at("items").empty());
}

TEST_F(AnalyticsRoleTest, RefusesInstantsThatAreNone) {
  Jobs("acme", 1);
  Settle();
  const std::string nul("2023-11-14\0", 11), endless(10'000, '9');
  for (const std::string& text :
       {std::string(), std::string("now"), std::string("2023-02-29"), std::string("2023-13-01"),
        std::string("2023-11-14T25:00:00Z"), std::string("2023-11-14T10:00:00"),
        std::string("2023-11-14 "), std::string("99999-01-01"), std::string("-1"),
        std::string("\xff\xfe"), nul, endless}) {
    SCOPED_TRACE(text.substr(0, 40));
    ExpectProblem(Companies({{"asOf", text}}), 400, "asOf '");
    ExpectProblem(Company("acme", {{"asOf", text}}), 400, "asOf '");
    ExpectProblem(Question("3", {{"to", text}}), 400, "to '");
    ExpectProblem(Question("3", {{"from", text}}), 400, "from '");
  }
  EXPECT_LT(Companies({{"asOf", endless}}).body.size(), 1'000u);
}

TEST_F(AnalyticsRoleTest, SaysWhenThePastIsOutOfReach) {
  Jobs("acme", 1);
  Settle();
  past_is_there_ = false;
  ExpectProblem(Companies({{"asOf", "2023-02-01"}}), 503, "archive is away");
  ExpectProblem(Company("acme", {{"asOf", "2023-02-01"}}), 503, "archive is away");
  ExpectProblem(Question("5", {{"to", "2023-02-01"}}), 503, "archive is away");
}

TEST_F(AnalyticsRoleTest, AnswersForeignTenantsAsAbsentOnes) {
  Jobs("acme", 1);
  Jobs("other", 1);
  Settle();
  token_ = env_.Token(Who::kTenantAdmin, "acme");
  for (const std::string id : {"other", "nobody"}) {
    const HttpResponse response = Company(id);
    ExpectProblem(response, 404, fmt::format("there is no tenant '{}'", id));
    ExpectProblem(Company(id, {{"asOf", "soon"}}), 404, "there is no tenant");
    for (const char* number : kQuestionNumbers) {
      ExpectProblem(Question(number, {{"tenant", id}}), 404, "there is no tenant");
    }
  }
  EXPECT_EQ(Company("acme").status, 200);
  token_ = env_.Token(Who::kAnalyst);
  ExpectProblem(Company("nobody"), 404, "there is no tenant 'nobody'");
  for (const char* number : kQuestionNumbers) {
    ExpectProblem(Question(number, {{"tenant", "nobody"}}), 404, "no event of tenant 'nobody'");
  }
}

TEST_F(AnalyticsRoleTest, TakesIdsOfAnyBytesForWhatTheyAre) {
  const std::string hostile[] = {"a/b",          "..",   "a b%2F", "é💧", "'; DROP TABLE x",
                                 "<script>\"\\", "a\nb", "null",   "*",   std::string(128, 'x')};
  for (const std::string& id : hostile) Jobs(id, 3);
  Settle();
  for (const std::string& id : hostile) {
    SCOPED_TRACE(id);
    EXPECT_EQ(Body(Company(id)).value("tenantID", ""), id);
    EXPECT_EQ(Ids(Body(Question("4", {{"tenant", id}})).at("answer")),
              std::vector<std::string>{id});
  }
  EXPECT_EQ(Body(Companies()).at("items").size(), std::size(hostile));
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("\xc3(")}) {
    ExpectProblem(Company(id), 400, "tenantID");
    ExpectProblem(Question("3", {{"tenant", id}}), 400, "tenantID");
  }
}

TEST_F(AnalyticsRoleTest, PagesThroughCompaniesWhileOthersComeAndGo) {
  std::set<std::string> there;
  for (int i = 0; i < 30; ++i) there.insert(fmt::format("t{:02}", i));
  for (const std::string& id : there) Jobs(id, 1);
  Settle();
  int added = 0;
  for (const char* limit : {"1", "7", "29", "30", "1000"}) {
    SCOPED_TRACE(limit);
    Query query = {{"limit", limit}};
    std::vector<std::string> found;
    while (true) {
      const json page = Body(Companies(query));
      ASSERT_TRUE(page.contains("items")) << page;
      EXPECT_LE(page.at("items").size(), std::stoul(limit));
      for (const std::string& id : Ids(page.at("items"))) found.push_back(id);
      if (!page.contains("next")) break;
      // One before and one after where we are.
      for (const char* where : {"a", "t15x"}) Jobs(fmt::format("{}{}", where, ++added), 1);
      Settle();
      query.erase("cursor");
      query.emplace("cursor", page.at("next"));
    }
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
    EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
    const std::set<std::string> unique(found.begin(), found.end());
    EXPECT_TRUE(std::includes(unique.begin(), unique.end(), there.begin(), there.end()));
  }
}

TEST_F(AnalyticsRoleTest, RefusesPagesThatAreNone) {
  Jobs("a", 1);
  Jobs("b", 1);
  Settle();
  for (const std::string limit :
       {"0", "-1", "1001", "x", "", "1.5", "1e2", " 1", "99999999999999999999"}) {
    ExpectProblem(Companies({{"limit", limit}}), 400, "limit '");
    ExpectProblem(Question("3", {{"limit", limit}}), 400, "limit '");
    ExpectProblem(Listed({{"limit", limit}}), 400, "limit '");
  }
  const std::string cursor = Body(Companies({{"limit", "1"}})).at("next");
  EXPECT_EQ(Ids(Body(Companies({{"cursor", cursor}})).at("items")), std::vector<std::string>{"b"});
  ExpectProblem(Companies({{"cursor", cursor}, {"q", "b"}}), 400, "cursor");
  ExpectProblem(Companies({{"cursor", cursor + "00"}}), 400, "cursor");
  ExpectProblem(Companies({{"cursor", "x"}}), 400, "cursor");
  token_ = env_.Token(Who::kAnalyst);
  ExpectProblem(Companies({{"cursor", cursor}}), 400, "cursor");
}

TEST_F(AnalyticsRoleTest, SearchesInIdNameAndIndustryAsPeopleReadThem) {
  Register("one", "Caf\xc3\xa9 \"Zwei\"", "Retail");
  Append("companies", "two", "tenant.created", {{"tenantID", "two"}, {"name", "Nullarbor"}});
  Jobs("three", 1);
  Settle();
  const auto found = [&](const std::string& search) {
    return fmt::format("{}", fmt::join(Ids(Body(Companies({{"q", search}})).at("items")), " "));
  };
  EXPECT_EQ(found("ONE"), "one");
  EXPECT_EQ(found("retAIL"), "one");
  EXPECT_EQ(found("caf\xc3\xa9"), "one");
  EXPECT_EQ(found("\"zwei\""), "one");
  EXPECT_EQ(found(""), "one three two");
  EXPECT_EQ(found("null"), "two") << "what has no name is not named null";
  EXPECT_EQ(found("\\"), "");
  EXPECT_EQ(found("zzz"), "");
  ExpectProblem(Companies({{"q", std::string(201, 'q')}}), 400, "200 bytes");
}

TEST_F(AnalyticsRoleTest, ShowsATenantsPeopleNothingButTheirOwn) {
  const std::string tenant = env_.Token(Who::kScientist, "acme");
  for (const char* id : {"acme", "other", "third"}) {
    Register(id, fmt::format("The secret of {}", id), "retail");
    Jobs(id, 5);
    Raise(id);
    for (int i = 0; i < 4; ++i) {
      Append("bigdatajobs", id, "user.logged_in",
             {{"userID", fmt::format("u of {}", id)}, {"sessionID", fmt::format("{}{}", id, i)}});
    }
  }
  Settle();
  EXPECT_EQ(Body(Companies()).at("items").size(), 3u);
  token_ = tenant;
  std::vector<HttpResponse> answers = {Companies(), Companies({{"q", "secret"}}), Listed(),
                                       Companies({{"asOf", "2023-11-15"}})};
  for (const char* number : kQuestionNumbers) {
    answers.push_back(Question(number));
    answers.push_back(Question(number, {{"tenant", "acme"}}));
    answers.push_back(Question(number, {{"from", "2023-11-01"}, {"to", "2023-11-15"}}));
    const json answer = Body(Question(number)).at("answer");
    if (answer.is_array()) {
      EXPECT_EQ(Ids(answer), std::vector<std::string>{"acme"}) << number;
    }
  }
  for (const HttpResponse& answer : answers) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.find("other"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find("third"), std::string::npos) << answer.body;
  }
  EXPECT_EQ(Ids(Body(Companies()).at("items")), std::vector<std::string>{"acme"});
  EXPECT_TRUE(Body(Companies({{"q", "other"}})).at("items").empty());
  EXPECT_EQ(Body(Question("1")).at("answer").at("sessions"), 4) << "not the 12 of all";
}

TEST_F(AnalyticsRoleTest, AnswersANewTenantWithNothingRatherThanAnError) {
  token_ = env_.Token(Who::kTenantAdmin, "newcomer");
  EXPECT_TRUE(Body(Companies()).at("items").empty());
  for (const char* number : {"2", "3", "4", "5"}) {
    EXPECT_EQ(Body(Question(number)).at("answer"), json::array());
  }
  EXPECT_EQ(Body(Question("1")).at("answer").at("sessions"), 0);
  EXPECT_EQ(Company("newcomer").status, 404);
}

TEST_F(AnalyticsRoleTest, AnswersEachQuestionWithItsTitleAndInstant) {
  Jobs("few", 1);
  Jobs("many", 9);
  Settle();
  std::set<std::string> titles;
  for (const char* number : kQuestionNumbers) {
    const json body = Body(Question(number, {{"to", "2023-11-14"}}));
    EXPECT_EQ(body.at("question"), std::stoi(number));
    EXPECT_EQ(body.at("asOf"), "2023-11-14T23:59:59.999Z");
    titles.insert(body.at("title"));
  }
  EXPECT_EQ(titles.size(), 5u);
  const std::vector<std::string> many_first = {"many", "few"};
  const std::vector<std::string> few_first = {"few", "many"};
  EXPECT_EQ(Ids(Body(Question("4")).at("answer")), many_first);
  EXPECT_EQ(Ids(Body(Question("5")).at("answer")), few_first);
  EXPECT_EQ(Body(Question("4")).at("answer")[0].at("risk").at("churn"), nullptr);
  for (const std::string number : {"0", "6", "", "01", "1 ", "one", "-1", "1.0", "\xff"}) {
    ExpectProblem(Question(number), 404, "they are 1 to 5");
  }
}

TEST_F(AnalyticsRoleTest, CutsTheRowsByLimitAndTheDaysByFrom) {
  for (int i = 0; i < 12; ++i) Jobs(fmt::format("t{:02}", i), i + 1);
  Jobs("t11", 100, "2023-11-10T00:00:00Z");
  Settle();
  EXPECT_EQ(Body(Question("5")).at("answer").size(), 10u) << "unless told otherwise";
  EXPECT_EQ(Body(Question("5", {{"limit", "1"}})).at("answer").size(), 1u);
  EXPECT_EQ(Body(Question("5", {{"limit", "1000"}})).at("answer").size(), 12u);
  const auto days = [&](const char* from, const char* to) {
    const json body = Body(Question("4", {{"from", from}, {"to", to}, {"tenant", "t11"}}));
    return body.at("answer").at(0).at("jobsByDay");
  };
  EXPECT_EQ(days("2023-11-10", "2023-11-14"), json({{"2023-11-10", 100}, {"2023-11-14", 12}}));
  EXPECT_EQ(days("2023-11-11", "2023-11-14"), json({{"2023-11-14", 12}}));
  EXPECT_EQ(days("2023-11-14T23:00:00Z", "2023-11-14T01:00:00Z"), json({{"2023-11-14", 12}}));
  EXPECT_EQ(days("2023-11-10", "2023-11-10"), json({{"2023-11-10", 100}}));
  ExpectProblem(Question("4", {{"from", "2023-11-11"}, {"to", "2023-11-10"}}), 400, "after to");
  ExpectProblem(Question("4", {{"from", "2023-11-15"}}), 400, "after to");
}

TEST_F(AnalyticsRoleTest, ListsNotificationsNewestFirstOverPages) {
  std::vector<std::string> raised;
  for (const char* id : {"a", "b", "c", "d", "e"}) raised.insert(raised.begin(), Raise(id));
  for (const char* limit : {"1", "2", "5", "6"}) {
    Query query = {{"limit", limit}, {"status", "open"}};
    std::vector<std::string> found;
    while (true) {
      const json page = Body(Listed(query));
      for (const std::string& id : Ids(page.at("items"), "notificationID")) found.push_back(id);
      if (!page.contains("next")) break;
      query.erase("cursor");
      query.emplace("cursor", page.at("next"));
    }
    EXPECT_EQ(found, raised) << limit;
  }
  const json newest = Body(Listed()).at("items").at(0);
  EXPECT_EQ(newest.at("rule"), "idle_after_login");
  EXPECT_EQ(newest.at("tenantID"), "e");
  EXPECT_EQ(newest.at("status"), "open");
  EXPECT_EQ(newest.at("acknowledgedBy"), nullptr);
  for (const char* status : {"", "Open", "all", "open,acknowledged"}) {
    ExpectProblem(Listed({{"status", status}}), 400, "open, acknowledged or cleared");
  }
}

TEST_F(AnalyticsRoleTest, AcknowledgesANotificationOnce) {
  const std::string id = Raise("acme");
  Raise("other");
  const json first = Body(Acknowledged(id));
  EXPECT_EQ(first.at("status"), "acknowledged");
  EXPECT_EQ(first.at("notificationID"), id);
  env_.clock().Advance(absl::Hours(1));
  token_ = env_.Token(Who::kSre);
  EXPECT_EQ(Body(Acknowledged(id)), first) << "who took it on first has it";
  EXPECT_EQ(Ids(Body(Listed({{"status", "acknowledged"}})).at("items")),
            std::vector<std::string>{"acme"});
  EXPECT_EQ(Ids(Body(Listed({{"status", "open"}})).at("items")), std::vector<std::string>{"other"});
  const std::string unknown[] = {"",
                                 "n",
                                 "x'; DROP TABLE notifications",
                                 id + "0",
                                 id + std::string(1, '\0'),
                                 std::string(100'000, 'n'),
                                 "\xff"};
  for (const std::string& wrong : unknown) {
    const HttpResponse response = Acknowledged(wrong);
    ExpectProblem(response, 404, "there is no notification");
    EXPECT_LT(response.body.size(), 1'000u);
  }
  EXPECT_EQ(Body(Listed()).at("items").size(), 2u);
}

TEST_F(AnalyticsRoleTest, LetsOnlyTheOperatorsPeopleAcknowledge) {
  const std::string own = Raise("acme"), foreign = Raise("other");
  for (const Who role : {Who::kTenantAdmin, Who::kScientist}) {
    token_ = env_.Token(role, "acme");
    EXPECT_EQ(Ids(Body(Listed()).at("items")), std::vector<std::string>{"acme"});
    const HttpResponse refused = Acknowledged(foreign);
    ExpectProblem(refused, 403, "may not acknowledge");
    EXPECT_EQ(Acknowledged(own).body, refused.body);
    EXPECT_EQ(Acknowledged("none").body, refused.body) << "what is there is not told";
  }
  token_ = env_.Token(Who::kOperatorAdmin);
  EXPECT_EQ(Body(Listed({{"status", "acknowledged"}})).at("items").size(), 0u);
  EXPECT_EQ(Acknowledged(own).status, 200);
}

TEST_F(AnalyticsRoleTest, AsksEverybodyForACredential) {
  Jobs("acme", 1);
  Settle();
  const std::string id = Raise("acme");
  const auto statuses = [&] {
    std::set<int> found = {Companies().status, Company("acme").status, Listed().status};
    for (const char* number : kQuestionNumbers) found.insert(Question(number).status);
    return found;
  };
  for (const std::string token : {"", "wrong", " "}) {
    token_ = token;
    EXPECT_EQ(statuses(), std::set<int>{401});
    EXPECT_EQ(Acknowledged(id).status, 401);
  }
  for (const Who role : {Who::kOperatorAdmin, Who::kAnalyst, Who::kSre}) {
    token_ = env_.Token(role);
    EXPECT_EQ(statuses(), std::set<int>{200});
  }
  for (const Who role : {Who::kTenantAdmin, Who::kScientist}) {
    token_ = env_.Token(role, "acme");
    EXPECT_EQ(statuses(), std::set<int>{200});
  }
}

}  // namespace
}  // namespace tenantry::roles
