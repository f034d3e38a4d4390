#include "net/percent.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tenantry::net {
namespace {

using Parameters = std::multimap<std::string, std::string>;

TEST(Percent, EncodesAllButUnreserved) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a/b c%\xC3\xA9?"), "a%2Fb%20c%25%C3%A9%3F");
}

TEST(Percent, RefusesBrokenEscapesAndBytes) {
  for (const char* text :
       {"%", "%1", "%g1", "%1g", "a%", "%%", "%ff", "%C3", "\xff", "%ED%A0%80"}) {
    EXPECT_EQ(PercentDecode(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(*PercentDecode("a+b"), "a+b");
  EXPECT_EQ(*PercentDecode("%2f%2F"), "//");
}

RC_GTEST_PROP(Percent, DecodesWhatItEncodes, (const std::vector<unsigned char>& bytes)) {
  std::string text;
  for (const unsigned char byte : bytes) text += static_cast<char>(byte & 0x7f);
  RC_ASSERT(*PercentDecode(PercentEncode(text)) == text);
  const auto query = ParseQuery(EncodeQuery({{text, text}, {"x", "y"}}));
  RC_ASSERT(query.ok());
  RC_ASSERT(query->find(text) != query->end());
  RC_ASSERT(query->find(text)->second == text);
}

TEST(Percent, ReadsQueries) {
  EXPECT_EQ(*ParseQuery(""), Parameters{});
  EXPECT_EQ(*ParseQuery("a=1&b=2&a=3"), (Parameters{{"a", "1"}, {"a", "3"}, {"b", "2"}}));
  EXPECT_EQ(*ParseQuery("a+b=c+d%2B&&flag&=v&x=1=2"),
            (Parameters{{"a b", "c d+"}, {"flag", ""}, {"", "v"}, {"x", "1=2"}}));
  EXPECT_FALSE(ParseQuery("a=%zz").ok());
  EXPECT_FALSE(ParseQuery("%f=1").ok());
  EXPECT_NE(ParseQuery("from=%ff").status().ToString().find("\"from\""), std::string::npos);
}

}  // namespace
}  // namespace tenantry::net
