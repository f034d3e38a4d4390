#include "jobs/spec/spec_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "jobs/spec/sql_words.h"
#include "jobs/spec/step_order.h"

namespace tenantry::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<JobSpec> Toml(std::string_view text, const SpecLimits& limits = {}) {
  return ParseSpec(text, SpecFormat::kToml, limits);
}

absl::StatusOr<JobSpec> Json(std::string_view text) {
  return ParseSpec(text, SpecFormat::kJson, {});
}

std::string Fault(const absl::StatusOr<JobSpec>& spec) {
  EXPECT_TRUE(absl::IsInvalidArgument(spec.status())) << spec.status();
  return std::string(base::Message(spec.status()));
}

std::vector<std::string> Names(const JobSpec& spec) {
  std::vector<std::string> names;
  for (const StepSpec& step : spec.steps) names.push_back(step.name);
  return names;
}

constexpr std::string_view kFour = R"toml(
name = "daily revenue"
[[steps]]
name = "paid"
kind = "load"
sql = "SELECT * FROM orders WHERE state = 'paid';"
[[steps]]
name = "days"
kind = "transform"
sql = """
SELECT date_trunc('day', at) AS day, amount
FROM "Paid" -- not from revenue
"""
[[steps]]
name = "revenue"
kind = "process"
sql = "SELECT day, sum(amount) AS amount FROM days GROUP BY day"
[[steps]]
name = "keep"
kind = "persist"
dataSet = "daily_revenue"
after = ["revenue"]
)toml";

TEST(JobSpec, ReadsStepsAndFindsWhatTheyReadInTheirSql) {
  const auto spec = Toml(kFour);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->name, "daily revenue");
  EXPECT_THAT(Names(*spec), ElementsAre("paid", "days", "revenue", "keep"));
  EXPECT_EQ(spec->steps[0].kind, StepKind::kLoad);
  EXPECT_EQ(spec->steps[0].sql, "SELECT * FROM orders WHERE state = 'paid'");
  EXPECT_THAT(spec->steps[0].after, ElementsAre());
  EXPECT_THAT(spec->steps[1].after, ElementsAre("paid"));
  EXPECT_THAT(spec->steps[2].after, ElementsAre("days"));
  EXPECT_EQ(spec->steps[3].sql, "SELECT * FROM revenue");
  EXPECT_EQ(spec->steps[3].data_set, "daily_revenue");
}

TEST(JobSpec, ReadsJsonToTheSameAndItsOwnJsonBack) {
  const auto toml = Toml(kFour);
  ASSERT_TRUE(toml.ok());
  const auto json = Json(ToJson(*toml).dump());
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(*json, *toml);
}

TEST(JobSpec, OrdersStepsBehindThoseTheyComeAfterAndElseAsWritten) {
  const auto spec = Json(R"({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT 1", "after": ["C"]},
    {"name": "b", "kind": "load", "sql": "SELECT 1"},
    {"name": "c", "kind": "load", "sql": "SELECT 1"}]})");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_THAT(Names(*spec), ElementsAre("b", "c", "a"));
  EXPECT_THAT(spec->steps[2].after, ElementsAre("c"));
}

TEST(JobSpec, TellsEveryFaultWithItsLineItsStepAndWhatToDo) {
  const std::string faults = Fault(Toml(R"toml(
name = "n"
stepz = 1
[[steps]]
name = "a"
kind = "laod"
sql = "SELECT 1"
[[steps]]
name = "A"
kind = "load"
sqll = "SELECT 1"
[[steps]]
name = "b-c"
kind = "load"
sql = 7
dataSet = "x"
[[steps]]
kind = "persist"
sql = "SELECT 1; SELECT 2"
)toml"));
  EXPECT_EQ(faults,
            "line 3: there is no field 'stepz'; did you mean 'steps'?\n"
            "line 6: step 'a': there is no kind 'laod'; did you mean 'load'?\n"
            "line 9: step 'A': another step has that name already: give each its own\n"
            "line 11: step 'A': there is no field 'sqll'; did you mean 'sql'?\n"
            "line 8: step 'A': sql is missing: give the query whose rows are its result\n"
            "line 13: step 'b-c': its name is a table in SQL: give 1 to 63 letters, digits or _, "
            "beginning with a letter\n"
            "line 16: step 'b-c': dataSet is for persist steps alone\n"
            "line 15: step 'b-c': sql is no text: put it in quotes\n"
            "line 17: step 4: name is missing: later steps read its result under that name\n"
            "line 17: step 4: dataSet is missing: name the data set that its result becomes\n"
            "and more");
}

TEST(JobSpec, TellsTheLineInJsonToo) {
  EXPECT_EQ(Fault(Json("{\"name\": \"n\",\n \"steps\": [\n{\"name\": \"a\",\n\"kind\": \"lod\", "
                       "\"sql\": \"SELECT 1\"}]}")),
            "line 4: step 'a': there is no kind 'lod'; did you mean 'load'?");
  EXPECT_THAT(Fault(Json("{\"name\":\n \"n\",\n \"steps\": [}")),
              HasSubstr("line 3: it is no JSON"));
  EXPECT_THAT(Fault(Json("{\"name\": \"a\",\n\"name\": \"b\"}")),
              HasSubstr("line 2: the name 'name' is given twice"));
  EXPECT_THAT(Fault(Json("[1]")), HasSubstr("no object"));
  EXPECT_THAT(Fault(Json("")), HasSubstr("line 1: it is no JSON"));
  EXPECT_THAT(Fault(Toml("a = ")), HasSubstr("line 1: it is no TOML"));
  EXPECT_THAT(Fault(Toml("a = 1\na = 2")), HasSubstr("line 2: it is no TOML"));
}

TEST(JobSpec, NamesTheStepsOfACycle) {
  EXPECT_THAT(Fault(Json(R"({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT 1", "after": ["b"]},
    {"name": "b", "kind": "load", "sql": "SELECT 1", "after": ["c"]},
    {"name": "c", "kind": "load", "sql": "SELECT 1", "after": ["b"]}]})")),
              HasSubstr("the steps wait for each other, b after c after b"));
  EXPECT_THAT(Fault(Json(R"({"name": "n", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT 1", "after": ["a"]}]})")),
              HasSubstr("a after a"));
}

TEST(JobSpec, RefusesStepsThatNobodyHasAndAPersistWithoutOneInput) {
  EXPECT_EQ(Fault(Json(R"({"name": "n", "steps": [
    {"name": "paid", "kind": "load", "sql": "SELECT 1"},
    {"name": "b", "kind": "load", "sql": "SELECT 1", "after": ["piad"]}]})")),
            "line 3: step 'b': it comes after 'piad', which is no step; did you mean 'paid'?");
  EXPECT_THAT(Fault(Json(R"({"name": "n", "steps": [
    {"name": "a", "kind": "persist", "dataSet": "d"}]})")),
              HasSubstr("give sql, or the one step to persist in after"));
}

TEST(JobSpec, RefusesToPersistUnderWhatIsNoName) {
  for (const char* name :
       {"", "../theirs", "a b", "1st", "Order", "tenant=other/x", "ds_0123456789abcdef01234567"}) {
    EXPECT_THAT(Fault(Json(fmt::format(R"({{"name": "n", "steps": [
    {{"name": "a", "kind": "persist", "sql": "SELECT 1", "dataSet": "{}"}}]}})",
                                       name))),
                HasSubstr("line 2: step 'a':"))
        << name;
  }
}

TEST(JobSpec, HoldsItsLimits) {
  SpecLimits limits;
  limits.steps_max = 3;
  EXPECT_THAT(Fault(Toml(kFour, limits)), HasSubstr("there are 4 steps: at most 3"));
  limits = {};
  limits.sql_bytes_max = 20;
  EXPECT_THAT(Fault(Toml(kFour, limits)), HasSubstr("at most 20 are taken (jobs.sql_bytes_max)"));
  limits = {};
  limits.spec_bytes_max = 10;
  EXPECT_THAT(Fault(Toml(kFour, limits)), HasSubstr("jobs.spec_bytes_max"));
}

TEST(JobSpec, SurvivesWhatIsMadeToBreakReaders) {
  EXPECT_THAT(Fault(Json(std::string(100'000, '['))), HasSubstr("nests deeper than 16"));
  EXPECT_THAT(Fault(Toml("a = " + std::string(1000, '['))), HasSubstr("line 1"));
  std::string dotted;
  for (int i = 0; i < 60'000; ++i) dotted += "a.";
  EXPECT_THAT(Fault(Toml("\n" + dotted + "b = 1")),
              HasSubstr("line 2: a key has more than 16 dots"));
  EXPECT_THAT(Fault(Json("{\"name\": \"\xff\"}")), HasSubstr("not UTF-8"));
  EXPECT_THAT(Fault(Json(R"({"name": "a\u0000b", "steps": [
    {"name": "a", "kind": "load", "sql": "SELECT 1"}]})")),
              HasSubstr("control characters"));
}

TEST(SqlWords, CutsTheSemicolonAndRefusesASecondStatement) {
  EXPECT_EQ(*OneStatement("SELECT ';' AS \"a;b\" /* ; */ -- ;\n ; ; "),
            "SELECT ';' AS \"a;b\" /* ; */ -- ;\n ");
  for (const char* wrong :
       {"SELECT 1; SELECT 2", "SELECT 1) TO 'x' (FORMAT csv); SELECT (1", "SELECT (1", "SELECT 1)",
        "", " -- nothing", "SELECT 'a", "SELECT \"a", "SELECT 1 /* a", "SELECT $$a", ";"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(OneStatement(wrong).status())) << wrong;
  }
  EXPECT_THAT(std::string(base::Message(OneStatement("SELECT 1\n;\nSELECT 2").status())),
              HasSubstr("its line 2"));
}

TEST(SqlWords, KnowsNamesFromTextsColumnsOfTablesAndFunctions) {
  EXPECT_THAT(TableWords("a 'b' \"c\"\"d\" e.f g(h) $$i$$ $x$j$x$ E'k\\'l' m /* n /* o */ p */ q"),
              ElementsAre("a", "c\"d", "e", "h", "m", "q"));
}

}  // namespace
}  // namespace tenantry::jobs
