#include "scoring/assess_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "test_data.h"

namespace tenantry::scoring {
namespace {

using ::testing::HasSubstr;

std::string Fault(std::string_view text) {
  const auto request = ParseAssessRequest(text);
  EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(base::Message(request.status()));
}

const FeatureRow kRow = {{"revenue", 99420.0},  {"industry", "retail"},
                         {"employees", 4635.0}, {"job30", 10.0},
                         {"job90", 100.0},      {"monthlyFee", 400.0},
                         {"totalFee", 1200.0},  {"jobTrend", 10.0 / 100 * 90 / 30}};

TEST(AssessRequest, ReadsTheFirstDemonstrationsRequest) {
  TENANTRY_TEST_DATA_OR_SKIP(folder, "seed_dashboard");
  const auto text = runtime::ReadFile(folder + "/assess-request.json", 10'000);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto request = ParseAssessRequest(*text);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->company, base::TenantId("comp_4"));
  EXPECT_EQ(request->row, kRow);
}

TEST(AssessRequest, ReadsTheNewSpellings) {
  const auto request = ParseAssessRequest(
      R"({"revenue":99420,"industry":"retail","employees":4635,"job30":10,"job90":100,)"
      R"("monthlyFee":400,"totalFee":1200.0})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_FALSE(request->company.has_value());
  EXPECT_EQ(request->row, kRow);
}

TEST(AssessRequest, TakesBothSpellingsOnlyWhenTheyAgree) {
  const auto request = ParseAssessRequest(R"({"revenu":5,"revenue":5.0})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->row, (FeatureRow{{"revenue", 5.0}}));
  EXPECT_THAT(Fault(R"({"employee":1,"employees":2})"), HasSubstr("other spelling"));
}

TEST(AssessRequest, TakesNullAndAbsentFieldsAsMissing) {
  const auto request =
      ParseAssessRequest(R"({"job30":null,"industry":"space mining","riskOfChurn":null})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->row, (FeatureRow{{"industry", "space mining"}}));
}

TEST(AssessRequest, RefusesUnknownFieldsWithTheNearestName) {
  EXPECT_THAT(Fault(R"({"job3O":1})"), HasSubstr("\"job30\""));
  EXPECT_THAT(Fault(R"({"job30":1,"Industri":"gov"})"), HasSubstr("\"industry\""));
}

TEST(AssessRequest, RefusesWrongKindsWithFieldAndValue) {
  EXPECT_THAT(Fault(R"({"revenu":"much"})"), HasSubstr("\"revenu\" must be a number"));
  EXPECT_THAT(Fault(R"({"revenu":"much"})"), HasSubstr("not \"much\""));
  EXPECT_THAT(Fault(R"({"job30":-1})"), HasSubstr("not -1"));
  EXPECT_THAT(Fault(R"({"job30":1e16})"), HasSubstr("1e15"));
  EXPECT_THAT(Fault(R"({"job30":true})"), HasSubstr("number"));
  EXPECT_THAT(Fault(R"({"industry":7})"), HasSubstr("\"industry\" must be a text"));
  EXPECT_THAT(Fault(R"({"companyID":7,"job30":1})"), HasSubstr("companyID"));
  EXPECT_THAT(Fault(R"({"companyID":"","job30":1})"), HasSubstr("\"companyID\""));
  EXPECT_THAT(Fault(R"({"riskOfChurn":"no","job30":1})"), HasSubstr("riskOfChurn"));
}

TEST(AssessRequest, RefusesWhatIsNoObjectOrSaysNothing) {
  EXPECT_THAT(Fault("[]"), HasSubstr("object"));
  EXPECT_THAT(Fault("{"), HasSubstr("JSON"));
  EXPECT_THAT(Fault(""), HasSubstr("the body is empty: send a JSON object"));
  EXPECT_THAT(Fault("{"), ::testing::Not(HasSubstr("json.exception")));
  EXPECT_THAT(Fault("{\"industry\":\"\xFF\"}"), HasSubstr("JSON"));
  EXPECT_THAT(Fault(R"({"job30":1e999})"), HasSubstr("JSON"));
  EXPECT_THAT(Fault("{}"), HasSubstr("nothing to assess"));
  EXPECT_THAT(Fault(R"({"companyID":"comp_4","job30":null})"), HasSubstr("nothing to assess"));
  EXPECT_THAT(Fault(R"({"job30":1,"job30":2})"), HasSubstr("twice"));
  EXPECT_THAT(Fault(std::string(100'000, '[')), HasSubstr("JSON"));
  EXPECT_THAT(Fault(std::string("{\"job30\":1}\0x", 13)), HasSubstr("byte 11 is zero"));
}

// Whoever walks such a value runs out of stack: it is refused before anybody does.
TEST(AssessRequest, RefusesWhatNestsWithoutEnd) {
  const std::string deep = std::string(1 << 22, '[') + std::string(1 << 22, ']');
  for (const char* field : {"revenue", "industry", "companyID", "riskOfChurn", "other"}) {
    EXPECT_THAT(Fault(fmt::format(R"({{"{}":{}}})", field, deep)), HasSubstr("nests deeper"));
  }
}

TEST(AssessRequest, KeepsWhatItWasSentOutOfLongMessages) {
  const std::string digits(1 << 20, '9'), letters(1 << 20, 'x');
  EXPECT_LT(Fault("{\"job30\":" + digits + "}").size(), 300u);
  EXPECT_LT(Fault("{\"job30\":\"" + letters + "\"}").size(), 300u);
  EXPECT_LT(Fault("{\"industry\":\"" + letters + "\xff\"}").size(), 300u);
  EXPECT_LT(Fault("{\"" + letters + "\":1}").size(), 300u);
}

}  // namespace
}  // namespace tenantry::scoring
