#include "roles/dashboard/dashboard_role.h"

#include <gtest/gtest.h>

#include <set>

namespace tenantry::roles {
namespace {

using net::HttpResponse;

constexpr PageFile kFiles[] = {
    {"assets/app-1.js", "text/javascript;charset=utf-8", "h1", true, "script", "packed"},
    {"favicon.svg", "image/svg+xml", "h2", false, "<svg/>", {}},
    {"index.html", "text/html;charset=utf-8", "h3", false, "<html>", "packed html"},
};

class DashboardRoleTest : public testing::Test {
 protected:
  HttpResponse Get(const std::string& pattern, const net::Headers& headers = {},
                   const std::map<std::string, std::string>& path = {}) {
    for (const net::Route& route : role_.Routes()) {
      if (route.pattern != pattern) continue;
      net::HttpRequest request;
      request.method = "GET";
      request.headers = headers;
      request.path_params = path;
      return route.handler(request);
    }
    ADD_FAILURE() << "nothing at " << pattern;
    return {};
  }
  HttpResponse Asset(const std::string& file, const net::Headers& headers = {}) {
    return Get("/assets/{file}", headers, {{"file", file}});
  }
  static std::string Field(const HttpResponse& response, const std::string& name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? "" : found->second;
  }

  DashboardRole role_{kFiles};
};

TEST_F(DashboardRoleTest, EveryRoomOfThePageIsTheOneDocument) {
  for (const char* room :
       {"/", "/customers", "/customers/{companyID}", "/jobs", "/submit", "/data", "/users"}) {
    const HttpResponse page = Get(room, {}, {{"companyID", "<script>"}});
    EXPECT_EQ(page.body, "<html>") << room;
    EXPECT_EQ(Field(page, "Content-Type"), "text/html;charset=utf-8");
    EXPECT_EQ(Field(page, "Cache-Control"), "no-cache");
  }
}

TEST_F(DashboardRoleTest, TheDocumentAllowsNoScriptButItsOwnFiles) {
  const std::string policy = Field(Get("/"), "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'; script-src 'self'; style-src 'self'"),
            std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(Field(Get("/"), "X-Frame-Options"), "DENY");
  EXPECT_EQ(Field(Get("/"), "Referrer-Policy"), "no-referrer");
}

TEST_F(DashboardRoleTest, GivesTheCompressedTwinToThoseWhoTakeIt) {
  const HttpResponse packed = Asset("app-1.js", {{"Accept-Encoding", "br, gzip"}});
  EXPECT_EQ(packed.body, "packed");
  EXPECT_EQ(Field(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(Field(packed, "Vary"), "Accept-Encoding");
  EXPECT_EQ(Field(packed, "ETag"), "\"h1-gzip\"");
  EXPECT_EQ(Asset("app-1.js", {{"Accept-Encoding", "gzip;q=0"}}).body, "script");
  EXPECT_EQ(Get("/favicon.svg", {{"Accept-Encoding", "gzip"}}).body, "<svg/>");
}

TEST_F(DashboardRoleTest, HashedNamesAreKeptForAYear) {
  EXPECT_EQ(Field(Asset("app-1.js"), "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(Field(Get("/favicon.svg"), "Cache-Control"), "no-cache");
}

TEST_F(DashboardRoleTest, SendsNothingToWhoHasItAlready) {
  const HttpResponse same = Get("/", {{"If-None-Match", "W/\"x\", \"h3\""}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(Get("/", {{"If-None-Match", "\"h2\""}}).status, 200);
  EXPECT_EQ(Get("/", {{"If-None-Match", "\"h3\""}, {"Accept-Encoding", "gzip"}}).status, 200);
}

TEST_F(DashboardRoleTest, ABrowserAtAnUnknownAddressGetsThePageWithTheStatus) {
  net::HttpRequest request;
  request.method = "GET";
  request.path = "/foo/bar";
  request.headers = {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"},
                     {"If-None-Match", "\"h3\""}};
  for (const int status : {404, 400}) {
    const auto page = role_.Elsewhere(request, status);
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->status, status);
    EXPECT_EQ(page->body, "<html>");
    EXPECT_EQ(Field(*page, "ETag"), "");
    EXPECT_EQ(Field(*page, "Vary"), "Accept, Accept-Encoding");
    EXPECT_NE(Field(*page, "Content-Security-Policy"), "");
  }
  request.headers.emplace("Accept-Encoding", "gzip");
  EXPECT_EQ(role_.Elsewhere(request, 404)->body, "packed html");
}

TEST_F(DashboardRoleTest, ToolsAndTheApiGetNoPageInPlaceOfAProblem) {
  net::HttpRequest request;
  request.method = "GET";
  request.path = "/foo";
  EXPECT_FALSE(role_.Elsewhere(request, 404).has_value());
  request.headers = {{"Accept", "*/*"}};
  EXPECT_FALSE(role_.Elsewhere(request, 404).has_value());
  request.headers = {{"Accept", "text/html"}};
  EXPECT_TRUE(role_.Elsewhere(request, 404).has_value());
  for (const char* path : {"/api", "/api/", "/api/v1/nothing"}) {
    request.path = path;
    EXPECT_FALSE(role_.Elsewhere(request, 404).has_value()) << path;
  }
  request.path = "/foo";
  request.method = "POST";
  EXPECT_FALSE(role_.Elsewhere(request, 404).has_value());
}

TEST_F(DashboardRoleTest, AFileOfAnotherVersionIsAbsent) {
  for (const char* file : {"app-0.js", "../index.html", "", "index.html"}) {
    const HttpResponse response = Asset(file);
    EXPECT_EQ(response.status, 404) << file;
    EXPECT_NE(response.body.find("reload"), std::string::npos);
  }
}

TEST(PageFiles, HoldThePageThatWasBuilt) {
  std::set<std::string_view> paths;
  for (const PageFile& file : PageFiles()) {
    EXPECT_TRUE(paths.insert(file.path).second);
    EXPECT_FALSE(file.bytes.empty()) << file.path;
    if (!file.gzip.empty()) {
      EXPECT_EQ(file.gzip.substr(0, 2), "\x1f\x8b") << file.path;
    }
    EXPECT_EQ(file.immutable, file.path.starts_with("assets/")) << file.path;
  }
  EXPECT_TRUE(paths.contains("index.html"));
  EXPECT_TRUE(paths.contains("favicon.svg"));
}

}  // namespace
}  // namespace tenantry::roles
