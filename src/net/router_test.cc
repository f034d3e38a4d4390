#include "net/router.h"

#include <gtest/gtest.h>

namespace tenantry::net {
namespace {

Route MakeRoute(std::string method, std::string pattern, std::string operation) {
  return {std::move(method), std::move(pattern), std::move(operation),
          [](const HttpRequest&) { return HttpResponse::NoContent(); }};
}

Router Tenants() {
  absl::StatusOr<Router> router = Router::Create({
      MakeRoute("GET", "/", "root"),
      MakeRoute("POST", "/", "kinesis"),
      MakeRoute("GET", "/api/tenants", "list"),
      MakeRoute("POST", "/api/tenants", "create"),
      MakeRoute("GET", "/api/tenants/{tenantID}", "show"),
      MakeRoute("DELETE", "/api/tenants/{id}", "delete"),
      MakeRoute("GET", "/api/tenants/count", "count"),
      MakeRoute("GET", "/api/tenants/{tenantID}/users/{userID}", "user"),
      MakeRoute("GET", "/api/tenants/count/users", "countUsers"),
      MakeRoute("OPTIONS", "/api/own", "own"),
  });
  EXPECT_TRUE(router.ok()) << router.status();
  return *std::move(router);
}

std::string Operation(const Router& router, std::string_view method, std::string_view path) {
  const RouteMatch match = router.Find(method, path);
  return match.route == nullptr ? "" : match.route->operation;
}

TEST(Router, PrefersLiteralsAndDecodesParameters) {
  const Router router = Tenants();
  EXPECT_EQ(Operation(router, "GET", "/"), "root");
  EXPECT_EQ(Operation(router, "POST", "/"), "kinesis");
  EXPECT_EQ(Operation(router, "GET", "/api/tenants/count"), "count");
  EXPECT_EQ(Operation(router, "GET", "/api/tenants/c%6funt"), "count");
  const RouteMatch match = router.Find("GET", "/api/tenants/a%2Fb%20%C3%A9");
  ASSERT_EQ(match.outcome, RouteOutcome::kFound);
  EXPECT_EQ(match.params.at("tenantID"), "a/b \xC3\xA9");
  EXPECT_EQ(router.routes()[match.index].operation, "show");
  EXPECT_EQ(router.Find("DELETE", "/api/tenants/x").params.at("id"), "x");
}

TEST(Router, GoesBackToAParameterWhenTheLiteralLeadsNowhere) {
  const Router router = Tenants();
  const RouteMatch match = router.Find("GET", "/api/tenants/count/users/u");
  ASSERT_EQ(match.outcome, RouteOutcome::kFound);
  EXPECT_EQ(match.route->operation, "user");
  EXPECT_EQ(match.params,
            (std::map<std::string, std::string>{{"tenantID", "count"}, {"userID", "u"}}));
}

TEST(Router, TellsNotFoundFromNotAllowed) {
  const Router router = Tenants();
  for (const char* path : {"/api", "/api/", "/api/tenants/", "/api//tenants", "/API/tenants",
                           "/api/tenants/a/b", "//", "", "x", "/api/tenants/{tenantID}/"}) {
    EXPECT_EQ(router.Find("GET", path).outcome, RouteOutcome::kNotFound) << path;
  }
  const RouteMatch put = router.Find("PUT", "/api/tenants/x");
  EXPECT_EQ(put.outcome, RouteOutcome::kMethodNotAllowed);
  EXPECT_EQ(put.allow, "DELETE, GET, HEAD, OPTIONS");
  // The path decides first: this never deletes a tenant called count.
  EXPECT_EQ(router.Find("DELETE", "/api/tenants/count").outcome, RouteOutcome::kMethodNotAllowed);
  EXPECT_EQ(router.Find("get", "/").outcome, RouteOutcome::kMethodNotAllowed);
}

TEST(Router, AnswersHeadAndOptions) {
  const Router router = Tenants();
  EXPECT_EQ(Operation(router, "HEAD", "/api/tenants"), "list");
  EXPECT_EQ(router.Find("OPTIONS", "/api/tenants").outcome, RouteOutcome::kOptions);
  EXPECT_EQ(router.Find("OPTIONS", "/api/tenants").allow, "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(Operation(router, "OPTIONS", "/api/own"), "own");
  EXPECT_EQ(router.Find("HEAD", "/api/own").outcome, RouteOutcome::kMethodNotAllowed);
}

TEST(Router, RefusesBrokenPaths) {
  const Router router = Tenants();
  for (const char* path :
       {"/api/tenants/%", "/api/tenants/%2", "/api/tenants/%ff", "/%zz", "/api/tenants/\xff"}) {
    const RouteMatch match = router.Find("GET", path);
    EXPECT_EQ(match.outcome, RouteOutcome::kBadPath) << path;
    EXPECT_FALSE(match.detail.empty());
  }
}

TEST(Router, RefusesBrokenDeclarations) {
  const std::vector<std::vector<Route>> broken = {
      {MakeRoute("GET", "a", "x")},
      {MakeRoute("GET", "", "x")},
      {MakeRoute("GET", "/a/", "x")},
      {MakeRoute("GET", "/a//b", "x")},
      {MakeRoute("GET", "/{}", "x")},
      {MakeRoute("GET", "/{a", "x")},
      {MakeRoute("GET", "/a}", "x")},
      {MakeRoute("GET", "/v{a}", "x")},
      {MakeRoute("GET", "/{a}/{a}", "x")},
      {MakeRoute("GET", "/{a b}", "x")},
      {MakeRoute("get", "/", "x")},
      {MakeRoute("", "/", "x")},
      {MakeRoute("GET", "/", "")},
      {{"GET", "/", "x", nullptr}},
      {MakeRoute("GET", "/", "x"), MakeRoute("POST", "/", "x")},
      {MakeRoute("GET", "/{a}", "x"), MakeRoute("GET", "/{b}", "y")},
  };
  for (size_t i = 0; i < broken.size(); ++i) {
    const absl::StatusOr<Router> router = Router::Create(broken[i]);
    EXPECT_EQ(router.status().code(), absl::StatusCode::kInvalidArgument) << i;
    EXPECT_NE(router.status().ToString().find("the route "), std::string::npos) << i;
  }
}

}  // namespace
}  // namespace tenantry::net
