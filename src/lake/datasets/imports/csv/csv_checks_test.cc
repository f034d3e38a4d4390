#include "lake/datasets/imports/csv/csv_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tenantry::lake::datasets {
namespace {

bool HasThem(const std::string& text, char delimiter = ',') {
  const std::string file =
      ::testing::TempDir() + "/empty_texts" + std::to_string(getpid()) + ".csv";
  std::ofstream(file, std::ios::binary) << text;
  const auto has = HasEmptyTexts(file, delimiter);
  EXPECT_TRUE(has.ok()) << has.status();
  std::filesystem::remove(file);
  return has.value_or(false);
}

TEST(EmptyTexts, AreTwoQuotesAlone) {
  for (const char* text : {"\"\"", "\"\",1\n", "a,b\n1,\"\"\n", "a,b\r\n\"\"\r\n", "a\n\"\""}) {
    EXPECT_TRUE(HasThem(text)) << text;
  }
  for (const char* text :
       {"", "\"", "a,\n,b\n", "\"a\"\"b\"\n", "\"\"\"\"\n", "a\"\"\n", "\"a\"\n", "1;\"\";2\n"}) {
    EXPECT_FALSE(HasThem(text)) << text;
  }
  EXPECT_TRUE(HasThem("1;\"\";2\n", ';'));
}

// The file is read piece by piece, and what is looked for may be cut anywhere.
TEST(EmptyTexts, AreFoundWhereverTheyStand) {
  constexpr size_t kPiece = size_t{1} << 20;
  for (size_t before = kPiece - 6; before < kPiece + 4; ++before) {
    EXPECT_TRUE(HasThem(std::string(before, 'x') + ",\"\",y\n")) << before;
    EXPECT_TRUE(HasThem(std::string(before, 'x') + ",\"\"")) << before;
    EXPECT_FALSE(HasThem(std::string(before, 'x') + "\"\",y\n")) << before;
  }
}

}  // namespace
}  // namespace tenantry::lake::datasets
