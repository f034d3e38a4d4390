#include "roles/http/paging.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/status.h"

namespace tenantry::roles {
namespace {

using nlohmann::json;

net::HttpRequest Get(std::multimap<std::string, std::string> query,
                     const std::string& path = "/api/v1/tenants") {
  net::HttpRequest request;
  request.method = "GET";
  request.path = path;
  request.query = std::move(query);
  return request;
}

// The answer to a request for a list that goes on after `last`.
net::HttpResponse FirstPage(const net::HttpRequest& request, const std::string& scope,
                            const std::string& last) {
  auto page = ReadPage(request, scope);
  EXPECT_TRUE(page.ok()) << page.status();
  page->limit = 1;
  return PageResponse(request, *page, {{last, "1"}, {last + "z", "2"}});
}

std::string CursorOf(const net::HttpResponse& response) {
  return json::parse(response.body).at("next").get<std::string>();
}

void ExpectRefused(const net::HttpRequest& request, const std::string& scope,
                   std::string_view about) {
  const auto page = ReadPage(request, scope);
  ASSERT_TRUE(absl::IsInvalidArgument(page.status())) << page.status();
  EXPECT_NE(base::Message(page.status()).find(about), std::string_view::npos) << page.status();
}

void ExpectWrongCursor(const std::string& cursor, const std::string& scope = "ann") {
  SCOPED_TRACE(cursor);
  ExpectRefused(Get({{"cursor", cursor}}), scope, "cursor is not of this list");
}

TEST(Paging, BeginsAtTheFirstWithTheDefaultLimit) {
  const auto page = ReadPage(Get({}), "ann");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->after, "");
  EXPECT_EQ(page->limit, 100);
  EXPECT_EQ(ReadPage(Get({}), "ann", 7)->limit, 7);
}

TEST(Paging, TakesLimitsFromOneToAThousand) {
  EXPECT_EQ(ReadPage(Get({{"limit", "1"}}), "ann")->limit, 1);
  EXPECT_EQ(ReadPage(Get({{"limit", "1000"}}), "ann", 7)->limit, 1000);
  for (const char* wrong : {"0", "-1", "1001", "", "x", "1x", "x1", " 1", "1 ", "+1", "1.5", "1e2",
                            "0x10", "9223372036854775808", "99999999999999999999999"}) {
    SCOPED_TRACE(wrong);
    ExpectRefused(Get({{"limit", wrong}}), "ann",
                  fmt::format("limit '{}' is no number from 1 to 1000", wrong));
  }
  const auto page = ReadPage(Get({{"limit", std::string(100'000, '9')}}), "ann");
  EXPECT_LT(page.status().message().size(), 200u);
}

TEST(Paging, GoesOnWhereTheCursorSays) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  for (const std::string& last : {std::string("acme"), std::string("\0", 1), every}) {
    const std::string cursor = CursorOf(FirstPage(Get({}), "ann", last));
    const auto page = ReadPage(Get({{"cursor", cursor}}), "ann");
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->after, last);
  }
}

TEST(Paging, LetsTheLimitChangeBetweenPages) {
  const std::string cursor = CursorOf(FirstPage(Get({{"limit", "1"}}), "ann", "acme"));
  EXPECT_EQ(ReadPage(Get({{"cursor", cursor}, {"limit", "9"}}), "ann")->after, "acme");
}

TEST(Paging, RefusesACursorOfAnotherList) {
  const std::string cursor = CursorOf(FirstPage(Get({{"plan", "free"}}), "ann", "acme"));
  const auto with = [&](std::multimap<std::string, std::string> query,
                        const std::string& path = "/api/v1/tenants") {
    query.emplace("cursor", cursor);
    return Get(std::move(query), path);
  };
  EXPECT_TRUE(ReadPage(with({{"plan", "free"}}), "ann").ok());
  ExpectRefused(with({{"plan", "free"}}), "bob", "cursor is not of this list");
  ExpectRefused(with({{"plan", "team"}}), "ann", "cursor is not of this list");
  ExpectRefused(with({}), "ann", "cursor is not of this list");
  ExpectRefused(with({{"plan", "free"}, {"q", "x"}}), "ann", "cursor is not of this list");
  ExpectRefused(with({{"plan", "free"}}, "/api/v1/users"), "ann", "cursor is not of this list");
}

TEST(Paging, RefusesACursorOfWhichAnyBitIsFlipped) {
  const std::string cursor = CursorOf(FirstPage(Get({}), "ann", "acme-Jokl\xc3\xb6"));
  for (size_t i = 0; i < cursor.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = cursor;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      ExpectWrongCursor(flipped);
    }
  }
}

TEST(Paging, RefusesACursorThatIsCutOrGrownOrMadeUp) {
  const std::string cursor = CursorOf(FirstPage(Get({}), "ann", "acme"));
  for (size_t size = 0; size < cursor.size(); ++size) ExpectWrongCursor(cursor.substr(0, size));
  for (const char* more : {"0", "00", "zz", " ", "\n"}) ExpectWrongCursor(cursor + more);
  ExpectWrongCursor("acme");
  ExpectWrongCursor(std::string(24, '0'));
  ExpectWrongCursor(std::string(100'000, 'a'));
  const uint64_t seed = base::SystemRandom().Next64();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  base::SeededRandom random(seed);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes;
    for (uint64_t left = random.Next64() % 80; left > 0; --left) {
      bytes.push_back("0123456789abcdefABCDEFxX-+ "[random.Next64() % 27]);
    }
    ExpectWrongCursor(bytes);
  }
}

TEST(Paging, EndsWithoutANextPage) {
  const auto request = Get({{"limit", "2"}});
  const auto page = ReadPage(request, "ann");
  const auto none = PageResponse(request, *page, {});
  EXPECT_EQ(none.body, R"({"items":[]})");
  const auto full = PageResponse(request, *page, {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(full.status, 200);
  EXPECT_EQ(full.body, R"({"items":[1,2]})");
  EXPECT_EQ(full.headers.count("Link"), 0u);
}

TEST(Paging, LinksToTheNextPageWithTheSameParameters) {
  const auto request = Get({{"q", "a&b=c d"}, {"limit", "1"}}, "/api/v1/tenants/a%2Fb/users");
  const auto response = FirstPage(request, "ann", "acme");
  EXPECT_EQ(json::parse(response.body).at("items"), json({1}));
  const std::string cursor = CursorOf(response);
  const auto link = response.headers.find("Link");
  ASSERT_NE(link, response.headers.end());
  EXPECT_EQ(link->second,
            fmt::format("</api/v1/tenants/a%2Fb/users?limit=1&q=a%26b%3Dc%20d&cursor={}>; "
                        "rel=\"next\"",
                        cursor));
  // The page after next replaces the cursor instead of adding one.
  auto next = request;
  next.query.emplace("cursor", cursor);
  const auto link2 = FirstPage(next, "ann", "bcme").headers.find("Link")->second;
  EXPECT_EQ(link2.find(cursor), std::string::npos);
  EXPECT_EQ(link2.find("cursor="), link2.rfind("cursor="));
}

}  // namespace
}  // namespace tenantry::roles
