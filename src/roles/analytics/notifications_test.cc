#include "roles/analytics/analytics_role_testing.h"

namespace tenantry::roles {
namespace {

using net::HttpResponse;
using nlohmann::json;
using Who = identity::Role;

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

TEST_F(AnalyticsRoleTest, ListsTheNotificationsOfOneTenant) {
  Raise("acme");
  const std::string taken = Raise("acme x");
  Raise("acmex");
  ASSERT_EQ(Acknowledged(taken).status, 200);
  const auto of = [&](Query query) { return Ids(Body(Listed(query)).at("items")); };
  EXPECT_EQ(of({{"tenant", "acme"}}), std::vector<std::string>{"acme"});
  EXPECT_EQ(of({{"tenant", "acme x"}}), std::vector<std::string>{"acme x"});
  EXPECT_TRUE(of({{"tenant", "acme x"}, {"status", "open"}}).empty());
  EXPECT_TRUE(of({{"tenant", "nobody"}}).empty());
  ExpectProblem(Listed({{"tenant", ""}}), 400, "1 to 128");
  ExpectProblem(Listed({{"tenant", "\xff"}}), 400, "UTF-8");
  for (const Who role : {Who::kTenantAdmin, Who::kScientist}) {
    token_ = env_.Token(role, "acme");
    EXPECT_EQ(of({{"tenant", "acme"}}), std::vector<std::string>{"acme"});
    ExpectProblem(Listed({{"tenant", "acmex"}}), 404, "there is no tenant 'acmex'");
    EXPECT_EQ(Listed({{"tenant", "nobody"}}).status, 404) << "what is there is not told";
  }
}

}  // namespace
}  // namespace tenantry::roles
