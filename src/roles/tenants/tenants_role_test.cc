#include "roles/tenants/tenants_role.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "roles/http/door_test_env.h"

namespace tenantry::roles {
namespace {

using net::HttpResponse;
using nlohmann::json;
using Who = identity::Role;
using Parameters = std::map<std::string, std::string>;

class TenantsRoleTest : public testing::Test {
 protected:
  // Calls one operation as `token_`.
  HttpResponse Ask(const std::string& operation, const Parameters& path,
                   const std::string& body = "", const net::Headers& headers = {},
                   const std::multimap<std::string, std::string>& query = {}) {
    for (const net::Route& route : role_.Routes()) {
      if (route.operation != operation) continue;
      net::HttpRequest request = DoorTestEnv::Request(route.method, "/test", token_, body);
      request.headers.insert(headers.begin(), headers.end());
      request.path_params = path;
      request.query = query;
      return route.handler(request);
    }
    ADD_FAILURE() << "no operation " << operation;
    return {};
  }

  static json Body(const HttpResponse& response) { return json::parse(response.body); }

  void ExpectProblem(const HttpResponse& response, int status, std::string_view about) {
    EXPECT_EQ(response.status, status) << response.body;
    const std::string detail = Body(response).value("detail", "");
    EXPECT_NE(detail.find(about), std::string::npos) << detail;
  }

  DoorTestEnv env_;
  TenantsRole role_{env_.registry(), env_.people(), env_.keys(), env_.sessions(), env_.door()};
  std::string token_ = env_.Token(Who::kOperatorAdmin);
};

TEST_F(TenantsRoleTest, NamesTheFieldOfATenantThatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({})", "name is missing"},
      {R"({"name":""})", "name has 0 bytes"},
      {R"({"name":7})", "name must be a text"},
      {R"({"name":null})", "name must be a text"},
      {R"({"name":"x","nmae":1})", "did you mean 'name'?"},
      {R"({"name":"x","revenue":-1})", "revenue must be a number from 0"},
      {R"({"name":"x","revenue":1e13})", "revenue must be a number"},
      {R"({"name":"x","revenue":"1"})", "revenue must be a number"},
      {R"({"name":"x","revenue":1e400})", "number overflow"},
      {R"({"name":"x","employees":1.5})", "employees must be a whole number"},
      {R"({"name":"x","employees":-1})", "employees must be a whole number"},
      {R"({"name":"x","employees":10000001})", "employees must be a whole number"},
      {R"({"name":"x","employees":18446744073709551616})", "employees must be a whole number"},
      {R"({"name":"x","sentiment":1.1})", "sentiment must be a number from -1 to 1"},
      {R"({"name":"x","plan":"gold"})", "plan must be one of free, team, enterprise"},
      {R"({"name":"x","pattern":null})", "pattern must be one of"},
      {R"({"name":"x","tenantID":7})", "tenantID must be a text"},
      {R"({"name":"x","tenantID":""})", "tenantID"},
      {R"({"name":"x","tenantID":"count"})", "tenantID 'count' can't be had"},
      {R"({"name":"x","tenantID":"."})", "the id '.' can't be had"},
      {R"({"name":"x","tenantID":".."})", "the id '..' can't be had"},
      {R"({"name":"x","name":"y"})", "the name 'name' is given twice"},
      {R"([])", "the body must be a JSON object"},
      {"", "the body is empty"},
  };
  for (const auto& [body, about] : wrong) {
    SCOPED_TRACE(body);
    ExpectProblem(Ask("createTenant", {}, body), 400, about);
  }
  EXPECT_EQ(Body(Ask("countTenants", {})).at("count"), 0);
}

TEST_F(TenantsRoleTest, MakesReadsAndDeletesATenant) {
  const HttpResponse made =
      Ask("createTenant", {}, R"({"tenantID":"a/b é","name":"A","employees":7,"revenue":1.5})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.headers.find("Location")->second, "/api/v1/tenants/a%2Fb%20%C3%A9");
  EXPECT_EQ(Body(made).at("status"), "active");
  const Parameters path = {{"tenantID", "a/b é"}};
  const HttpResponse got = Ask("getTenant", path);
  EXPECT_EQ(got.body, made.body);
  EXPECT_EQ(got.headers.find("ETag")->second, made.headers.find("ETag")->second);
  EXPECT_EQ(Ask("createTenant", {}, R"({"tenantID":"a/b é","name":"B"})").status, 409);
  EXPECT_EQ(Ask("deleteTenant", path).status, 204);
  EXPECT_EQ(Ask("getTenant", path).status, 404);
  EXPECT_EQ(Ask("deleteTenant", path).status, 404);
  EXPECT_EQ(Ask("createTenant", {}, R"({"tenantID":"a/b é","name":"B"})").status, 409)
      << "an id is never another tenant's";
}

TEST_F(TenantsRoleTest, ChangesOnlyTheVersionThatIfMatchNames) {
  env_.AddTenant("acme");
  const Parameters path = {{"tenantID", "acme"}};
  const std::string tag = Ask("getTenant", path).headers.find("ETag")->second;
  const HttpResponse changed = Ask("updateTenant", path, R"({"plan":"team"})", {{"If-Match", tag}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_NE(changed.headers.find("ETag")->second, tag);
  const std::string wrong[] = {
      tag, "1", "\"\"", "\"x\"", "\"1x\"", "W/" + tag, "\"", "\"99999999999999999999\"", "\"-1\""};
  for (const std::string& match : wrong) {
    for (const char* operation : {"updateTenant", "replaceTenant", "deleteTenant"}) {
      EXPECT_EQ(Ask(operation, path, R"({"name":"x"})", {{"If-Match", match}}).status, 412)
          << operation << match;
    }
  }
  EXPECT_EQ(Body(Ask("getTenant", path)).at("name"), "acme");
  EXPECT_EQ(Ask("updateTenant", path, R"({"name":"x"})", {{"If-Match", "*"}}).status, 200);
}

TEST_F(TenantsRoleTest, ChangesWhenAnyTagOfAListMatches) {
  env_.AddTenant("acme");
  const Parameters path = {{"tenantID", "acme"}};
  const auto change = [&](const std::vector<std::pair<std::string, std::string>>& headers) {
    return Ask("updateTenant", path, R"({"name":"x"})", {headers.begin(), headers.end()}).status;
  };
  const auto tag = [&] { return Ask("getTenant", path).headers.find("ETag")->second; };
  EXPECT_EQ(change({{"If-Match", "\"99\", " + tag() + " ,\"x,y\""}}), 200);
  EXPECT_EQ(change({{"If-Match", tag() + ",W/\"1\""}}), 200);
  EXPECT_EQ(change({{"If-Match", "\"99\""}, {"if-match", tag()}}), 200);
  EXPECT_EQ(change({{"If-Match", "\"99\", W/" + tag()}}), 412);
  EXPECT_EQ(change({{"If-Match", ","}}), 412);
}

TEST_F(TenantsRoleTest, RefusesFiltersThatNoTenantCanHave) {
  for (const char* filter : {"plan", "pattern", "status"}) {
    ExpectProblem(Ask("listTenants", {}, "", {}, {{filter, "gold"}}), 400, filter);
    ExpectProblem(Ask("countTenants", {}, "", {}, {{filter, "gold"}}), 400, filter);
  }
}

// A record is read, edited and put back whole.
TEST_F(TenantsRoleTest, TakesBackWhatItShowed) {
  ASSERT_EQ(Ask("createTenant", {}, R"({"tenantID":"acme","name":"A","plan":"team"})").status, 201);
  const Parameters path = {{"tenantID", "acme"}};
  const json shown = Body(Ask("getTenant", path));
  const auto put = [&](const char* field, const json& value) {
    json edited = Body(Ask("getTenant", path));
    edited[field] = value;
    return Ask("replaceTenant", path, edited.dump());
  };
  EXPECT_EQ(put("name", "B").status, 200);
  EXPECT_EQ(Body(Ask("getTenant", path)).at("name"), "B");
  EXPECT_EQ(Body(Ask("getTenant", path)).at("plan"), "team");
  EXPECT_EQ(Ask("replaceTenant", path, shown.dump()).status, 412) << "of an older version";
  ExpectProblem(put("tenantID", "other"), 400, "tenantID can't be replaced: it is \"acme\"");
  ExpectProblem(put("status", "suspended"), 400, "status can't be replaced");
  ExpectProblem(put("created", "2020-01-01T00:00:00Z"), 400, "created can't be replaced");
  EXPECT_EQ(put("updated", "whatever").status, 200);
}

TEST_F(TenantsRoleTest, ReplacesAllAndPatchesSome) {
  ASSERT_EQ(Ask("createTenant", {}, R"({"tenantID":"acme","name":"A","industry":"x"})").status,
            201);
  const Parameters path = {{"tenantID", "acme"}};
  EXPECT_EQ(Body(Ask("updateTenant", path, R"({"employees":5})")).at("industry"), "x");
  EXPECT_EQ(Body(Ask("updateTenant", path, R"({"employees":null})")).at("employees"), nullptr);
  EXPECT_EQ(Body(Ask("replaceTenant", path, R"({"name":"B"})")).at("industry"), nullptr);
  ExpectProblem(Ask("replaceTenant", path, R"({"industry":"y"})"), 400, "name is missing");
  ExpectProblem(Ask("updateTenant", path, R"({"status":"deleted"})"), 400, "active or suspended");
  ExpectProblem(Ask("updateTenant", path, R"({"status":7})"), 400, "status must be a text");
  ExpectProblem(Ask("updateTenant", path, R"({"name":"C","plan":"gold"})"), 400, "plan must be");
  EXPECT_EQ(Body(Ask("getTenant", path)).at("name"), "B") << "nothing of a refused change is kept";
}

TEST_F(TenantsRoleTest, ListsEveryTenantOnceOverPages) {
  std::set<std::string> expected;
  for (int i = 0; i < 23; ++i) expected.insert(fmt::format("t{}", i));
  for (const std::string& id : expected) env_.AddTenant(id);
  for (const char* limit : {"1", "5", "23", "1000"}) {
    std::multimap<std::string, std::string> query = {{"limit", limit}};
    std::vector<std::string> found;
    while (true) {
      const json page = Body(Ask("listTenants", {}, "", {}, query));
      EXPECT_LE(page.at("items").size(), std::stoul(limit));
      for (const json& item : page.at("items")) found.push_back(item.at("tenantID"));
      if (!page.contains("next")) break;
      query.erase("cursor");
      query.emplace("cursor", page.at("next"));
    }
    EXPECT_EQ(found, std::vector<std::string>(expected.begin(), expected.end())) << limit;
  }
  ExpectProblem(Ask("listTenants", {}, "", {}, {{"status", "gone"}}), 400, "status 'gone'");
  ExpectProblem(Ask("listTenants", {}, "", {}, {{"q", std::string(201, 'q')}}), 400, "200 bytes");
}

TEST_F(TenantsRoleTest, ShowsATenantsPeopleItAlone) {
  env_.AddTenant("other");
  token_ = env_.Token(Who::kScientist, "acme");
  const json items = Body(Ask("listTenants", {})).at("items");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].at("tenantID"), "acme");
  EXPECT_EQ(Body(Ask("countTenants", {})).at("count"), 1);
}

TEST_F(TenantsRoleTest, MakesPeopleWhoLogIn) {
  env_.AddTenant("acme");
  const Parameters path = {{"tenantID", "acme"}};
  ExpectProblem(Ask("addTenantUser", path, R"({"userID":"ann"})"), 400, "role is missing");
  for (const char* id : {".", ".."}) {
    const json dots = {{"userID", id}, {"role", "scientist"}};
    ExpectProblem(Ask("addTenantUser", path, dots.dump()), 400, "can't be had");
  }
  ExpectProblem(Ask("addTenantUser", path, R"({"userID":"ann","role":"boss"})"), 400,
                "role 'boss' is none of");
  ExpectProblem(Ask("addTenantUser", path, R"({"userID":"ann","role":"sre"})"), 400, "");
  ExpectProblem(
      Ask("addTenantUser", path, R"({"userID":"ann","role":"scientist","password":"short"})"), 400,
      "password");
  const std::string ann = R"({"userID":"ann","role":"scientist","password":"long enough"})";
  const HttpResponse added = Ask("addTenantUser", path, ann);
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(added.headers.find("Location")->second, "/api/v1/tenants/acme/users/ann");
  EXPECT_EQ(added.body.find("long enough"), std::string::npos);
  EXPECT_EQ(Ask("addTenantUser", path, ann).status, 409);
  const auto log_in = [&](const char* body) { return Ask("logIn", {}, body); };
  EXPECT_EQ(log_in(R"({"tenantID":"acme","userID":"ann","password":"long enougH"})").status, 401);
  EXPECT_EQ(log_in(R"({"tenantID":"none","userID":"ann","password":"long enough"})").status, 401);
  EXPECT_EQ(log_in(R"({"userID":"ann","password":"long enough"})").status, 401);
  ExpectProblem(log_in(R"({"userID":"ann"})"), 400, "password is missing");
  ExpectProblem(log_in(R"({"userID":"ann","pasword":"x"})"), 400, "did you mean 'password'?");
  const HttpResponse session =
      log_in(R"({"tenantID":"acme","userID":"ann","password":"long enough"})");
  ASSERT_EQ(session.status, 201);
  token_ = Body(session).at("token").get<std::string>();
  const json current = Body(Ask("getSession", {}));
  EXPECT_EQ(current.at("userID"), "ann");
  EXPECT_EQ(current.at("tenantID"), "acme");
  ExpectProblem(Ask("changePassword", {}, R"({"password":"x","newPassword":"longer still"})"), 403,
                "not the present one");
  for (int i = 1; i < identity::SessionOptions().failures_max; ++i) {
    const char* guess = R"({"password":"a guess","newPassword":"longer still"})";
    EXPECT_EQ(Ask("changePassword", {}, guess).status, 403) << i;
  }
  const char* right = R"({"password":"long enough","newPassword":"longer still"})";
  ExpectProblem(Ask("changePassword", {}, right), 429, "too many wrong passwords");
  EXPECT_EQ(Ask("logOff", {}).status, 204);
  EXPECT_EQ(Ask("getSession", {}).status, 401);
}

TEST_F(TenantsRoleTest, ShowsAKeysSecretOnce) {
  env_.AddTenant("acme");
  const Parameters path = {{"tenantID", "acme"}};
  ExpectProblem(Ask("createTenantKey", path, R"({"kind":"ssh","role":"scientist"})"), 400, "kind");
  ExpectProblem(Ask("createTenantKey", path, R"({"kind":"bearer","role":"analyst"})"), 400, "");
  const std::string body = R"({"kind":"bearer","role":"scientist"})";
  const json made = Body(Ask("createTenantKey", path, body, {{"Idempotency-Key", "k"}}));
  const json again = Body(Ask("createTenantKey", path, body, {{"Idempotency-Key", "k"}}));
  EXPECT_EQ(again.at("keyID"), made.at("keyID"));
  EXPECT_FALSE(again.contains("secret"));
  const HttpResponse list = Ask("listTenantKeys", path);
  EXPECT_EQ(Body(list).at("items").size(), 1u);
  EXPECT_EQ(list.body.find(made.at("secret").get<std::string>()), std::string::npos);
  const Parameters key = {{"tenantID", "acme"}, {"keyID", made.at("keyID")}};
  EXPECT_EQ(Ask("revokeTenantKey", key).status, 204);
  EXPECT_EQ(Ask("revokeTenantKey", key).status, 404);
}

}  // namespace
}  // namespace tenantry::roles
