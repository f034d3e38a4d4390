#include "net/wire/gzip.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tenantry::net::wire {
namespace {

RC_GTEST_PROP(Gzip, UndoesWhatItDoes, (const std::string& piece, uint16_t times)) {
  std::string text;
  for (int i = 0; i < times % 2000; ++i) text += piece;
  RC_ASSERT(*Gunzip(Gzip(text), static_cast<int64_t>(text.size())) == text);
}

TEST(Gzip, ReadsSeveralMembersAsOne) {
  EXPECT_EQ(*Gunzip(Gzip("ab") + Gzip("") + Gzip("c"), 100), "abc");
}

TEST(Gzip, StopsAtTheLimit) {
  const std::string bomb = Gzip(std::string(50 << 20, '\0'));
  EXPECT_LT(bomb.size(), 1u << 20);
  EXPECT_EQ(Gunzip(bomb, 1 << 20).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Gunzip(Gzip("12345"), 5).ok());
  EXPECT_EQ(Gunzip(Gzip("12345"), 4).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(Gzip, RefusesWhatIsBroken) {
  const std::string good = Gzip("some text that is long enough to have a body");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(Gunzip(good.substr(0, size), 1000).status().code(),
              absl::StatusCode::kInvalidArgument)
        << size;
  }
  for (size_t i = 10; i < good.size(); ++i) {
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    EXPECT_FALSE(Gunzip(flipped, 1000).ok()) << i;
  }
  EXPECT_FALSE(Gunzip(good + "x", 1000).ok());
  EXPECT_FALSE(Gunzip("plain text", 1000).ok());
}

TEST(Gzip, ReadsAcceptEncoding) {
  for (const char* yes : {"gzip", "GZIP", "deflate, gzip", "gzip;q=0.5", "*", "br, *;q=0.1",
                          "x-gzip", "gzip ; q=1.0"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no : {"", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "deflate, br",
                         "*, gzip;q=0", "gzipped"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(Gzip, KnowsWhatShrinks) {
  EXPECT_TRUE(IsCompressible("application/json; charset=utf-8"));
  EXPECT_TRUE(IsCompressible("application/problem+json"));
  EXPECT_TRUE(IsCompressible("Text/HTML"));
  EXPECT_FALSE(IsCompressible("image/png"));
  EXPECT_FALSE(IsCompressible("application/vnd.apache.parquet"));
  EXPECT_FALSE(IsCompressible(""));
}

}  // namespace
}  // namespace tenantry::net::wire
