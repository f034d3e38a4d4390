#include "app/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "app/app_testing.h"

namespace tenantry::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Arguments, KeepAnEmptyTextApartFromWhatFollows) {
  EXPECT_THAT(*ReadArguments({"a", "--tenant=", "b", "--x=1", "--", "--y="}),
              ElementsAre("a", "--tenant", "", "b", "--x=1", "--", "--y="));
  EXPECT_EQ(ReadArguments({"a", "\xc0\x80"}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Flags, SayWhichNumbersTheyTake) {
  TestRun test;
  for (const auto& [arguments, words] : std::map<std::vector<std::string>, std::string>{
           {{"ask", "6"}, "6 is no whole number from 1 to 5"},
           {{"ask", "1", "--limit", "1e3"}, "--limit: 1e3 is no whole number from 1 to 1000"},
           {{"tenants", "list", "--limit", "-1"},
            "--limit: -1 is no whole number from 0 to 1099511627776"},
           {{"tenants", "create", "A", "--revenue", "-1"},
            "--revenue: -1 is no number from 0 to 1000000000000"}}) {
    EXPECT_EQ(test.Run(arguments), 2);
    EXPECT_THAT(test.err.str(), HasSubstr(words));
  }
}

TEST(Flags, RefuseEmptyTextsAndNeverTakeThemForAbsent) {
  ServedRun test;
  for (const auto& [arguments, words] : std::map<std::vector<std::string>, std::string>{
           {{"users", "remove", "eve", "--tenant", "", "--yes"}, "--tenant: the value is empty"},
           {{"users", "remove", "eve", "--yes", "--tenant="}, "--tenant: the value is empty"},
           {{"users", "remove", "", "--yes"}, "USER: the value is empty"},
           {{"passwd", ""}, "USER: the value is empty"},
           {{"tenants", "create", "Y", "--id", ""}, "--id: the value is empty"},
           {{"events", "send", "--resume", ""}, "--resume: the value is empty"},
           {{"replay", "-", "--state", ""}, "--state: the value is empty"},
           {{"serve", "--roles", ""}, "--roles: the value is empty"},
           {{"serve", "--config="}, "--config: the value is empty"}}) {
    EXPECT_EQ(test.Run(arguments), 2) << words;
    EXPECT_THAT(test.err.str(), HasSubstr(words));
  }
  EXPECT_TRUE(test.server.requests().empty());
  // Of the server's own options an empty text may be the value.
  EXPECT_EQ(test.Run({"config", "show", "--net.tls_key_file="}), 0) << test.err.str();
}

TEST(Flags, AreRefusedWhereTheyWouldHaveNoEffect) {
  TestRun test;
  EXPECT_EQ(test.Run({"replay", "-", "--limit", "3"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("--limit requires --questions"));
  EXPECT_EQ(test.Run({"replay", "-", "--limit", "3", "--questions"}), 0) << test.err.str();
}

TEST(Flags, TellOnlyWhatThereIs) {
  TestRun test;
  ASSERT_EQ(test.Run({"serve", "--help"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("scoring, dashboard"));
  ASSERT_EQ(test.Run({"train", "--help"}), 0);
  EXPECT_THAT(test.out.str(), Not(HasSubstr("trees")));
}

}  // namespace
}  // namespace tenantry::app
