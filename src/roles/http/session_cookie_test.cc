#include "roles/http/session_cookie.h"

#include <gtest/gtest.h>

#include "roles/http/door_test_env.h"

namespace tenantry::roles {
namespace {

net::HttpRequest With(const std::string& method, const net::Headers& headers) {
  net::HttpRequest request;
  request.method = method;
  request.headers = headers;
  return request;
}

TEST(SessionCookie, IsOutOfReachOfScriptsAndOtherSites) {
  EXPECT_EQ(SetSessionCookie("ts_1", absl::Hours(1), false),
            "tenantry_session=ts_1; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600");
  EXPECT_EQ(SetSessionCookie("", absl::ZeroDuration(), true),
            "tenantry_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure");
}

TEST(SessionCookie, CountsWhereThereIsNoAuthorization) {
  const net::Headers cookie = {{"Cookie", "a=b; tenantry_session=ts_1; c=d"}};
  EXPECT_EQ(*CredentialOf(With("GET", cookie)), "Bearer ts_1");
  net::Headers both = cookie;
  both.emplace("Authorization", "Bearer other");
  EXPECT_EQ(*CredentialOf(With("POST", both)), "Bearer other");
}

TEST(SessionCookie, IsNoOtherCookieAndNoKey) {
  for (const char* cookie : {"", "x", "tenantry_session", "tenantry_session=tk_1", "a=ts_1",
                             "tenantry_sessions=ts_1", "xtenantry_session=ts_1"}) {
    EXPECT_EQ(*CredentialOf(With("GET", {{"Cookie", cookie}})), "") << cookie;
  }
}

TEST(SessionCookie, ChangesNothingForOtherOrigins) {
  const auto code = [](net::Headers headers) {
    headers.emplace("Cookie", "tenantry_session=ts_1");
    headers.emplace("Host", "tenantry.example:8080");
    absl::StatusCode codes[] = {absl::StatusCode::kOk, absl::StatusCode::kOk, absl::StatusCode::kOk,
                                absl::StatusCode::kOk};
    int i = 0;
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
      codes[i++] = CredentialOf(With(method, headers)).status().code();
    }
    EXPECT_TRUE(std::equal(codes + 1, codes + 4, codes));
    return codes[0];
  };
  constexpr auto kNo = absl::StatusCode::kPermissionDenied;
  EXPECT_EQ(code({}), kNo);
  EXPECT_EQ(code({{"Sec-Fetch-Site", "cross-site"}}), kNo);
  EXPECT_EQ(code({{"Sec-Fetch-Site", "same-site"}}), kNo);
  EXPECT_EQ(code({{"Sec-Fetch-Site", "none"}}), kNo);
  EXPECT_EQ(code({{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://tenantry.example:8080"}}),
            kNo);
  EXPECT_EQ(code({{"Origin", "null"}}), kNo);
  EXPECT_EQ(code({{"Origin", "http://tenantry.example"}}), kNo);
  EXPECT_EQ(code({{"Origin", "http://tenantry.example:8080.evil.example"}}), kNo);
  EXPECT_EQ(code({{"Origin", "http://tenantry.example:8080"}}), absl::StatusCode::kOk);
  EXPECT_EQ(code({{"Sec-Fetch-Site", "same-origin"}}), absl::StatusCode::kOk);
}

TEST(SessionCookie, OpensTheDoorForReadingAndOnlyFromThePageForChanges) {
  DoorTestEnv env;
  ASSERT_TRUE(
      env.people()
          .Add({}, {base::UserId("ann"), identity::Role::kAnalyst, "long enough"}, {"test", "r"})
          .ok());
  const auto session = env.sessions().LogIn({}, base::UserId("ann"), "long enough");
  ASSERT_TRUE(session.ok()) << session.status();
  const net::Handler handler =
      env.door().Authenticated([](const net::HttpRequest&, const identity::Caller& caller) {
        return net::HttpResponse::Text(200, caller.user.value(), "text/plain");
      });
  const std::string cookie = "tenantry_session=" + session->token;
  EXPECT_EQ(handler(With("GET", {{"Cookie", cookie}})).body, "ann");
  EXPECT_EQ(handler(With("POST", {{"Cookie", cookie}})).status, 403);
  EXPECT_EQ(handler(With("POST", {{"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"}})).status,
            200);
  EXPECT_EQ(handler(With("GET", {{"Cookie", "tenantry_session=ts_unknown"}})).status, 401);
  const auto admit = env.door().Admitting(identity::Permission::kSendEvents);
  EXPECT_EQ(admit(With("POST", {{"Cookie", cookie}}))->status, 403);
}

}  // namespace
}  // namespace tenantry::roles
