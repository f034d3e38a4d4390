#include "app/demo/ending.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/console/test_terminal.h"

namespace tenantry::app::demo {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

StoryEnd End() {
  StoryEnd end;
  end.scientists.resize(2);
  end.scientists[0].tenant = "a shop";
  end.scientists[0].user = "nora";
  end.scientists[0].password = "n0ra";
  end.scientists[1].tenant = "plant";
  end.scientists[1].user = "pia";
  end.scientists[1].password = "p1a";
  end.scientists[1].failed_job = "j1";
  end.at_risk = console::Json::parse(
      R"({"tenantID":"a b","name":"A B","risk":{"score":0.9,"churn":true,"status":"fresh",)"
      R"("reasons":[{"feature":"jobTrend","value":0.161,"effect":2.0}]}})");
  return end;
}

std::string Told(const StoryEnd& end, const Whereabouts& where) {
  console::TestTerminal test;
  TellEnding(test.terminal, end, where);
  return test.out.str();
}

const Whereabouts kUp{.url = "http://127.0.0.1:81",
                      .admin_password = "s3cret",
                      .password_file = "/tmp/d/admin_password",
                      .stays_up = true};

TEST(Ending, LeadsToThePageAndItsPeopleWhileTheServerStaysUp) {
  EXPECT_EQ(
      Told(End(), kUp),
      "\nThe page is at http://127.0.0.1:81/ until you press Ctrl-C.\n"
      "\nSign in there as\n"
      "WHO             TENANT  USER   PASSWORD\n"
      "operator        –       admin  s3cret\n"
      "data scientist  a shop  nora   n0ra\n"
      "data scientist  plant   pia    p1a\n"
      "\nLook first at\n"
      "  Today       who may leave, and why; above all A B, risk 0.90 high: it submitted 16 % "
      "as many jobs in 30 days as it does on average\n"
      "  A customer  http://127.0.0.1:81/customers/a%20b\n"
      "  Jobs        the one that failed: http://127.0.0.1:81/jobs/j1\n"
      "\nOr in another terminal\n"
      "  export TENANTRY_SERVER=http://127.0.0.1:81\n"
      "  tenantry login admin --password-file /tmp/d/admin_password\n"
      "  tenantry churn list\n"
      "  tenantry ask 2\n"
      "  tenantry jobs list\n");
}

TEST(Ending, LeadsBackToDataThatIsKept) {
  Whereabouts where = kUp;
  where.stays_up = false;
  where.kept = "/tmp/it's mine";
  const std::string told = Told(End(), where);
  EXPECT_THAT(told, HasSubstr("`tenantry serve --data '/tmp/it'\\''s mine'` brings it back"));
  EXPECT_THAT(told, HasSubstr("page at http://127.0.0.1:8080/"));
  EXPECT_THAT(told, Not(HasSubstr("127.0.0.1:81/"))) << "nobody answers there any more";
  EXPECT_THAT(told, HasSubstr("s3cret"));
}

TEST(Ending, SaysNothingOfWhatIsGone) {
  Whereabouts where = kUp;
  where.stays_up = false;
  const std::string told = Told(End(), where);
  EXPECT_THAT(told, HasSubstr("its data is gone"));
  for (const char* gone : {"http", "s3cret", "p1a", "/tmp"}) {
    EXPECT_THAT(told, Not(HasSubstr(gone)));
  }
}

TEST(Ending, CallsNobodyAtRiskWhoIsNot) {
  StoryEnd end = End();
  end.at_risk["risk"]["score"] = 0.2;
  end.at_risk["risk"]["churn"] = false;
  const std::string told = Told(end, kUp);
  EXPECT_THAT(told, HasSubstr("nobody is likely to leave\n"));
  EXPECT_THAT(told, HasSubstr("  A customer  http://127.0.0.1:81/customers/a%20b\n"));
}

TEST(Ending, OfAStoryWithoutRiskOrScientistsNamesNone) {
  const std::string told = Told({}, kUp);
  EXPECT_THAT(told, HasSubstr("  Today       the five answers; nobody is likely to leave\n"));
  EXPECT_THAT(told, HasSubstr("  Jobs        http://127.0.0.1:81/jobs\n"));
  EXPECT_THAT(told, Not(HasSubstr("customers/")));
}

}  // namespace
}  // namespace tenantry::app::demo
