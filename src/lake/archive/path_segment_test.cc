#include "lake/archive/path_segment.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <filesystem>
#include <set>

namespace tenantry::lake::archive {
namespace {

TEST(PathSegment, KeepsPlainTextAndEscapesTheRest) {
  EXPECT_EQ(PathSegment("acme-1.eu_x", 240), "acme-1.eu_x");
  EXPECT_EQ(PathSegment("a b/c%2F", 240), "a%20b%2Fc%252F");
  EXPECT_EQ(PathSegment("..", 240), "%2E.");
  EXPECT_EQ(PathSegment(".hidden", 240), "%2Ehidden");
  EXPECT_EQ(PathSegment("_staging", 240), "%5Fstaging");
  EXPECT_EQ(PathSegment("ü\n", 240), "%C3%BC%0A");
  EXPECT_EQ(PathSegment("", 240), "%");
}

TEST(PathSegment, LongTextsEndInTheirHash) {
  std::set<std::string> segments;
  for (const char last : {'x', 'y', ' '}) {
    for (size_t cut = 0; cut < 3; ++cut) {
      const std::string text = std::string(cut, 'p') + std::string(120, '/') + last;
      const std::string segment = PathSegment(text, 240);
      EXPECT_LE(segment.size(), 240u);
      EXPECT_GE(segment.size(), 238u);
      EXPECT_EQ(segment[segment.size() - 65], '~');
      EXPECT_THAT(segment, testing::MatchesRegex("p*(%2F)+~[0-9a-f]+"));
      segments.insert(segment);
    }
  }
  EXPECT_EQ(segments.size(), 9u);
}

TEST(PathSegment, AnyTextIsOneSafeSegmentAndComesBack) {
  EXPECT_TRUE(rc::check("encodes any bytes", [](const std::string& text) {
    const std::string encoded = PercentEncode(text);
    RC_ASSERT(PercentDecode(encoded) == text);
    for (const std::string& segment : {encoded, PathSegment(text, 100)}) {
      RC_ASSERT(!segment.empty());
      RC_ASSERT(segment[0] != '.' && segment[0] != '_');
      RC_ASSERT(segment.find_first_of(std::string("/\\ \n\t:\0", 7)) == std::string::npos);
    }
    RC_ASSERT(PathSegment(text, 100).size() <= 100);
  }));
}

TEST(PathSegment, DecodesOnlyWhatEncodeMakes) {
  for (const char* bad : {"", "%2", "%zz", "a%2fb", "%41", ".a", "a b", "%%", "a%"}) {
    EXPECT_EQ(PercentDecode(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace tenantry::lake::archive
