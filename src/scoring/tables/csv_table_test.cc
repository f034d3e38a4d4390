#include "scoring/tables/csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/status.h"
#include "test_data.h"

namespace tenantry::scoring::tables {
namespace {

using ::testing::HasSubstr;

std::string Fault(std::string text, const CsvLimits& limits = {}) {
  const auto table = CsvTable::Parse(std::move(text), "t.csv", limits);
  EXPECT_FALSE(table.ok());
  if (table.ok()) return "";
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(base::Message(table.status()));
}

std::vector<std::vector<std::string>> Cells(const CsvTable& table) {
  std::vector<std::vector<std::string>> rows;
  for (size_t row = 0; row < table.rows(); ++row) {
    rows.emplace_back();
    for (size_t column = 0; column < table.columns(); ++column) {
      rows.back().emplace_back(table.cell(row, column));
    }
  }
  return rows;
}

using Rows = std::vector<std::vector<std::string>>;

TEST(CsvTable, ReadsTheSpectrumOfValidFiles) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "csv_spectrum");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/csvs")) {
    ++files;
    const auto table = CsvTable::Read(entry.path().string());
    ASSERT_TRUE(table.ok()) << table.status();
    std::ifstream file(folder + "/json/" + entry.path().stem().string() + ".json");
    const nlohmann::json expected = nlohmann::json::parse(file);
    nlohmann::json read = nlohmann::json::array();
    for (const auto& row : Cells(*table)) {
      nlohmann::json object;
      for (size_t i = 0; i < row.size(); ++i) object[table->header()[i]] = row[i];
      read.push_back(object);
    }
    EXPECT_EQ(read, expected) << entry.path();
  }
  EXPECT_EQ(files, 11);
}

TEST(CsvTable, PassesOverAByteOrderMarkAndSpacesAroundNames) {
  const auto table = CsvTable::Parse(
      "\xEF\xBB\xBF"
      "a, b\r\n1, 2 \r\n",
      "t.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->header(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Cells(*table), (Rows{{"1", " 2 "}}));
}

TEST(CsvTable, KnowsTheLineOfARowAfterLineBreaksInQuotes) {
  const auto table = CsvTable::Parse("a,b\n\"x\ny\nz\",1\n\"\"\"\",2\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(Cells(*table), (Rows{{"x\ny\nz", "1"}, {"\"", "2"}}));
  EXPECT_EQ(table->line(0), 2u);
  EXPECT_EQ(table->line(1), 5u);
}

TEST(CsvTable, ReadsATableOfOneColumnWithAnEmptyValue) {
  const auto table = CsvTable::Parse("a\n1\n\"\"\n\n2", "t.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(Cells(*table), (Rows{{"1"}, {""}, {""}, {"2"}}));
}

TEST(CsvTable, RefusesRaggedRowsByLine) {
  EXPECT_THAT(Fault("a,b\n1,2\n3\n"),
              HasSubstr("line 3: a row of 1 values where the header names 2"));
  EXPECT_THAT(Fault("a,b\n1,2,3\n"), HasSubstr("line 2: a row of 3 values"));
  EXPECT_THAT(Fault("a,b\n\n1,2\n"), HasSubstr("line 2: a row of 1 values"));
  EXPECT_THAT(Fault("a,b\n\"x\ny\",1\n3\n"), HasSubstr("line 4: a row of 1 values"));
}

TEST(CsvTable, RefusesBrokenQuotesWithLineAndColumn) {
  EXPECT_THAT(Fault("a,b\n1,2\n3,\"four\n5,6\n"),
              HasSubstr("line 3: the quote that opens column b never ends"));
  EXPECT_THAT(Fault("a,b\n1,tw\"o\n"),
              HasSubstr("line 2: column b: a quote inside the value \"tw\""));
  EXPECT_THAT(Fault("a,b\n\"1\"x,2\n"), HasSubstr("line 2: column a: \"x,2"));
}

TEST(CsvTable, RefusesALoneCarriageReturn) {
  EXPECT_THAT(Fault("a,b\r1,2\r3,4\r"), HasSubstr("line 1: a carriage return without a line feed"));
}

TEST(CsvTable, RefusesWhatHasNoHeader) {
  EXPECT_THAT(Fault(""), HasSubstr("header"));
  EXPECT_THAT(Fault("\n\n"), HasSubstr("header"));
  EXPECT_THAT(Fault("comp_0,travel,9270,4635,3\ncomp_1,gov,1,2,3\n"), HasSubstr("no header: 3 of"));
  EXPECT_THAT(Fault("a,,c\n1,2,3\n"), HasSubstr("column 2 has no name"));
  EXPECT_THAT(Fault("a,b,a\n1,2,3\n"), HasSubstr("two columns are named \"a\""));
  EXPECT_THAT(Fault("a;b;c\n1;2;3\n"), HasSubstr("separated by commas"));
}

TEST(CsvTable, RefusesWhatIsNotUtf8ByLine) {
  EXPECT_THAT(Fault("a,b\n1,2\n3,\xE9\n"), HasSubstr("line 3 is not UTF-8"));
  EXPECT_THAT(Fault(std::string("a,b\n1,\0\n", 8)), HasSubstr("line 2 holds a NUL"));
  EXPECT_THAT(Fault("\xFF\xFE"
                    "a"),
              HasSubstr("UTF-16"));
}

TEST(CsvTable, RefusesWhatIsPastALimit) {
  EXPECT_THAT(Fault("a,b\n1,2\n3,4\n", {.rows_max = 1}), HasSubstr("line 3: more than 1 rows"));
  EXPECT_THAT(Fault("a,b\n1,2\n", {.columns_max = 1}), HasSubstr("line 1: more than 1 columns"));
  EXPECT_THAT(Fault("a,b\n1,abcdef\n", {.field_bytes_max = 5}),
              HasSubstr("line 2: column b: a value of 6"));
  EXPECT_THAT(Fault("a,b\n1,2\n", {.bytes_max = 7}), HasSubstr("at most 7"));
}

TEST(CsvTable, NamesTheNearestColumn) {
  const auto table = CsvTable::Parse("Company,Churn\nx,1\n", "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(*table->GetColumn("Churn", "the target"), 1u);
  EXPECT_THAT(std::string(base::Message(table->GetColumn("churn", "the target").status())),
              HasSubstr("no column \"churn\" (the target); did you mean \"Churn\"?"));
}

TEST(CsvTable, TellsTablesApartByFingerprint) {
  const auto one = CsvTable::Parse("a,b\n1,2\n", "t.csv");
  const auto same = CsvTable::Parse("a,b\n1,2\n", "other.csv");
  const auto other = CsvTable::Parse("a,b\n1,3\n", "t.csv");
  EXPECT_EQ(one->fingerprint(), same->fingerprint());
  EXPECT_NE(one->fingerprint(), other->fingerprint());
  EXPECT_EQ(one->fingerprint().size(), 32u);
}

RC_GTEST_PROP(CsvTable, ReadsBackWhateverIsWritten, ()) {
  const auto columns = *rc::gen::inRange<size_t>(2, 5);
  const auto letters =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\",\n\r x")));
  const auto rows =
      *rc::gen::container<Rows>(rc::gen::container<std::vector<std::string>>(columns, letters));
  const std::string end = *rc::gen::element(std::string("\n"), std::string("\r\n"));
  std::string text;
  for (size_t i = 0; i < columns; ++i) text += fmt::format("{}c{}", i == 0 ? "" : ",", i);
  text += end;
  for (const auto& row : rows) {
    for (size_t i = 0; i < columns; ++i) text += (i == 0 ? "" : ",") + ToCsvField(row[i]);
    text += end;
  }
  const auto table = CsvTable::Parse(text, "t.csv");
  RC_ASSERT(table.ok());
  RC_ASSERT(Cells(*table) == rows);
}

RC_GTEST_PROP(CsvTable, AnswersAnyBytesWithATableOrAnError, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("a1,\"\r\n\t\xC3\xA9;\0", 11)));
  const auto table = CsvTable::Parse(text, "t.csv", {.rows_max = 3, .columns_max = 4});
  if (!table.ok()) {
    RC_ASSERT(table.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  RC_ASSERT(table->rows() <= 3u && table->columns() <= 4u && table->columns() >= 1u);
}

TEST(ToNumber, TakesNumbersAndNothingElse) {
  EXPECT_EQ(ToNumber(" 12.5 "), 12.5);
  EXPECT_EQ(ToNumber("+1e3"), 1000);
  EXPECT_EQ(ToNumber("-0"), 0);
  for (const char* text :
       {"", " ", "+", "+-1", "1,000", "12abc", "0x10", "inf", "nan", "1e999", "--1"}) {
    EXPECT_EQ(ToNumber(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tenantry::scoring::tables
