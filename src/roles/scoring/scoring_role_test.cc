#include "roles/scoring/scoring_role.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "roles/http/door_test_env.h"
#include "runtime/disk/files.h"
#include "sample_model.h"
#include "test_data.h"

namespace tenantry::roles {
namespace {

using net::HttpResponse;
using nlohmann::json;
using scoring::SampleModel;
using Who = identity::Role;

constexpr int kBodyBytesMax = 16 << 20;  // what the server takes unless told otherwise

std::string Repeated(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// A value that nests `levels` deep.
std::string Nested(int levels) { return Repeated("[", levels) + Repeated("]", levels); }

class ScoringRoleTest : public ::testing::Test {
 protected:
  ScoringRoleTest() {
    auto opened = scoring::registry::ModelRegistry::Open(folder_, faults_, {2, 100});
    EXPECT_TRUE(opened.ok()) << opened.status();
    registry_ = *std::move(opened);
    role_ = std::make_unique<ScoringRole>(*registry_, scorer_, env_.store(), env_.clock(),
                                          env_.door(), [this] { ++changes_; });
    EXPECT_TRUE(role_->UseActiveModel().ok());
  }
  ~ScoringRoleTest() override { std::filesystem::remove_all(folder_); }

  HttpResponse Ask(const std::string& operation, const std::string& model = "",
                   const std::string& body = "", const std::string& key = "",
                   std::multimap<std::string, std::string> query = {}) {
    for (const net::Route& route : role_->Routes()) {
      if (route.operation != operation) continue;
      net::HttpRequest request = DoorTestEnv::Request(route.method, "/test", token_, body);
      request.path_params = {{"modelName", model}};
      request.query = std::move(query);
      if (!key.empty()) request.headers.emplace("Idempotency-Key", key);
      return route.handler(request);
    }
    ADD_FAILURE() << "no operation " << operation;
    return {};
  }
  HttpResponse Assess(const std::string& body) { return Ask("assessChurn", "", body); }
  HttpResponse Add(const std::string& file) { return Ask("addModel", "", file); }
  // Adds a model and lets it score.
  void Promote(const scoring::Model& model) {
    EXPECT_EQ(Add(ToModelFile(model)).status, 201);
    EXPECT_EQ(Ask("promoteModel", model.name).status, 200);
  }

  static json Body(const HttpResponse& response) {
    const json body = json::parse(response.body, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << response.body;
    return body;
  }
  // The answer is a problem about `about`, and no longer than somebody reads.
  static void ExpectProblem(const HttpResponse& response, int status, std::string_view about) {
    EXPECT_EQ(response.status, status) << response.body.substr(0, 500);
    const std::string detail = Body(response).value("detail", "");
    EXPECT_NE(detail.find(about), std::string::npos) << detail.substr(0, 500);
    EXPECT_LT(response.body.size(), 1'000u);
  }
  std::vector<std::string> Listed() {
    std::vector<std::string> lines;
    const json list = Body(Ask("listModels"));
    for (const json& model : list.at("items")) {
      lines.push_back(fmt::format("{} {}", model.at("name").get<std::string>(),
                                  model.at("status").get<std::string>()));
    }
    return lines;
  }

  DoorTestEnv env_;
  const std::string folder_ = metastore::FreshFolder();
  base::ScriptedFaults faults_;
  std::unique_ptr<scoring::registry::ModelRegistry> registry_;
  scoring::embedded::EmbeddedScorer scorer_;
  std::unique_ptr<ScoringRole> role_;
  std::string token_ = env_.Token(Who::kAnalyst);
  std::atomic<int> changes_ = 0;
};

using Lines = std::vector<std::string>;

TEST_F(ScoringRoleTest, AssessesTheFirstDemonstrationsRequest) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "seed_dashboard");
  const auto request = runtime::ReadFile(folder + "/assess-request.json", 10'000);
  ASSERT_TRUE(request.ok()) << request.status();
  Promote(SampleModel());
  const HttpResponse response = Assess(*request);
  EXPECT_EQ(response.status, 200);
  const json answer = Body(response);
  EXPECT_EQ(answer.at("companyID"), "comp_4");
  EXPECT_TRUE(answer.at("churn").is_boolean());
}

TEST_F(ScoringRoleTest, AssessesOldAndNewSpellingsAlike) {
  Promote(SampleModel());
  const json old_spelling = Body(
      Assess(R"({"companyID":"c","revenu":99420,"industry":"retail","employee":4635,"job30":3,)"
             R"("job90":100,"monthlyFee":400,"totalFee":1200,"riskOfChurn":false})"));
  const json new_spelling = Body(
      Assess(R"({"companyID":"c","revenue":99420,"industry":"retail","employees":4635,"job30":3,)"
             R"("job90":100,"monthlyFee":400,"totalFee":1200.0,"riskOfChurn":true})"));
  EXPECT_EQ(old_spelling, new_spelling) << "what the client believes of the risk is not scored";
  EXPECT_EQ(old_spelling.at("churn"), true);
  EXPECT_GT(old_spelling.at("score"), 0.9);
  EXPECT_EQ(old_spelling.at("status"), "fresh");
  EXPECT_EQ(old_spelling.at("model"), "sample-1");
  EXPECT_EQ(old_spelling.at("reasons").at(0).at("feature"), "industry");
  EXPECT_EQ(old_spelling.at("reasons").at(0).at("value"), "retail");
  EXPECT_EQ(Body(Assess(R"({"job30":9,"industry":"gov"})")).at("churn"), false);
}

TEST_F(ScoringRoleTest, ScoresIndustriesThatTheModelDoesNotKnow) {
  Promote(SampleModel());
  const auto score = [&](const char* industry) {
    const json answer = Body(Assess(json({{"industry", industry}, {"job30", 6}}).dump()));
    EXPECT_EQ(answer.at("status"), "fresh");
    return answer.at("score").get<double>();
  };
  EXPECT_EQ(score("space mining"), score("quantum farming"));
  EXPECT_NE(score("space mining"), score("retail"));
  EXPECT_NE(score("space mining"), score("gov"));
  EXPECT_EQ(score("RETAIL"), score("space mining")) << "as in training: by the letter";
}

TEST_F(ScoringRoleTest, SaysUnknownWithoutAModelAndNeverNo) {
  const HttpResponse response = Assess(R"({"companyID":"c","job30":1})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Body(response), json({{"companyID", "c"},
                                  {"churn", nullptr},
                                  {"score", nullptr},
                                  {"status", "unknown"},
                                  {"model", nullptr},
                                  {"reasons", json::array()}}));
  EXPECT_EQ(Add(ToModelFile(SampleModel())).status, 201);
  EXPECT_EQ(Body(Assess(R"({"job30":1})")).at("status"), "unknown") << "it is not promoted";
}

TEST_F(ScoringRoleTest, NamesTheFieldOfARequestThatIsWrong) {
  Promote(SampleModel());
  const std::pair<std::string, const char*> wrong[] = {
      {"", "the body is empty"},
      {"null", "must be a JSON object"},
      {"{}", "nothing to assess"},
      {R"({"companyID":"c"})", "nothing to assess"},
      {R"({"job3O":1})", "\"job30\""},
      {R"({"Industry":"retail"})", "\"industry\""},
      {R"({"revenue":"99420"})", "\"revenue\" must be a number"},
      {R"({"employee":true})", "\"employee\" must be a number"},
      {R"({"job30":-0.5})", "\"job30\" must be a number from 0"},
      {R"({"job90":1.1e15})", "\"job90\" must be a number from 0 to 1e15"},
      {R"({"totalFee":1e308})", "\"totalFee\" must be a number"},
      {R"({"totalFee":1e309})", "not valid JSON"},
      {R"({"monthlyFee":)" + std::string(400, '9') + "}", "not valid JSON"},
      {R"({"monthlyFee":NaN})", "not valid JSON"},
      {R"({"industry":["retail"]})", "\"industry\" must be a text"},
      {R"({"industry":")" + std::string(257, 'x') + "\"}", "at most 256 bytes"},
      {R"({"companyID":")" + std::string(129, 'x') + R"(","job30":1})", "companyID"},
      {R"({"riskOfChurn":"no","job30":1})", "riskOfChurn"},
      {R"({"job30":1,"job30":2})", "given twice"},
      {R"({"revenu":1,"revenue":2})", "other spelling"},
      {"{\"industry\":\"" + std::string(1 << 20, 'x') + "\xff\"}", "not valid JSON"},
      {"{\"" + std::string(1 << 20, 'x') + "\":1}", "unknown field"},
      {"{\"job30\":\"" + std::string(1 << 20, 'x') + "\"}", "\"job30\" must be a number"},
  };
  for (const auto& [body, about] : wrong) {
    SCOPED_TRACE(body.substr(0, 80));
    ExpectProblem(Assess(body), 400, about);
  }
}

// Whoever walks such a value runs out of stack: it is refused before anybody does.
TEST_F(ScoringRoleTest, RefusesWhatNestsWithoutEnd) {
  Promote(SampleModel());
  const std::string deep = Nested(kBodyBytesMax / 2 - 100);
  for (const char* field : {"revenue", "industry", "companyID", "riskOfChurn", "other"}) {
    SCOPED_TRACE(field);
    ExpectProblem(Assess(fmt::format(R"({{"{}":{}}})", field, deep)), 400, "");
  }
  const std::string file = fmt::format(
      R"({{"format":"tenantry.model","formatVersion":1,"checksum":"0","features":{}}})", deep);
  ExpectProblem(Add(file), 400, "");
}

TEST_F(ScoringRoleTest, LetsOnlyThoseAssessWhoMay) {
  for (const Who role : {Who::kTenantAdmin, Who::kScientist}) {
    token_ = env_.Token(role, "acme");
    ExpectProblem(Assess(R"({"job30":1})"), 403, "may not assess");
    ExpectProblem(Assess("nonsense"), 403, "may not assess");
    for (const char* operation :
         {"listModels", "addModel", "getModel", "promoteModel", "rollBackModel"}) {
      EXPECT_EQ(Ask(operation, "x").status, 403) << operation;
    }
  }
  token_ = env_.Token(Who::kSre);
  EXPECT_EQ(Assess(R"({"job30":1})").status, 403);
  EXPECT_EQ(Ask("listModels").status, 200);
  EXPECT_EQ(Ask("getModel", "x").status, 404);
  for (const char* operation : {"addModel", "promoteModel", "rollBackModel"}) {
    EXPECT_EQ(Ask(operation, "x").status, 403) << operation;
  }
  token_ = "";
  EXPECT_EQ(Assess(R"({"job30":1})").status, 401);
  EXPECT_EQ(Ask("listModels").status, 401);
  EXPECT_EQ(changes_, 0);
}

TEST_F(ScoringRoleTest, ListsModelsPageByPage) {
  for (int i = 0; i < 2; ++i) {
    scoring::Model model = SampleModel(fmt::format("m{}", i));
    model.created += absl::Seconds(i);
    ASSERT_EQ(Add(ToModelFile(model)).status, 201);
  }
  std::vector<size_t> sizes;
  Lines names;
  std::multimap<std::string, std::string> query = {{"limit", "1"}};
  for (bool more = true; more && sizes.size() < 9;) {
    const json page = Body(Ask("listModels", "", "", "", query));
    sizes.push_back(page.at("items").size());
    for (const json& model : page.at("items")) names.push_back(model.at("name"));
    more = page.contains("next");
    if (more) query = {{"limit", "1"}, {"cursor", page.at("next").get<std::string>()}};
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{1, 1}));
  EXPECT_EQ(names, (Lines{"m1", "m0"}));
  ExpectProblem(Ask("listModels", "", "", "", {{"limit", "1001"}}), 400, "1 to 1000");
  ExpectProblem(Ask("listModels", "", "", "", {{"cursor", "made-up"}}), 400, "cursor");
}

TEST_F(ScoringRoleTest, KeepsPromotesAndRollsBackModels) {
  EXPECT_EQ(Listed(), Lines());
  ExpectProblem(Ask("rollBackModel"), 409, "none was promoted yet");
  const HttpResponse added = Add(ToModelFile(SampleModel("a.1")));
  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(added.headers.find("Location")->second, "/api/v1/models/a.1");
  EXPECT_EQ(Body(added), Body(Ask("getModel", "a.1")));
  EXPECT_EQ(Body(added).at("status"), "candidate");
  scoring::Model newer = SampleModel("b");
  newer.created += absl::Seconds(1);
  Promote(newer);
  EXPECT_EQ(Listed(), (Lines{"b active", "a.1 candidate"}));
  ExpectProblem(Ask("rollBackModel"), 409, "none was active before");
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Body(Ask("promoteModel", "a.1")).at("status"), "active");
  EXPECT_EQ(Listed(), (Lines{"b previous", "a.1 active"}));
  EXPECT_EQ(Body(Assess(R"({"job30":1})")).at("model"), "a.1");
  EXPECT_EQ(Body(Ask("rollBackModel")).at("name"), "b");
  EXPECT_EQ(Body(Assess(R"({"job30":1})")).at("model"), "b");
  EXPECT_EQ(changes_, 3);
}

TEST_F(ScoringRoleTest, AuditsEveryChangeOnce) {
  const auto ask = [&](const char* operation, const std::string& model) {
    return Ask(operation, model).status;
  };
  const std::string file = ToModelFile(SampleModel("a"));
  EXPECT_EQ(Add(file).status, 201);
  EXPECT_EQ(Add(file).status, 201);
  EXPECT_EQ(Add("no model").status, 400);
  EXPECT_EQ(ask("promoteModel", "a"), 200);
  EXPECT_EQ(ask("promoteModel", "a"), 200);
  EXPECT_EQ(ask("promoteModel", "nothing"), 404);
  EXPECT_EQ(ask("rollBackModel", ""), 409);
  Promote(SampleModel("b"));
  EXPECT_EQ(ask("rollBackModel", ""), 200);
  EXPECT_EQ(env_.Audit("model."), (Lines{R"(model.add a {"active":null} {"active":null})",
                                         R"(model.promote a {"active":null} {"active":"a"})",
                                         R"(model.add b {"active":"a"} {"active":"a"})",
                                         R"(model.promote b {"active":"a"} {"active":"b"})",
                                         R"(model.rollback a {"active":"b"} {"active":"a"})"}));
}

TEST_F(ScoringRoleTest, ChangesNothingThatCannotBeAudited) {
  EXPECT_EQ(Add(ToModelFile(SampleModel("a"))).status, 201);
  env_.faults().Fail("metastore.begin", absl::UnavailableError("planted"), 0, 100);
  EXPECT_EQ(Ask("promoteModel", "a").status, 503);
  env_.faults().Fail("metastore.begin", absl::OkStatus(), 0, 0);
  EXPECT_EQ(Listed(), Lines{"a candidate"});
}

TEST_F(ScoringRoleTest, AddsAModelOnceUnderItsName) {
  const std::string file = ToModelFile(SampleModel());
  const HttpResponse first = Ask("addModel", "", file, "k");
  EXPECT_EQ(Ask("addModel", "", file, "k").body, first.body);
  EXPECT_EQ(Add(file).status, 201) << "the same again changes nothing";
  EXPECT_EQ(Listed(), Lines{"sample-1 candidate"});
  scoring::Model other = SampleModel();
  other.intercept = 7;
  ExpectProblem(Add(ToModelFile(other)), 409, "already named \"sample-1\"");
  EXPECT_EQ(Ask("addModel", "", ToModelFile(other), "k").status, 422);
  EXPECT_EQ(Add(ToModelFile(SampleModel("b"))).status, 201);
  EXPECT_GE(Add(ToModelFile(SampleModel("c"))).status, 400) << "there is room for two";
  EXPECT_EQ(Listed().size(), 2u);
}

TEST_F(ScoringRoleTest, RefusesNamesThatAreNoModels) {
  EXPECT_EQ(Add(ToModelFile(SampleModel())).status, 201);
  const std::string wrong[] = {"none",
                               "",
                               "../sample-1",
                               ".",
                               "..",
                               "active",
                               "a/b",
                               "sample-1\n",
                               std::string(1000, 'x'),
                               "SAMPLE-1",
                               "\xff",
                               "rollback",
                               std::string("sample-1\0", 9),
                               "sample-1.model.json"};
  for (const std::string& name : wrong) {
    SCOPED_TRACE(name);
    for (const char* operation : {"getModel", "promoteModel"}) {
      const HttpResponse response = Ask(operation, name);
      EXPECT_TRUE(response.status == 404 || response.status == 400) << response.body;
      EXPECT_EQ(response.body.find(folder_), std::string::npos) << response.body;
    }
  }
  EXPECT_EQ(changes_, 0);
  EXPECT_EQ(scorer_.Current(), nullptr);
}

TEST_F(ScoringRoleTest, RefusesModelFilesThatAreDamagedOrOfAnotherVersion) {
  const std::string whole = ToModelFile(SampleModel());
  ExpectProblem(Add(""), 400, "not JSON");
  ExpectProblem(Add(std::string("\0\xff\x1f\x8b", 4)), 400, "not JSON");
  ExpectProblem(Add("[]"), 400, "no model file");
  ExpectProblem(Add("{}"), 400, "no model file");
  ExpectProblem(Add(whole.substr(0, whole.size() / 2)), 400, "not JSON");
  json changed = json::parse(whole);
  changed["intercept"] = 0.5;
  ExpectProblem(Add(changed.dump()), 400, "damaged");
  for (const json& version : {json(2), json(1e300), json(UINT64_MAX), json(INT64_MIN), json("1"),
                              json(1.0), json(0), json(nullptr)}) {
    SCOPED_TRACE(version.dump());
    changed = json::parse(whole);
    changed["formatVersion"] = version;
    ExpectProblem(Add(changed.dump()), 400, "format");
  }
  EXPECT_EQ(Listed(), Lines());
}

// Finite weights, infinite sums: such a model would score nothing, and that is no "no".
TEST_F(ScoringRoleTest, RefusesModelsThatCannotScore) {
  const auto refused = [&](const std::function<void(scoring::Model&)>& change) {
    scoring::Model model = SampleModel();
    change(model);
    ExpectProblem(Add(ToModelFile(model)), 400, "no sensible number");
  };
  refused([](auto& model) { model.weights = {1e308, 1e308, -1e308, 1e308, -1e308}; });
  refused([](auto& model) { model.intercept = -1e308; });
  refused([](auto& model) {
    auto features = model.definition.features();
    features[0].sd = 1e-300;
    features[0].highest = 1e300;
    model.definition = scoring::FeatureDefinition(features);
  });
  EXPECT_EQ(Listed(), Lines());
}

// Whoever promotes last by the registry scores in the end, and an answer bears the name of the
// model that gave it.
TEST_F(ScoringRoleTest, SwitchesWholeWhileOthersAskAndSwitch) {
  constexpr int kTurns = 100;
  for (const char* name : {"yes", "no"}) {
    scoring::Model model = SampleModel(name);
    model.intercept = name == std::string("yes") ? 50 : -50;
    Promote(model);
  }
  std::atomic<bool> done = false;
  int confused = 0;
  std::thread asking([&] {
    while (!done) {
      const json answer = Body(Assess(R"({"job30":6})"));
      if (answer.at("churn") != (answer.at("model") == "yes")) ++confused;
    }
  });
  std::vector<std::thread> promoting;
  for (const char* name : {"yes", "no"}) {
    promoting.emplace_back([this, name] {
      for (int i = 0; i < kTurns; ++i) EXPECT_EQ(Ask("promoteModel", name).status, 200);
    });
  }
  for (std::thread& thread : promoting) thread.join();
  done = true;
  asking.join();
  EXPECT_EQ(confused, 0);
  const auto active = registry_->Active();
  ASSERT_TRUE(active.ok() && active->has_value());
  ASSERT_NE(scorer_.Current(), nullptr);
  EXPECT_EQ(scorer_.Current()->name, (*active)->name);
}

TEST_F(ScoringRoleTest, StartsWithADamagedActiveModelAndScoresAgainOnceItIsWhole) {
  const std::string file = ToModelFile(SampleModel("good"));
  Promote(SampleModel("good"));
  ASSERT_TRUE(runtime::WriteFileAtomically(folder_ + "/good.model.json", "{", 0644).ok());
  scorer_.Clear();  // as at a start
  EXPECT_FALSE(role_->UseActiveModel().ok());
  EXPECT_TRUE(absl::IsUnavailable(scorer_.ScoreRows({{}}).status()));
  EXPECT_EQ(Body(Assess(R"({"job30":1})")).at("status"), "unknown");
  token_ = env_.Token(Who::kOperatorAdmin);
  EXPECT_EQ(Add(file).status, 201);
  EXPECT_TRUE(scorer_.ScoreRows({{}}).ok());
  EXPECT_EQ(changes_, 2) << "everybody is scored anew";
}

TEST_F(ScoringRoleTest, GoesOnWithItsModelAndTriesAgainWhatCouldNotBeRead) {
  const auto write = [this](const std::string& text) {
    return runtime::WriteFileAtomically(folder_ + "/good.model.json", text, 0644).ok();
  };
  Promote(SampleModel("good"));
  const int before = changes_;
  role_->RetryModel();
  EXPECT_EQ(changes_, before) << "nothing had failed";
  ASSERT_TRUE(write("{"));
  EXPECT_FALSE(role_->UseActiveModel().ok());
  EXPECT_FALSE(scorer_.Ready().ok()) << "it is told";
  role_->RetryModel();
  EXPECT_EQ(Body(Assess(R"({"job30":1})")).at("model"), "good");
  EXPECT_EQ(changes_, before);
  ASSERT_TRUE(write(ToModelFile(SampleModel("good"))));
  role_->RetryModel();
  role_->RetryModel();
  EXPECT_EQ(changes_, before + 1);
  EXPECT_TRUE(scorer_.Ready().ok());
}

TEST_F(ScoringRoleTest, GoesOnScoringWhenTheNextModelsFileIsDamaged) {
  Promote(SampleModel("good"));
  EXPECT_EQ(Add(ToModelFile(SampleModel("bad"))).status, 201);
  ASSERT_TRUE(runtime::WriteFileAtomically(folder_ + "/bad.model.json", "{}", 0644).ok());
  EXPECT_GE(Ask("promoteModel", "bad").status, 400);
  EXPECT_EQ(Listed(), Lines{"good active"});
  EXPECT_EQ(Body(Assess(R"({"job30":1})")).at("model"), "good");
  faults_.Fail("scoring.registry_write", absl::UnavailableError("planted"));
  token_ = env_.Token(Who::kOperatorAdmin);
  ExpectProblem(Ask("rollBackModel"), 409, "none was active before");
  EXPECT_EQ(changes_, 1);
}

}  // namespace
}  // namespace tenantry::roles
