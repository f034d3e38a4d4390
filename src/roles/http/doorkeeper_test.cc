#include "roles/http/doorkeeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "roles/http/door_test_env.h"
#include "roles/tenants/tenants_role.h"

namespace tenantry::roles {
namespace {

using identity::Caller;
using Who = identity::Role;
using net::HttpRequest;
using net::HttpResponse;
using nlohmann::json;

constexpr const char* kPath = "/api/v1/things";
constexpr auto kAnybody = identity::Permission::kReadTenants;

class DoorkeeperTest : public testing::Test {
 protected:
  // A creating handler that numbers its answers and fails as often as it is told.
  net::Handler Counting() {
    return env_.door().Creating(kAnybody, [this](const HttpRequest&, const Caller& caller) {
      ++done_;
      if (status_ >= 300) return net::Problem(status_, "planted", "planted");
      HttpResponse response = HttpResponse::JsonText(
          status_, fmt::format("{{\"done\" : {}, \"by\":\"{}\"}}\n", done_, caller.name()));
      response.headers.emplace("Location", fmt::format("{}/{}", kPath, done_));
      response.headers.emplace("ETag", "\"1\"");
      response.headers.emplace("X-Other", "x");
      return response;
    });
  }

  static HttpRequest Post(const std::string& token, const std::string& key,
                          const std::string& body = "{}") {
    HttpRequest request = DoorTestEnv::Request("POST", kPath, token, body);
    if (!key.empty()) request.headers.emplace("Idempotency-Key", key);
    return request;
  }

  static std::string HeaderOf(const HttpResponse& response, const char* name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? "" : found->second;
  }

  static std::string Detail(const HttpResponse& response) {
    EXPECT_EQ(HeaderOf(response, "Content-Type"), "application/problem+json");
    return json::parse(response.body).at("detail").get<std::string>();
  }

  DoorTestEnv env_;
  const std::string admin_ = env_.Token(Who::kOperatorAdmin);
  int done_ = 0;
  int status_ = 201;
};

TEST_F(DoorkeeperTest, AnswersWhoHasNoValidCredentialWith401) {
  const net::Handler handler =
      env_.door().Authenticated([](const HttpRequest&, const Caller& caller) {
        return HttpResponse::Text(200, caller.name(), "text/plain");
      });
  EXPECT_EQ(handler(DoorTestEnv::Request("GET", kPath, admin_)).status, 200);
  std::string other = admin_;
  other.back() = other.back() == '0' ? '1' : '0';
  for (const std::string& header : std::vector<std::string>{
           std::string(), std::string("Bearer"), std::string("Bearer "), "Basic " + admin_, admin_,
           "bearer" + admin_, "Bearer " + other, "Bearer " + admin_ + "0",
           "Bearer " + admin_.substr(0, admin_.size() - 1), "Bearer tk_", "Bearer x' OR '1'='1",
           "Bearer tk_" + std::string(100'000, 'a'), std::string("Bearer \xff\0", 9)}) {
    HttpRequest request = DoorTestEnv::Request("GET", kPath, "");
    request.headers.emplace("Authorization", header);
    const HttpResponse refused = handler(request);
    EXPECT_EQ(refused.status, 401) << header.substr(0, 99);
    EXPECT_TRUE(HeaderOf(refused, "WWW-Authenticate").starts_with("Bearer"));
    EXPECT_EQ(refused.headers.count("WWW-Authenticate"), 1u);
    EXPECT_EQ(refused.body.find(admin_), std::string::npos);
  }
}

TEST_F(DoorkeeperTest, LetsNobodyInWithARevokedKeyOrOfASuspendedTenant) {
  const net::Handler handler = Counting();
  const std::string token = env_.Token(Who::kTenantAdmin, "acme");
  EXPECT_EQ(handler(Post(token, "")).status, 201);
  const base::TenantId acme("acme");
  const auto suspend = [](tenants::Tenant& tenant) {
    tenant.status = tenants::TenantStatus::kSuspended;
    return absl::OkStatus();
  };
  ASSERT_TRUE(env_.registry().Update(acme, std::nullopt, suspend, {"test", "r"}).ok());
  EXPECT_EQ(handler(Post(token, "")).status, 403);
  const auto keys = env_.keys().List(std::nullopt, "", 10);
  ASSERT_EQ(keys->size(), 1u);
  ASSERT_TRUE(env_.keys().Revoke(std::nullopt, keys->front().id, {"test", "r"}).ok());
  EXPECT_EQ(handler(Post(admin_, "")).status, 401);
  EXPECT_EQ(done_, 1);
}

TEST_F(DoorkeeperTest, AnswersAWrongRole403AndAForeignTenant404AsAnAbsentOne) {
  TenantsRole role(env_.registry(), env_.people(), env_.keys(), env_.sessions(), env_.door());
  const std::string scientist = env_.Token(Who::kScientist, "acme");
  const std::string tenant_admin = env_.Token(Who::kTenantAdmin, "acme");
  const std::string analyst = env_.Token(Who::kAnalyst);
  env_.AddTenant("other");
  const auto ask = [&](const char* operation, const std::string& token, const std::string& tenant,
                       const std::string& body = "") {
    for (const net::Route& route : role.Routes()) {
      if (route.operation != operation) continue;
      HttpRequest request = DoorTestEnv::Request(route.method, kPath, token, body);
      if (!tenant.empty()) request.path_params["tenantID"] = tenant;
      return route.handler(request);
    }
    ADD_FAILURE() << operation;
    return HttpResponse();
  };
  EXPECT_EQ(ask("getTenant", scientist, "acme").status, 200);
  EXPECT_EQ(ask("getTenant", analyst, "other").status, 200);
  const std::string key = R"({"kind":"bearer","role":"scientist"})";
  EXPECT_EQ(ask("createTenantKey", tenant_admin, "acme", key).status, 201);
  EXPECT_EQ(ask("createTenantKey", scientist, "acme", key).status, 403);
  EXPECT_EQ(ask("createTenantKey", analyst, "acme", key).status, 403);
  EXPECT_EQ(ask("createTenant", tenant_admin, "", R"({"name":"x"})").status, 403);
  EXPECT_EQ(ask("deleteTenant", tenant_admin, "acme").status, 403);
  EXPECT_EQ(ask("listOperatorUsers", tenant_admin, "").status, 403);
  for (const char* operation :
       {"getTenant", "replaceTenant", "updateTenant", "deleteTenant", "listTenantUsers",
        "addTenantUser", "listTenantKeys", "createTenantKey"}) {
    for (const std::string& token : {scientist, tenant_admin}) {
      const HttpResponse foreign = ask(operation, token, "other", key);
      const HttpResponse absent = ask(operation, token, "nobody", key);
      EXPECT_EQ(foreign.status, 404) << operation;
      EXPECT_EQ(absent.status, 404) << operation;
      EXPECT_EQ(Detail(foreign), "there is no tenant 'other'");
      EXPECT_EQ(Detail(absent), "there is no tenant 'nobody'");
    }
  }
}

TEST_F(DoorkeeperTest, DoesARequestWithoutAKeyEveryTime) {
  const net::Handler handler = Counting();
  handler(Post(admin_, ""));
  handler(Post(admin_, ""));
  EXPECT_EQ(done_, 2);
}

TEST_F(DoorkeeperTest, ReplaysTheFirstAnswerByteForByte) {
  const net::Handler handler = Counting();
  const HttpResponse first = handler(Post(admin_, "k"));
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(HeaderOf(first, "Idempotent-Replayed"), "");
  for (int i = 0; i < 2; ++i) {
    const HttpResponse again = handler(Post(admin_, "k"));
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(HeaderOf(again, "Idempotent-Replayed"), "true");
    for (const char* name : {"Content-Type", "Location", "ETag"}) {
      EXPECT_EQ(HeaderOf(again, name), HeaderOf(first, name)) << name;
    }
  }
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(json::parse(handler(Post(admin_, "other")).body).at("done"), 2);
  env_.clock().Advance(absl::Hours(25));
  EXPECT_EQ(json::parse(handler(Post(admin_, "k")).body).at("done"), 3) << "forgotten by then";
}

TEST_F(DoorkeeperTest, ReplaysAnEmptyAnswerAndOneThatIsNoJson) {
  for (const std::string& body : {std::string(), std::string("<a>\r\n\xc3\xa9")}) {
    const net::Handler handler =
        env_.door().Creating(kAnybody, [&](const HttpRequest&, const Caller&) {
          ++done_;
          return HttpResponse::Text(200, body, "text/plain");
        });
    const std::string key = fmt::format("k{}", body.size());
    done_ = 0;
    handler(Post(admin_, key));
    const HttpResponse again = handler(Post(admin_, key));
    EXPECT_EQ(again.body, body);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(done_, 1);
  }
}

TEST_F(DoorkeeperTest, KeepsNoSecret) {
  const net::Handler handler =
      env_.door().Creating(kAnybody, [](const HttpRequest&, const Caller&) {
        return HttpResponse::Json(201, {{"keyID", "K"}, {"secret", "hush"}});
      });
  EXPECT_EQ(json::parse(handler(Post(admin_, "k")).body).at("secret"), "hush");
  const HttpResponse again = handler(Post(admin_, "k"));
  EXPECT_EQ(again.body.find("hush"), std::string::npos);
  EXPECT_EQ(json::parse(again.body).at("keyID"), "K");
  EXPECT_EQ(json::parse(again.body).at("note"),
            "the secret was shown with the first answer and is not kept");
}

// What the store holds of a request tells nobody who has the store alone what was in it.
TEST_F(DoorkeeperTest, KeepsNoHashThatGuessesCanBeTriedOn) {
  const auto kept_by_a_server = [] {
    DoorTestEnv env;  // with a key of its own
    const net::Handler handler = env.door().Creating(
        kAnybody,
        [](const HttpRequest&, const Caller&) { return HttpResponse::Json(201, json::object()); });
    EXPECT_EQ(handler(Post(env.Token(Who::kOperatorAdmin), "k", R"({"password":"guess"})")).status,
              201);
    return env.Column("SELECT request_hash FROM idempotency").at(0);
  };
  EXPECT_NE(kept_by_a_server(), kept_by_a_server());
}

TEST_F(DoorkeeperTest, AnswersAnotherRequestUnderTheKeyWith422) {
  const net::Handler handler = Counting();
  handler(Post(admin_, "k", "{\"a\":1}"));
  std::vector<HttpRequest> others(6, Post(admin_, "k", "{\"a\":1}"));
  others[0].body = "{\"a\":2}";
  others[1].path += "/x";
  others[2].method = "PUT";
  others[3].query.emplace("dryRun", "1");
  others[4].headers.emplace("Content-Type", "application/x-ndjson");
  others[5].headers.emplace("CE-ID", "e2");
  for (const HttpRequest& other : others) {
    const HttpResponse refused = handler(other);
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(Detail(refused).find("use a new one"), std::string::npos);
  }
  HttpRequest same = Post(admin_, "k", "{\"a\":1}");
  same.headers.emplace("traceparent", "another");
  EXPECT_EQ(handler(same).status, 201);
  EXPECT_EQ(done_, 1);
}

TEST_F(DoorkeeperTest, TellsEventsInBinaryModeApartByTheirHeaders) {
  const net::Handler handler = Counting();
  const auto event = [&](const char* name, const char* id) {
    HttpRequest request = Post(admin_, "k", "{}");
    request.headers.emplace(name, id);
    return handler(request).status;
  };
  EXPECT_EQ(event("ce-id", "e1"), 201);
  EXPECT_EQ(event("Ce-Id", "e1"), 201) << "names of headers have no case";
  EXPECT_EQ(event("ce-id", "e2"), 422);
  EXPECT_EQ(done_, 1);
}

TEST_F(DoorkeeperTest, KeepsCallersWithTheSameKeyApart) {
  const net::Handler handler = Counting();
  const std::string tokens[] = {admin_, env_.Token(Who::kOperatorAdmin),
                                env_.Token(Who::kTenantAdmin, "acme"),
                                env_.Token(Who::kTenantAdmin, "other")};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(json::parse(handler(Post(tokens[i], "k")).body).at("done"), i + 1);
  }
}

TEST_F(DoorkeeperTest, KeepsApartUsersWhoseNamesReadTheSame) {
  const net::Handler handler = Counting();
  const auto log_in = [&](const identity::Scope& scope, const char* id, Who role) {
    if (scope) env_.AddTenant(scope->value());
    const base::UserId user(id);
    EXPECT_TRUE(env_.people().Add(scope, {user, role, "long enough"}, {"test", "r"}).ok());
    return env_.sessions().LogIn(scope, user, "long enough")->token;
  };
  const std::string tokens[] = {log_in(base::TenantId("c"), "a of b", Who::kTenantAdmin),
                                log_in(base::TenantId("b of c"), "a", Who::kTenantAdmin),
                                log_in(std::nullopt, "a of b of c", Who::kAnalyst)};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(json::parse(handler(Post(tokens[i], "k")).body).at("done"), i + 1);
  }
}

TEST_F(DoorkeeperTest, ReplaysNothingToWhoHasLostTheRight) {
  const base::TenantId tenant("acme");
  const base::UserId user("ann");
  env_.AddTenant("acme");
  ASSERT_TRUE(
      env_.people().Add(tenant, {user, Who::kTenantAdmin, "long enough"}, {"test", "r"}).ok());
  const std::string token = env_.sessions().LogIn(tenant, user, "long enough")->token;
  const net::Handler handler = env_.door().Creating(
      identity::Permission::kManagePeople, [&](const HttpRequest&, const Caller&) {
        return HttpResponse::Json(201, {{"done", ++done_}});
      });
  EXPECT_EQ(handler(Post(token, "k")).status, 201);
  EXPECT_EQ(handler(Post(token, "k")).status, 201);
  const identity::UserChange demoted{.role = Who::kScientist, .password = std::nullopt};
  ASSERT_TRUE(env_.people().Change(tenant, user, demoted, base::SessionId(), {"test", "r"}).ok());
  EXPECT_EQ(handler(Post(token, "k")).status, 403);
  EXPECT_EQ(handler(Post(token, "")).status, 403);
  EXPECT_EQ(done_, 1);
}

TEST_F(DoorkeeperTest, CreatesAndReplaysOnlyInTheTenantOfTheCaller) {
  const std::string token = env_.Token(Who::kTenantAdmin, "acme");
  env_.AddTenant("other");
  const net::Handler handler = Counting();
  const auto post = [&](const std::string& tenant) {
    HttpRequest request = Post(token, "k");
    request.path_params["tenantID"] = tenant;
    return handler(request).status;
  };
  EXPECT_EQ(post("acme"), 201);
  EXPECT_EQ(post("other"), 404);
  EXPECT_EQ(post(std::string(129, 'x')), 400);
  EXPECT_EQ(done_, 1);
}

TEST_F(DoorkeeperTest, AnswersWhatIsStillRunningWith409) {
  HttpResponse inner;
  net::Handler handler;
  handler = env_.door().Creating(kAnybody, [&](const HttpRequest& request, const Caller&) {
    if (++done_ == 1) inner = handler(request);
    return HttpResponse::Json(201, {{"done", done_}});
  });
  EXPECT_EQ(handler(Post(admin_, "k")).status, 201);
  EXPECT_EQ(inner.status, 409);
  EXPECT_NE(Detail(inner).find("still running"), std::string::npos);
  EXPECT_EQ(done_, 1);
}

TEST_F(DoorkeeperTest, DoesOneOfManyAtTheSameTime) {
  std::atomic<int> done = 0, made = 0, busy = 0;
  const net::Handler handler =
      env_.door().Creating(kAnybody, [&](const HttpRequest&, const Caller&) {
        return HttpResponse::Json(201, {{"done", ++done}});
      });
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const HttpResponse response = handler(Post(admin_, "k"));
      made += response.status == 201 && response.body == "{\"done\":1}";
      busy += response.status == 409;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 1);
  EXPECT_GE(made, 1);
  EXPECT_EQ(made + busy, 8);
}

TEST_F(DoorkeeperTest, DoesNotKeepTheAnswerOfAFailedRequest) {
  const net::Handler handler = Counting();
  for (const int failed : {400, 403, 404, 409, 500, 503}) {
    status_ = failed;
    EXPECT_EQ(handler(Post(admin_, "k")).status, failed);
  }
  EXPECT_EQ(done_, 6);
  status_ = 201;
  EXPECT_EQ(handler(Post(admin_, "k", "{\"mended\":true}")).status, 201);
  EXPECT_EQ(done_, 7);
}

TEST_F(DoorkeeperTest, DoesNothingWhenTheKeyCannotBeClaimed) {
  const net::Handler handler = Counting();
  env_.faults().Fail("metastore.write", absl::UnavailableError("planted"));
  const HttpResponse refused = handler(Post(admin_, "k"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(HeaderOf(refused, "Retry-After"), "");
  EXPECT_EQ(done_, 0);
  EXPECT_EQ(handler(Post(admin_, "k")).status, 201);
}

TEST_F(DoorkeeperTest, BlocksAMinuteWhenACrashCameBetweenWorkAndAnswer) {
  const net::Handler handler = Counting();
  // The first write claims, the second would keep the answer.
  env_.faults().Fail("metastore.write", absl::UnavailableError("planted"), 1);
  EXPECT_EQ(handler(Post(admin_, "k")).status, 201) << "what was done is told all the same";
  EXPECT_EQ(handler(Post(admin_, "k")).status, 409);
  EXPECT_EQ(handler(Post(admin_, "k", "other")).status, 422);
  EXPECT_EQ(done_, 1);
  env_.clock().Advance(absl::Minutes(1));
  EXPECT_EQ(handler(Post(admin_, "k")).status, 201);
  EXPECT_EQ(done_, 2);
  EXPECT_EQ(HeaderOf(handler(Post(admin_, "k")), "Idempotent-Replayed"), "true");
  EXPECT_EQ(done_, 2);
}

TEST_F(DoorkeeperTest, CreatesOnceThoughACrashCameBetweenTheChangeAndItsAnswer) {
  TenantsRole role(env_.registry(), env_.people(), env_.keys(), env_.sessions(), env_.door());
  const auto create = [&](const std::string& request_id) {
    for (const net::Route& route : role.Routes()) {
      if (route.operation != "createTenant") continue;
      HttpRequest request = Post(admin_, "k", R"({"name":"Acme"})");
      request.request_id = request_id;
      return route.handler(request);
    }
    ADD_FAILURE();
    return HttpResponse();
  };
  env_.faults().Fail("metastore.write", absl::UnavailableError("planted"), 1);
  EXPECT_EQ(create("first").status, 201);
  env_.clock().Advance(absl::Minutes(1));
  for (const char* request_id : {"second", "third"}) {
    const HttpResponse again = create(request_id);
    EXPECT_EQ(again.status, 409);
    EXPECT_NE(Detail(again).find("was carried out"), std::string::npos) << again.body;
  }
  const auto count = env_.registry().Count({});
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(*count, 1u);
}

TEST_F(DoorkeeperTest, ClaimsOnceWhenTheClaimIsKeptButNotToldOf) {
  const net::Handler handler = Counting();
  env_.faults().Fail("metastore.committed", absl::UnavailableError("planted"));
  EXPECT_EQ(handler(Post(admin_, "k")).status, 503);
  EXPECT_EQ(handler(Post(admin_, "k")).status, 409);
  EXPECT_EQ(done_, 0);
  env_.clock().Advance(absl::Minutes(1));
  EXPECT_EQ(handler(Post(admin_, "k")).status, 201);
  EXPECT_EQ(done_, 1);
}

TEST_F(DoorkeeperTest, BoundsTheKey) {
  const net::Handler handler = Counting();
  EXPECT_EQ(handler(Post(admin_, std::string(255, 'k'))).status, 201);
  const HttpResponse refused = handler(Post(admin_, std::string(256, 'k')));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Detail(refused), "Idempotency-Key has 256 bytes: give 1 to 255");
  net::HttpRequest request = Post(admin_, "k");
  request.headers.emplace("Idempotency-Key", "k");
  EXPECT_EQ(Detail(handler(request)), "Idempotency-Key is given more than once");
  request.headers.clear();
  request = Post(admin_, "");
  request.headers.emplace("idempotency-key", "");
  EXPECT_EQ(Detail(handler(request)), "Idempotency-Key has 0 bytes: give 1 to 255");
  EXPECT_EQ(handler(Post(admin_, "\xff\xfe")).status, 201);
  EXPECT_EQ(HeaderOf(handler(Post(admin_, "\xff\xfe")), "Idempotent-Replayed"), "true");
}

}  // namespace
}  // namespace tenantry::roles
