#include <gmock/gmock.h>

#include <filesystem>

#include "base/retry_after.h"
#include "base/status.h"
#include "lake/datasets/data_sets_test_env.h"
#include "lake/datasets/query/json_numbers.h"
#include "lake/datasets/query/reserved_names.h"
#include "lake/datasets/query/sql_text.h"
#include "lake/sql/sql_worker.h"

namespace tenantry::lake::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kOrders[] = "id,amount\n1,2.5\n2,4\n3,\n";

TEST(DataSets, PublishesAVersionWithItsEventAndAudit) {
  DataSetsTestEnv env;
  EXPECT_EQ(env.Put(env.acme, {{"name", "Orders"}}, kOrders).state, UploadState::kDone);
  const auto first = env.data_sets().Get(env.acme, "orders");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->name, "Orders");
  EXPECT_EQ(first->rows, 3);
  EXPECT_EQ(first->version, 1);
  EXPECT_GT(first->bytes, 0);
  EXPECT_EQ(first->created_by, "user ann of acme");
  EXPECT_EQ(first->schema, (std::vector<DataSetColumn>{{"id", "BIGINT"}, {"amount", "DOUBLE"}}));
  env.clock().Advance(absl::Hours(1));
  EXPECT_EQ(env.Put(env.acme, {{"name", "ORDERS"}}, "id,amount\n7,7\n").state, UploadState::kDone);
  const auto second = env.data_sets().Get(env.acme, first->id.value());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->name, "Orders");
  EXPECT_EQ(second->version, 2);
  EXPECT_EQ(second->rows, 1);
  EXPECT_GT(second->updated, second->created);
  EXPECT_EQ(env.Query(env.acme, "SELECT * FROM orders"), "id,amount\n7,7\n");
  EXPECT_THAT(env.Events(), ElementsAre("dataset.created Orders", "dataset.updated Orders"));
  EXPECT_THAT(env.store().Column("SELECT action FROM audit ORDER BY number"),
              ElementsAre("dataset.create", "dataset.update"));
  const std::string event = env.store().Scalar("SELECT event FROM outbox ORDER BY number");
  EXPECT_THAT(event, HasSubstr("\"userID\":\"ann\""));
  EXPECT_THAT(event, HasSubstr("\"sessionID\":\"s1\""));
  EXPECT_THAT(event, HasSubstr("\"bytes\":"));
}

// Whoever reads the events takes the one with the latest time for what is so.
TEST(DataSets, ChangeAtLaterTimesThoughTheClockIsSetBack) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "a"}}, kOrders);
  env.clock().Advance(-absl::Hours(1));
  env.Put(env.acme, {{"name", "a"}}, "id,amount\n7,7\n");
  ASSERT_TRUE(env.data_sets().Rename(env.acme, "a", "b", DataSetsTestEnv::Change()).ok());
  const auto renamed = env.data_sets().Get(env.acme, "b");
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(renamed->updated, renamed->created + absl::Microseconds(2));
  ASSERT_TRUE(env.data_sets().Delete(env.acme, "b", DataSetsTestEnv::Change()).ok());
  std::vector<std::string> times;
  for (const auto& text : env.store().Column("SELECT event FROM outbox ORDER BY number")) {
    times.push_back(nlohmann::json::parse(text).at("time"));
  }
  ASSERT_EQ(times.size(), 4u);
  for (size_t i = 1; i < times.size(); ++i) EXPECT_LT(times[i - 1], times[i]);
}

TEST(DataSets, AreAbsentForAnotherTenant) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "orders"}}, kOrders);
  const auto ours = env.data_sets().Get(env.acme, "orders");
  ASSERT_TRUE(ours.ok());
  for (const std::string& name : {std::string("orders"), ours->id.value()}) {
    EXPECT_EQ(*env.data_sets().Find(env.other, name), std::nullopt);
    EXPECT_TRUE(absl::IsNotFound(env.data_sets().Delete(env.other, name, {})));
    EXPECT_TRUE(absl::IsNotFound(env.data_sets().Rename(env.other, name, "x", {}).status()));
    EXPECT_TRUE(absl::IsNotFound(
        env.data_sets().Stage(env.other, {name}, env.sql().folder.path()).status()));
  }
  EXPECT_THAT(*env.data_sets().List(env.other, "", 10), IsEmpty());
  EXPECT_THAT(env.Query(env.other, "SELECT * FROM orders"), HasSubstr("INVALID_ARGUMENT"));
  // Their data set of the same name is another.
  env.Put(env.other, {{"name", "orders"}}, "x\n99\n");
  EXPECT_EQ(env.Query(env.other, "SELECT * FROM orders"), "x\n99\n");
  EXPECT_EQ(env.Query(env.acme, "SELECT count(*) n FROM orders"), "n\n3\n");
}

TEST(DataSets, RenamesAndRefusesANameThatIsTaken) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "a"}}, kOrders);
  env.Put(env.acme, {{"name", "b"}}, kOrders);
  EXPECT_TRUE(absl::IsAlreadyExists(env.data_sets().Rename(env.acme, "a", "B", {}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(env.data_sets().Rename(env.acme, "a", "b c", {}).status()));
  const auto renamed = env.data_sets().Rename(env.acme, "a", "c", env.Change());
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  EXPECT_TRUE(absl::IsNotFound(env.data_sets().Get(env.acme, "a").status()));
  EXPECT_EQ(env.Query(env.acme, "SELECT count(*) n FROM c"), "n\n3\n");
}

TEST(DataSets, DeletesAtOnceAndSweepsTheBytesLater) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "a"}}, kOrders);
  env.Put(env.acme, {{"name", "a"}}, kOrders);
  EXPECT_THAT(*env.blobs().List(env.acme, ""), SizeIs(2));
  ASSERT_TRUE(env.data_sets().Sweep().ok());
  EXPECT_THAT(*env.blobs().List(env.acme, ""), SizeIs(2));  // somebody may read it still
  env.clock().Advance(env.options.superseded_kept + absl::Seconds(1));
  ASSERT_TRUE(env.data_sets().Sweep().ok());
  EXPECT_THAT(*env.blobs().List(env.acme, ""), SizeIs(1));
  ASSERT_TRUE(env.data_sets().Delete(env.acme, "A", env.Change()).ok());
  EXPECT_TRUE(absl::IsNotFound(env.data_sets().Delete(env.acme, "a", env.Change())));
  EXPECT_THAT(env.Query(env.acme, "SELECT * FROM a"), HasSubstr("there is no data set 'a'"));
  env.clock().Advance(env.options.superseded_kept + absl::Seconds(1));
  ASSERT_TRUE(env.data_sets().Sweep().ok());
  EXPECT_THAT(*env.blobs().List(env.acme, ""), IsEmpty());
  EXPECT_EQ(env.store().Scalar("SELECT COUNT(*) FROM data_set_versions"), "0");
  EXPECT_THAT(env.Events().back(), "dataset.deleted a");
}

// A crash at every step of a publication leaves the old version whole and nothing behind.
TEST(DataSets, ShowTheOldVersionOrTheNewWhateverFails) {
  for (const char* point : {"metastore.write", "metastore.statement", "metastore.committing",
                            "blobstore.create", "blobstore.write", "blobstore.commit"}) {
    for (int64_t passes = 0; passes < 12; passes += 3) {
      DataSetsTestEnv env;
      env.Put(env.acme, {{"name", "a"}}, "x\n1\n");
      const std::string file = env.File("new.csv", "x\n2\n");
      const auto staged = env.data_sets().Stage(env.acme, {"a"}, env.sql().folder.path());
      ASSERT_TRUE(staged.ok()) << staged.status();
      env.faults().Fail(point, base::Unavailable("the process died"), passes, 1000);
      const auto published =
          env.data_sets().Publish(env.acme, "a", staged->front().file, env.Change());
      env.faults().Fail(point, absl::OkStatus(), 0, 0);
      const auto now = env.data_sets().Get(env.acme, "a");
      ASSERT_TRUE(now.ok()) << now.status();
      EXPECT_EQ(now->version, published.ok() ? 2 : 1) << point << " " << passes;
      EXPECT_EQ(env.Query(env.acme, "SELECT * FROM a"), "x\n1\n") << point << " " << passes;
      EXPECT_THAT(env.Events(), SizeIs(published.ok() ? 2 : 1));
      env.Restart();
      env.clock().Advance(absl::Hours(1));
      env.Restart();
      ASSERT_TRUE(env.data_sets().Sweep().ok());
      EXPECT_THAT(*env.blobs().List(env.acme, "dataset="), SizeIs(1)) << point << " " << passes;
      if (published.ok()) break;
    }
  }
}

TEST(DataSets, HoldTenantsToTheirQuotas) {
  DataSetsTestEnv env;
  env.options.tenant_data_sets_max = 2;
  env.options.tenant_bytes_max = 4000;
  env.Put(env.acme, {{"name", "a"}}, kOrders);
  env.Put(env.acme, {{"name", "b"}}, kOrders);
  const Upload third = env.Put(env.acme, {{"name", "c"}}, kOrders);
  EXPECT_EQ(third.state, UploadState::kFailed);
  EXPECT_THAT(third.answer_json, HasSubstr("lake.tenant_data_sets_max"));
  std::string large = "t\n";
  for (int i = 0; i < 3000; ++i) large += std::to_string(i * 7919 % 100003) + "\n";
  const Upload grown = env.Put(env.acme, {{"name", "a"}}, large);
  EXPECT_EQ(grown.state, UploadState::kFailed);
  EXPECT_THAT(grown.answer_json, HasSubstr("lake.tenant_bytes_max"));
  EXPECT_EQ(env.Put(env.other, {{"name", "c"}}, kOrders).state, UploadState::kDone);
}

TEST(DataSets, RefuseToFillTheDisk) {
  DataSetsTestEnv env;
  env.options.disk_free_min = int64_t{1} << 49;
  const auto upload = env.uploads().Begin(env.acme, {.name = "a"}, env.Change());
  ASSERT_TRUE(upload.ok());
  const auto put = env.uploads().Put(env.acme, upload->id, 0, kOrders, "");
  EXPECT_TRUE(absl::IsResourceExhausted(put.status())) << put.status();
  EXPECT_THAT(put.status().ToString(), HasSubstr("lake.disk_free_min"));
}

TEST(DataSets, ListByIdInPages) {
  DataSetsTestEnv env;
  for (const char* name : {"a", "b", "c"}) env.Put(env.acme, {{"name", name}}, kOrders);
  const auto first = env.data_sets().List(env.acme, "", 2);
  ASSERT_THAT(*first, SizeIs(2));
  const auto rest = env.data_sets().List(env.acme, first->back().id.value(), 2);
  EXPECT_THAT(*rest, SizeIs(1));
}

TEST(DataSets, AreNotNamedAsWordsOfSql) {
  DataSetsTestEnv env;
  const auto begun = env.uploads().Begin(env.acme, {.name = "Order"}, env.Change());
  EXPECT_TRUE(absl::IsInvalidArgument(begun.status()));
  EXPECT_THAT(begun.status().ToString(), HasSubstr("'Order', which is a word of SQL"));
  env.Put(env.acme, {{"name", "orders"}}, kOrders);
  EXPECT_TRUE(absl::IsInvalidArgument(
      env.data_sets().Rename(env.acme, "orders", "left", env.Change()).status()));
  const auto process = env.sql().processes().Start({});
  std::vector<std::string> words;
  ASSERT_TRUE(
      (*process)
          ->Query("SELECT word FROM (SELECT DISTINCT keyword_name AS word, "
                  "json_serialize_sql('SELECT * FROM ' || keyword_name)::VARCHAR AS parsed "
                  "FROM duckdb_keywords()) WHERE coalesce(json_extract_string(parsed, "
                  "'$.statements[0].node.from_table.table_name'), '') <> word ORDER BY word",
                  [&](const std::vector<sql::SqlColumn>&, const sql::SqlChunk& rows) {
                    for (size_t row = 0; row < rows.rows(); ++row) {
                      words.emplace_back(rows.column(0).Bytes(row));
                    }
                    return absl::OkStatus();
                  })
          .ok());
  EXPECT_THAT(words, testing::ElementsAreArray(ReservedNames())) << "as the engine has it";
}

TEST(DataSets, AnswerWhatLooksBeyondTheirReach) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "o"}}, kOrders);
  EXPECT_EQ(env.Query(env.acme, "SELECT 1e400 AS a, -1e400 AS b"), "a,b\ninf,-inf\n");
  EXPECT_EQ(env.Query(env.acme, "SELECT count(*) AS n FROM o WHERE amount < 1e999"), "n\n2\n");
  const std::string interval =
      env.Query(env.acme, "SELECT INTERVAL '-1 day' AS i", AnswerFormat::kParquet);
  EXPECT_THAT(interval, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(interval, HasSubstr("no negative intervals: cast them to VARCHAR"));
  const std::string variant = env.Query(env.acme, "SELECT 1::VARIANT AS v", AnswerFormat::kArrow);
  EXPECT_THAT(variant, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(variant, HasSubstr("can't be given as Arrow"));
  EXPECT_THAT(variant, Not(HasSubstr("exception_message")));
}

TEST(DataSets, TellWhatCanNeverSucceedFromTooMuchAtOnce) {
  DataSetsTestEnv env;
  env.options.answer_bytes_max = 10'000;
  const auto ask = [&](const std::string& sql) {
    return env.data_sets().Query(env.acme, sql, AnswerFormat::kCsv, {},
                                 [](std::string_view) { return absl::OkStatus(); });
  };
  EXPECT_TRUE(base::IsPastLimit(ask("SELECT * FROM range(100000)")));
  if (sql::SqlWorkerBoundsMemory()) {
    EXPECT_TRUE(base::IsPastLimit(ask("SELECT repeat('x', 3000000000) AS x")));
  }
  env.options.queries_max = 0;
  env.Restart();
  const absl::Status busy = ask("SELECT 1");
  EXPECT_TRUE(absl::IsResourceExhausted(busy));
  EXPECT_FALSE(base::IsPastLimit(busy));
}

TEST(DataSets, PublishRefusesWhatIsNoParquet) {
  DataSetsTestEnv env;
  const std::string file = env.File("x.parquet", "PAR1 nothing PAR1");
  EXPECT_TRUE(
      absl::IsInvalidArgument(env.data_sets().Publish(env.acme, "a", file, env.Change()).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      env.data_sets().Publish(env.acme, "a", file + "-absent", env.Change()).status()));
  EXPECT_THAT(*env.data_sets().List(env.acme, "", 10), IsEmpty());
}

TEST(DataSets, KnowWhichTablesAStatementNames) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "Orders"}}, kOrders);
  env.Put(env.acme, {{"name", "lines"}}, kOrders);
  const auto names = [&](const std::string& sql) {
    const auto named = env.data_sets().TablesOf(env.acme, sql);
    if (!named.ok()) return std::string(absl::StatusCodeToString(named.status().code()));
    std::string text;
    for (const DataSet& data_set : named->data_sets) text += data_set.name + " ";
    text += "|";
    for (const std::string& unknown : named->unknown) text += " " + unknown;
    return text;
  };
  EXPECT_EQ(names("SELECT 1"), "|");
  EXPECT_EQ(names("SELECT * FROM orders"), "Orders |");
  EXPECT_EQ(
      names("SELECT * FROM \"ORDERS\" o JOIN lines USING (id) WHERE id IN (SELECT id FROM x)"),
      "Orders lines | x");
  EXPECT_EQ(names("WITH q AS (SELECT * FROM lines) SELECT * FROM q, orders;"), "lines Orders |");
  EXPECT_EQ(names("FROM orders UNION ALL FROM ORDERS -- twice"), "Orders |");
  EXPECT_EQ(names("DESCRIBE lines"), "lines |");
  EXPECT_EQ(names("SELECT * FROM range(3), unnest([1, 2])"), "|");
  EXPECT_EQ(names("SELECT 1; SELECT 2"), "INVALID_ARGUMENT");
  EXPECT_EQ(names(""), "INVALID_ARGUMENT");
  EXPECT_EQ(names("SELEC 1"), "INVALID_ARGUMENT");
  EXPECT_EQ(names("DROP TABLE orders"), "INVALID_ARGUMENT");
  EXPECT_EQ(names("SELECT * FROM read_csv('x')"), "PERMISSION_DENIED");
  EXPECT_EQ(names(std::string("SELECT '\0'", 10)), "INVALID_ARGUMENT");
  EXPECT_EQ(names("SELECT '\xff'"), "INVALID_ARGUMENT");
}

TEST(DataSets, StageFilesThatNobodyElseCanRead) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "Sales"}}, kOrders);
  const std::string folder = env.sql().folder.path();
  const auto staged = env.data_sets().Stage(env.acme, {"sales"}, folder);
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_EQ(staged->front().file, folder + "/sales.parquet");
  EXPECT_EQ(staged->front().view_sql, "CREATE VIEW \"Sales\" AS SELECT * FROM read_parquet('" +
                                          folder + "/sales.parquet', hive_partitioning = false)");
  EXPECT_EQ(std::filesystem::status(staged->front().file).permissions(),
            std::filesystem::perms::owner_read);
  // Not over a file, and not through a link.
  EXPECT_FALSE(env.data_sets().Stage(env.acme, {"sales"}, folder).ok());
}

TEST(DataSets, AnswerInEveryFormat) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "o"}}, kOrders);
  EXPECT_EQ(env.Query(env.acme, "SELECT * FROM o ORDER BY id DESC; -- all; of them"),
            "id,amount\n3,\n2,4.0\n1,2.5\n");
  const auto answer = nlohmann::json::parse(
      env.Query(env.acme,
                "SELECT id, amount, 'NaN'::DOUBLE nan, '-inf'::FLOAT f, 'say \"NaN\"' t, "
                "[1.5, 'inf'::DOUBLE] l, DATE '2024-02-29' d, 1.50::DECIMAL(9,2) dc, 1 a, 2 a "
                "FROM o ORDER BY id LIMIT 1",
                AnswerFormat::kJson));
  EXPECT_EQ(answer["rows"],
            nlohmann::json::parse(R"([{"id": 1, "amount": 2.5, "nan": "NaN", "f": "-Infinity",
              "t": "say \"NaN\"", "l": [1.5, "Infinity"], "d": "2024-02-29", "dc": 1.50, "a": 1,
              "a_1": 2}])"));
  EXPECT_EQ(answer["columns"][0], (nlohmann::json{{"name", "id"}, {"type", "BIGINT"}}));
  EXPECT_EQ(answer["columns"][7]["type"], "DECIMAL(9,2)");
  EXPECT_EQ(nlohmann::json::parse(
                env.Query(env.acme, "SELECT * FROM o WHERE false", AnswerFormat::kJson))["rows"],
            nlohmann::json::array());
  EXPECT_THAT(env.Query(env.acme, "FROM o", AnswerFormat::kParquet), testing::StartsWith("PAR1"));
  EXPECT_THAT(env.Query(env.acme, "DESCRIBE o"), HasSubstr("amount,DOUBLE"));
  EXPECT_THAT(env.Query(env.acme, "SUMMARIZE o"), HasSubstr("amount"));
}

TEST(DataSets, KeepIntegersOf128BitsExactInParquet) {
  DataSetsTestEnv env;
  env.Put(env.acme, {{"name", "o"}}, "a\n9007199254740993\n9223372036854775807\n");
  const auto kept = [&](const std::string& sql) {
    const std::string answer = env.Query(env.acme, sql, AnswerFormat::kParquet);
    if (!answer.starts_with("PAR1")) return answer;
    EXPECT_EQ(env.Put(env.acme, {{"name", "kept"}, {"format", "parquet"}}, answer).state,
              UploadState::kDone);
    return env.Query(env.acme, "FROM kept");
  };
  EXPECT_EQ(kept("SELECT sum(a) AS s, sum(a) AS s, 'HUGEINT' AS t FROM o; -- all"),
            "s,s_1,t\n9232379236109516800,9232379236109516800,HUGEINT\n");
  EXPECT_EQ(kept("SELECT [sum(a)] AS l, {'HUGEINT': sum(a), 'x': {'y': sum(a)}} AS n FROM o"),
            "l,n\n[9232379236109516800],\"{'HUGEINT': 9232379236109516800, 'x': {'y': "
            "9232379236109516800}}\"\n");
  EXPECT_EQ(kept("SELECT MAP {'k': sum(a)} AS m, 7::UHUGEINT AS u FROM o"),
            "m,u\n{k=9232379236109516800},7\n");
  EXPECT_THAT(kept("SELECT 170141183460469231731687303715884105727::HUGEINT AS a"),
              HasSubstr("INVALID_ARGUMENT"));
  for (const auto format : {AnswerFormat::kCsv, AnswerFormat::kJson}) {
    EXPECT_THAT(env.Query(env.acme, "SELECT sum(a) AS s FROM o", format),
                HasSubstr("9232379236109516800"));
  }
}

TEST(DataSets, BoundAQuerysTimeAndAnswer) {
  DataSetsTestEnv env;
  env.options.answer_bytes_max = 10'000;
  EXPECT_THAT(env.Query(env.acme, "SELECT * FROM range(100000)"), HasSubstr("RESOURCE_EXHAUSTED"));
  EXPECT_THAT(env.Query(env.acme, "SELECT * FROM range(100000)"),
              HasSubstr("lake.answer_bytes_max"));
  const QueryLimits limits{.time_max = absl::Milliseconds(300)};
  const absl::Status slow = env.data_sets().Query(
      env.acme, "SELECT count(*) FROM range(100000) a, range(100000) b, range(1000) c",
      AnswerFormat::kCsv, limits, [](std::string_view) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsDeadlineExceeded(slow)) << slow;
  EXPECT_THAT(slow.ToString(), HasSubstr("(the query's own limit)"));
  std::atomic<bool> cancelled = true;
  const absl::Status ended = env.data_sets().Query(
      env.acme, "SELECT count(*) FROM range(100000) a, range(100000) b, range(1000) c",
      AnswerFormat::kCsv, {.cancelled = &cancelled},
      [](std::string_view) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsCancelled(ended)) << ended;
  EXPECT_TRUE(std::filesystem::is_empty(env.sql().folder / "staging"));
}

TEST(DataSets, TellWhichOptionEndedAQuery) {
  DataSetsTestEnv env;
  env.options.query_time_max = absl::Milliseconds(300);
  EXPECT_THAT(
      env.Query(env.acme, "SELECT count(*) FROM range(100000) a, range(100000) b, range(1000) c"),
      HasSubstr("300ms (lake.query_time_max)"));
}

TEST(DataSets, LeaveAQuerysPlaceToOtherTenants) {
  DataSetsTestEnv env;
  env.options.queries_max = 2;
  // A query asks for more in the middle of its answer: so many are on their way at once.
  std::string same;
  std::string others;
  const absl::Status first = env.data_sets().Query(env.acme, "SELECT 1 AS a", AnswerFormat::kCsv,
                                                   {}, [&](std::string_view) {
                                                     same = env.Query(env.acme, "SELECT 2 AS a");
                                                     others = env.Query(env.other, "SELECT 3 AS a");
                                                     return absl::OkStatus();
                                                   });
  EXPECT_TRUE(first.ok()) << first;
  EXPECT_THAT(same, HasSubstr("1 queries of the tenant run or wait already "
                              "(lake.queries_per_tenant_max)"));
  EXPECT_EQ(others, "a\n3\n");
  EXPECT_EQ(env.Query(env.acme, "SELECT 4 AS a"), "a\n4\n") << "its place came back";
}

TEST(DataSetName, TakesIdentifiersAlone) {
  for (const char* good : {"a", "_", "Orders_2024", "select", "ds_1"}) {
    EXPECT_TRUE(CheckDataSetName(good).ok()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("1a"), std::string("a b"), std::string("a.b"),
        std::string("a-b"), std::string("é"), std::string("a\0", 2), std::string("../a"),
        std::string("a\""), std::string("a;"), std::string(64, 'a'),
        std::string("ds_0123456789abcdef01234567")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckDataSetName(bad))) << bad;
  }
}

TEST(SqlText, FindsTheEndOfAStatement) {
  EXPECT_EQ(WithoutSemicolon("SELECT 1"), "SELECT 1");
  EXPECT_EQ(WithoutSemicolon("SELECT ';' /* ; */ -- ;\n, \";\", $a$ ; $a$; -- x;"),
            "SELECT ';' /* ; */ -- ;\n, \";\", $a$ ; $a$");
  EXPECT_EQ(SqlLiteral("it's"), "'it''s'");
  EXPECT_EQ(SqlIdentifier("a\"b"), "\"a\"\"b\"");
}

TEST(JsonNumbers, AreFoundInPiecesOfAnySize) {
  const std::string text =
      R"([{"a":NaN,"b":-Infinity,"c":"NaN \" Infinity","d":[inf,1.5e-3,true]}])";
  const std::string right =
      R"([{"a":"NaN","b":"-Infinity","c":"NaN \" Infinity","d":["Infinity",1.5e-3,true]}])";
  for (size_t size = 1; size <= text.size(); ++size) {
    JsonNumbers numbers;
    std::string made;
    for (size_t at = 0; at < text.size(); at += size) {
      made += numbers.Next(std::string_view(text).substr(at, size));
    }
    EXPECT_EQ(made + numbers.End(), right);
  }
}

}  // namespace
}  // namespace tenantry::lake::datasets
