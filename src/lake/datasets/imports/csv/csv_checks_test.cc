#include "lake/datasets/imports/csv/csv_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tenantry::lake::datasets {
namespace {

CsvMarks MarksOf(const std::string& text, char delimiter = ',') {
  const std::string file = ::testing::TempDir() + "/csv_marks" + std::to_string(getpid()) + ".csv";
  std::ofstream(file, std::ios::binary) << text;
  const auto marks = FindCsvMarks(file, delimiter);
  EXPECT_TRUE(marks.ok()) << marks.status();
  std::filesystem::remove(file);
  return marks.value_or(CsvMarks());
}

TEST(CsvMarks, AreEmptyTextsOfTwoQuotesAlone) {
  for (const char* text : {"\"\"", "\"\",1\n", "a,b\n1,\"\"\n", "a,b\r\n\"\"\r\n", "a\n\"\""}) {
    EXPECT_TRUE(MarksOf(text).empty_texts) << text;
  }
  for (const char* text :
       {"", "\"", "a,\n,b\n", "\"a\"\"b\"\n", "\"\"\"\"\n", "a\"\"\n", "\"a\"\n", "1;\"\";2\n"}) {
    EXPECT_FALSE(MarksOf(text).empty_texts) << text;
  }
  EXPECT_TRUE(MarksOf("1;\"\";2\n", ';').empty_texts);
}

TEST(CsvMarks, AreNumbersThatADoubleMayNotHold) {
  const std::string digits(200, '7');
  for (const std::string& text :
       {std::string("1e400"), std::string("v\n-1.5E-400\n"), std::string("1.e+308,"), digits,
        "x," + digits + "e99\n", "0." + std::string(200, '0') + "1e-99"}) {
    EXPECT_TRUE(MarksOf(text).far_numbers) << text;
  }
  for (const std::string& text :
       {std::string("1e99,2e-99\n"), std::string("the100,e400,name400\n"), std::string("1e40x0"),
        std::string("1e+"), digits.substr(1) + "\n", digits.substr(1) + "," + digits.substr(1)}) {
    EXPECT_FALSE(MarksOf(text).far_numbers) << text;
  }
}

// The file is read piece by piece, and what is looked for may be cut anywhere.
TEST(CsvMarks, AreFoundWhereverTheyStand) {
  const std::string digits(200, '7');
  for (const size_t piece : {size_t{1} << 16, size_t{1} << 18, size_t{1} << 20, size_t{4} << 20}) {
    for (size_t before = piece - 210; before < piece + 4; before += before < piece - 8 ? 67 : 1) {
      const std::string text(before - 1, 'x');
      EXPECT_TRUE(MarksOf(text + ",\"\",y\n").empty_texts) << before;
      EXPECT_TRUE(MarksOf(text + ",1e400,y\n").far_numbers) << before;
      EXPECT_TRUE(MarksOf(text + "," + digits + ",y\n").far_numbers) << before;
    }
  }
}

}  // namespace
}  // namespace tenantry::lake::datasets
