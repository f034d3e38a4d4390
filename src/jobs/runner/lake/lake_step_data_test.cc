#include "jobs/runner/lake/lake_step_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "jobs/life/job_testing.h"
#include "lake/datasets/data_sets_test_env.h"

namespace tenantry::jobs {
namespace {

using testing::HasSubstr;

// The lake's own data sets, with one named orders.
class LakeStepDataTest : public testing::Test {
 protected:
  LakeStepDataTest() {
    lake_.Put(lake_.acme, {{"name", "orders"}, {"format", "csv"}}, "id,amount\n1,2.5\n2,7\n");
    std::filesystem::create_directories(folder_);
  }

  // A Parquet file of that query's answer.
  std::string Parquet(const std::string& sql) {
    std::string bytes;
    const absl::Status status = lake_.data_sets().Query(
        lake_.acme, sql, lake::datasets::AnswerFormat::kParquet, {}, [&](std::string_view piece) {
          bytes.append(piece);
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return lake_.File("result.parquet", bytes);
  }

  static StepSpec Step(const std::string& sql) { return {"s", StepKind::kLoad, sql, {}, ""}; }

  lake::datasets::DataSetsTestEnv lake_;
  const std::string folder_ = lake_.sql().folder / "in";
  LakeStepData data_{lake_.data_sets(), lake_.store().store()};
};

TEST_F(LakeStepDataTest, StagesWhatAStepReadsButForResultsOfSteps) {
  const auto staged =
      data_.Stage(lake_.acme, {{"Orders", "paid", "own"}, {"own"}}, {"paid"}, folder_);
  ASSERT_TRUE(staged.ok()) << staged.status();
  ASSERT_EQ(staged->size(), 1u);
  EXPECT_EQ(staged->front().name, "orders");
  EXPECT_GT(staged->front().bytes, 0);
  const auto hidden = data_.Stage(lake_.acme, {{"orders"}, {}}, {"ORDERS"}, folder_);
  ASSERT_TRUE(hidden.ok()) << hidden.status();
  EXPECT_TRUE(hidden->empty()) << "a step's result hides a data set of its name";
}

TEST_F(LakeStepDataTest, NamesATableThatIsNothingOfTheTenants) {
  const absl::Status absent = data_.Stage(lake_.acme, {{"ordres"}, {}}, {}, folder_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(absent)) << absent;
  EXPECT_THAT(std::string(base::Message(absent)),
              HasSubstr("it reads 'ordres', which is neither a data set nor the result of a step "
                        "before it; did you mean 'orders'?"));
  const absl::Status theirs = data_.Stage(lake_.other, {{"orders"}, {}}, {}, folder_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(theirs)) << theirs;
}

TEST_F(LakeStepDataTest, DescribesColumnsWithoutRows) {
  const auto tables = data_.Describe(lake_.acme, Step("SELECT * FROM orders"), {}, {});
  ASSERT_TRUE(tables.ok()) << tables.status();
  ASSERT_EQ(tables->size(), 1u);
  EXPECT_THAT(tables->front().columns,
              testing::ElementsAre(ColumnSpec{"id", "BIGINT"}, ColumnSpec{"amount", "DOUBLE"}));
}

TEST_F(LakeStepDataTest, DescribesADataSetThatAStepBeforeMakesByThatStep) {
  const auto tables = data_.Describe(lake_.acme, Step("SELECT * FROM Orders, later"), {},
                                     {{"orders", "p"}, {"LATER", "q"}, {"other", "r"}});
  ASSERT_TRUE(tables.ok()) << tables.status();
  ASSERT_EQ(tables->size(), 2u);
  EXPECT_EQ((*tables)[0].made_by, "q");
  EXPECT_EQ((*tables)[1].made_by, "p") << "its next version is what will be read";
  EXPECT_TRUE((*tables)[1].columns.empty());
  const auto hidden =
      data_.Describe(lake_.acme, Step("SELECT * FROM later"), {"later"}, {{"later", "q"}});
  ASSERT_TRUE(hidden.ok()) << hidden.status();
  EXPECT_TRUE(hidden->empty()) << "a step's result hides it";
}

TEST_F(LakeStepDataTest, TellsAQueriesOwnNamesFromDataSets) {
  const auto reads = [&](const std::string& sql) {
    const auto tables = data_.Describe(lake_.acme, Step(sql), {}, {});
    EXPECT_TRUE(tables.ok()) << sql << tables.status();
    return tables.ok() && !tables->empty();
  };
  for (const char* sql : {
           "WITH orders AS (SELECT 7 AS x) FROM orders",
           "WITH Orders AS (SELECT 7 AS x) (FROM orders) UNION ALL (FROM orders)",
           "WITH orders AS (SELECT 7 AS x), b AS (FROM orders) SELECT (SELECT max(x) FROM orders)",
           "WITH RECURSIVE orders AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM orders WHERE x < "
           "5) "
           "FROM orders",
       }) {
    EXPECT_FALSE(reads(sql)) << sql;
  }
  for (const char* sql : {
           "WITH orders AS (FROM orders) FROM orders",
           "WITH b AS (FROM orders), orders AS (SELECT 1 AS x) FROM b",
           "WITH orders AS (SELECT 7 AS x) FROM main.orders",
           "WITH b AS (WITH orders AS (SELECT 9 AS x) FROM orders) FROM b, orders",
           "WITH RECURSIVE orders AS (SELECT id AS x FROM orders UNION ALL SELECT x + 1 FROM "
           "orders "
           "WHERE x < 5) FROM orders",
       }) {
    EXPECT_TRUE(reads(sql)) << sql;
  }
}

TEST_F(LakeStepDataTest, RecoversWhatAStepPublishedWhileThatVersionIsThere) {
  const Job job = JobToSubmit("j1");
  EXPECT_EQ(data_.Recover(job, 2, folder_ + "/none")->has_value(), false);
  EXPECT_EQ(*data_.Publish(job, 2, Parquet("SELECT 42 AS x UNION ALL SELECT 43")), 1);
  LakeStepData next_process(lake_.data_sets(), lake_.store().store());
  const std::string first = folder_ + "/first";
  const auto found = next_process.Recover(job, 2, first);
  ASSERT_TRUE(found.ok() && *found) << found.status();
  EXPECT_TRUE((*found)->is_there);
  EXPECT_EQ((*found)->version, 1);
  EXPECT_EQ((*found)->rows, 2);
  EXPECT_EQ((*found)->bytes, static_cast<int64_t>(std::filesystem::file_size(first)));
  EXPECT_EQ(*data_.Publish(JobToSubmit("j2"), 2, first), 2) << "another job's is another";
  EXPECT_TRUE((*data_.Recover(job, 2, folder_ + "/second"))->is_there) << "superseded, not swept";
  lake_.clock().Advance(absl::Hours(24));
  ASSERT_TRUE(lake_.data_sets().Sweep().ok());
  const auto swept = data_.Recover(job, 2, folder_ + "/third");
  ASSERT_TRUE(swept.ok() && *swept) << swept.status();
  EXPECT_FALSE((*swept)->is_there);
  EXPECT_EQ((*swept)->version, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/third"));
  EXPECT_EQ(*data_.Publish(job, 2, first), 3);
  EXPECT_EQ((*data_.Recover(job, 2, folder_ + "/fourth"))->version, 3) << "the last one counts";
  EXPECT_THAT(lake_.store().Column("SELECT actor FROM audit WHERE thing = (SELECT data_set_id FROM "
                                   "data_sets WHERE name = 'out') ORDER BY number"),
              testing::ElementsAre("job j1 of acme", "job j2 of acme", "job j1 of acme"));
}

TEST_F(LakeStepDataTest, RecoversNothingOfADataSetThatIsDeleted) {
  const Job job = JobToSubmit("j1");
  ASSERT_TRUE(data_.Publish(job, 2, Parquet("SELECT 1 AS x")).ok());
  ASSERT_TRUE(lake_.data_sets().Delete(lake_.acme, "out", lake_.Change()).ok());
  const auto found = data_.Recover(job, 2, folder_ + "/gone");
  ASSERT_TRUE(found.ok() && *found) << found.status();
  EXPECT_FALSE((*found)->is_there);
}

}  // namespace
}  // namespace tenantry::jobs
