#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/app_testing.h"
#include "app/client/file_names.h"
#include "runtime/disk/files.h"

namespace tenantry::app::commands {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The data commands of a scientist of acme before a server that answers as a test says.
struct DataRun : ServedRun {
  DataRun() { terminal.environment.push_back("XDG_DATA_HOME=" + folder); }

  void AnswerUpload(const std::string& state, int64_t bytes, const json& problem = nullptr) {
    json upload = {{"uploadID", "u1"},
                   {"dataSetID", "ds1"},
                   {"state", state},
                   {"bytes", bytes},
                   {"partBytesMax", 4}};
    if (state == "done") upload["version"] = 2;
    if (!problem.is_null()) upload["problem"] = problem;
    server.Answer(200, upload.dump());
  }

  // Requests as "METHOD path".
  std::vector<std::string> Asked() {
    std::vector<std::string> asked;
    for (const net::HttpRequest& request : server.requests()) {
      asked.push_back(request.method + " " + request.path);
    }
    return asked;
  }
};

constexpr char kOrders[] =
    R"({"dataSetID":"ds1","name":"orders","version":2,"rows":20000,"bytes":271000,)"
    R"("created":"2026-01-02T03:04:05Z","updated":"2026-01-03T03:04:05Z",)"
    R"("updatedBy":"user ada of acme","schema":[{"name":"a","type":"BIGINT"}]})";

std::string Page(const std::string& item) { return R"({"items":[)" + item + "]}"; }

TEST(DataList, ShowsSizesAndColumnsOfTheOwnTenant) {
  DataRun test;
  test.server.Answer(200, R"({"userID":"ada","tenantID":"acme","role":"scientist"})");
  test.server.Answer(200, Page(kOrders));
  ASSERT_EQ(test.Run({"data", "list"}), 0) << test.err.str();
  EXPECT_THAT(test.Asked(),
              ElementsAre("GET /api/v1/sessions/current", "GET /api/v1/tenants/acme/datasets"));
  EXPECT_THAT(test.out.str(), HasSubstr("orders    20,000  271 kB        1        2  2026-01-03"));
}

TEST(DataList, SaysHowToBeginWhereThereIsNone) {
  DataRun test;
  test.server.Answer(200, Page(""));
  ASSERT_EQ(test.Run({"data", "list", "--tenant", "acme"}), 0);
  EXPECT_EQ(test.out.str(), "");
  EXPECT_THAT(test.err.str(), HasSubstr("tenantry data put FILE"));
}

TEST(DataList, WantsATenantFromThoseWhoAreOfNone) {
  DataRun test;
  test.server.Answer(200, R"({"userID":"admin","tenantID":null,"role":"operator_admin"})");
  EXPECT_EQ(test.Run({"data", "list"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("Give --tenant"));
}

TEST(DataPut, SendsTheFileInPartsUnderANameThatSqlTakes) {
  DataRun test;
  test.AnswerUpload("receiving", 0);
  test.AnswerUpload("receiving", 4);
  test.AnswerUpload("receiving", 6);
  test.AnswerUpload("importing", 6);
  test.AnswerUpload("done", 6);
  test.server.Answer(200, kOrders);
  const std::string file = test.File("7 my-orders.v2.ndjson", "abcdef");
  ASSERT_EQ(test.Run({"data", "put", file, "--tenant", "acme"}), 0) << test.err.str();
  EXPECT_THAT(test.Asked(), ElementsAre("POST /api/v1/tenants/acme/datasets",
                                        "PUT /api/v1/tenants/acme/datasets/uploads/u1",
                                        "PUT /api/v1/tenants/acme/datasets/uploads/u1",
                                        "POST /api/v1/tenants/acme/datasets/uploads/u1/commit",
                                        "GET /api/v1/tenants/acme/datasets/uploads/u1",
                                        "GET /api/v1/tenants/acme/datasets/ds1"));
  EXPECT_EQ(test.Body(0),
            json({{"name", "data_7_my_orders_v2"}, {"format", "ndjson"}, {"bytes", 6}}));
  const auto requests = test.server.requests();
  EXPECT_EQ(requests[1].body + "|" + requests[2].body, "abcd|ef");
  EXPECT_EQ(requests[2].Query("offset"), "4");
  EXPECT_EQ(test.Body(3), json({{"bytes", 6}}));
  EXPECT_THAT(test.out.str(), HasSubstr("rows          20,000\n"));
  EXPECT_THAT(test.out.str(), HasSubstr("column a      BIGINT\n"));
}

// The page's test reads the same cases.
TEST(DataPut, NamesDataSetsAsThePageDoes) {
  std::ifstream file("tests/contract/data_set_names.json");
  const json cases = json::parse(file, nullptr, false);
  ASSERT_GT(cases.size(), 10U) << "tests run in the repository's folder";
  for (const json& one : cases) {
    const std::string name = one.at("file");
    EXPECT_EQ(client::DataSetNameOf("some.folder/" + name), one.at("name")) << name;
    const auto format = client::FormatOf("some.folder/" + name);
    if (one.at("format").is_null()) {
      EXPECT_TRUE(absl::IsInvalidArgument(format.status())) << name;
    } else {
      EXPECT_EQ(format.value_or(""), one.at("format")) << name;
    }
  }
}

TEST(DataPut, AsksForTheFormatThatAnEndingDoesNotTell) {
  DataRun test;
  const std::string file = test.File("orders.dat", "a\n1\n");
  EXPECT_EQ(test.Run({"data", "put", file, "--tenant", "acme"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("give --format csv, ndjson or parquet"));
  EXPECT_THAT(test.Asked(), IsEmpty());
}

TEST(DataPut, SaysWhatTheFlagsSay) {
  DataRun test;
  test.AnswerUpload("done", 0);
  test.server.Answer(200, kOrders);
  const std::string file = test.File("x.txt", "");
  ASSERT_EQ(
      test.Run({"data", "put", file, "--tenant", "acme", "--name", "orders", "--delimiter", "tab",
                "--encoding", "latin-1", "--no-header", "--type", "a=b=DATE", "--json"}),
      0)
      << test.err.str();
  EXPECT_EQ(test.Body(0), json({{"name", "orders"},
                                {"format", "csv"},
                                {"delimiter", "tab"},
                                {"encoding", "latin-1"},
                                {"bytes", 0},
                                {"header", false},
                                {"types", {{"a=b", "DATE"}}}}));
  EXPECT_EQ(json::parse(test.out.str()), json::parse(kOrders));
}

TEST(DataPut, TellsOfItsOwnVersionWhenAnotherCameMeanwhile) {
  DataRun test;
  const json done = {{"uploadID", "u1"}, {"name", "orders"}, {"dataSetID", "ds1"},
                     {"version", 1},     {"state", "done"},  {"bytes", 0}};
  const std::string file = test.File("orders.csv", "");
  test.server.Answer(200, done.dump());
  test.server.Answer(200, kOrders);  // of version 2
  ASSERT_EQ(test.Run({"data", "put", file, "--tenant", "acme", "--json"}), 0) << test.err.str();
  EXPECT_EQ(json::parse(test.out.str()),
            json({{"dataSetID", "ds1"}, {"name", "orders"}, {"version", 1}}));
  EXPECT_THAT(test.err.str(), HasSubstr("this is version 1, but version 2 of orders is there"));
  test.server.Answer(200, done.dump());
  test.server.Answer(200, kOrders);
  ASSERT_EQ(test.Run({"data", "put", file, "--tenant", "acme"}), 0) << test.err.str();
  EXPECT_EQ(test.out.str(), "data set  orders\nid        ds1\nversion   1\n");
}

TEST(DataPut, AsksNothingOfTheServerWhenTheArgumentsMakeNoSense) {
  DataRun test;
  const std::string file = test.File("x.csv", "a\n1\n");
  EXPECT_EQ(test.Run({"data", "put", file, "--tenant", "acme", "--header", "--no-header"}), 2);
  EXPECT_EQ(test.Run({"data", "put", file, "--tenant", "acme", "--type", "a"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("--type a is no COLUMN=TYPE"));
  EXPECT_EQ(test.Run({"data", "put", test.folder + "/none.csv", "--tenant", "acme"}), 5);
  EXPECT_THAT(test.err.str(), HasSubstr("none.csv: No such file"));
  EXPECT_EQ(test.Run({"data", "put", test.folder, "--format", "csv", "--tenant", "acme"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("is no file"));
  EXPECT_THAT(test.Asked(), IsEmpty());
}

TEST(DataPut, TellsEveryPlaceWhereTheFileIsWrong) {
  DataRun test;
  test.AnswerUpload("failed", 0,
                    {{"detail", "line 3, column 2: 'x' is no BIGINT"},
                     {"problems",
                      {{{"line", 3}, {"column", 2}, {"value", "x"}, {"detail", "is no BIGINT"}},
                       {{"line", 9}, {"column", 1}, {"value", "\x1b[2J"}, {"detail", "is no DATE"}},
                       {{"detail", "and more"}}}}});
  const std::string file = test.File("bad.csv", "");
  EXPECT_EQ(test.Run({"data", "put", file, "--tenant", "acme"}), 2);
  EXPECT_EQ(test.err.str(), "line 9, column 1: '?[2J' is no DATE\nand more\ntenantry: " + file +
                                ": line 3, column 2: 'x' is no BIGINT\n");
  EXPECT_EQ(test.out.str(), "");
}

TEST(DataPut, GoesOnWhereAnUploadWasBrokenOff) {
  DataRun test;
  const std::string file = test.File("x.csv", "abcdef");
  test.AnswerUpload("receiving", 0);
  test.AnswerUpload("receiving", 4);
  test.server.Answer(500, R"({"detail":"The disk is gone."})");
  EXPECT_EQ(test.Run({"data", "put", file, "--tenant", "acme"}), 1);
  EXPECT_THAT(test.err.str(), HasSubstr("The disk is gone."));

  test.AnswerUpload("receiving", 4);
  test.AnswerUpload("receiving", 6);
  test.AnswerUpload("done", 6);
  test.server.Answer(200, kOrders);
  ASSERT_EQ(test.Run({"data", "put", file, "--tenant", "acme"}), 0) << test.err.str();
  EXPECT_THAT(test.err.str(), HasSubstr("going on with an upload that was broken off, at 4 B"));
  const auto requests = test.server.requests();
  EXPECT_EQ(requests[3].method, "GET") << "where is it?";
  EXPECT_EQ(requests[4].body, "ef");
}

TEST(DataUploads, AreListedAndDeleted) {
  DataRun test;
  test.server.Answer(200, Page(R"({"uploadID":"up_1","name":"orders","format":"csv",)"
                               R"("state":"receiving","bytes":271000,"received":1000,)"
                               R"("started":"2026-01-02T03:04:05Z",)"
                               R"("updated":"2026-01-03T03:04:05Z",)"
                               R"("startedBy":"user ada of acme"},)"
                               R"({"uploadID":"up_2","name":"lines","bytes":null,"received":0})"));
  ASSERT_EQ(test.Run({"data", "uploads", "list", "--tenant", "acme"}), 0) << test.err.str();
  EXPECT_THAT(test.out.str(), HasSubstr("1 kB  271 kB  receiving  2026-01-03"));
  EXPECT_THAT(test.out.str(), HasSubstr("user ada of acme"));
  EXPECT_THAT(test.out.str(), HasSubstr("up_2"));
  test.server.Answer(204, "");
  ASSERT_EQ(test.Run({"data", "uploads", "delete", "up_1", "--tenant", "acme"}), 0);
  EXPECT_THAT(test.Asked(), ElementsAre("GET /api/v1/tenants/acme/datasets/uploads",
                                        "DELETE /api/v1/tenants/acme/datasets/uploads/up_1"));
}

constexpr char kAnswer[] =
    R"({"columns":[{"name":"city","type":"VARCHAR"},{"name":"n","type":"BIGINT"}],)"
    R"("rows":[{"city":"Rome\u001b[2J","n":12},{"city":null,"n":3}]})";

TEST(DataQuery, PrintsATableOfHarmlessCells) {
  DataRun test;
  test.server.Answer(200, kAnswer);
  ASSERT_EQ(test.Run({"data", "query", "SELECT 1", "--tenant", "acme"}), 0) << test.err.str();
  EXPECT_EQ(test.out.str(), "city       n\nRome?[2J  12\n–          3\n");
  EXPECT_EQ(test.Body(0), json({{"sql", "SELECT 1"}, {"format", "json"}}));
}

TEST(DataQuery, KeepsEveryDigitOfATable) {
  DataRun test;
  test.server.Answer(
      200, R"~({"columns":[{"name":"d","type":"DECIMAL(21,6)"},{"name":"h","type":"HUGEINT"},)~"
           R"~({"name":"m","type":"DECIMAL(3,2)"},{"name":"l","type":"STRUCT(a BIGINT[])[]"}],)~"
           R"~("rows":[{"d":123456789012345.678901,"h":170141183460469231731687303715884105727,)~"
           R"~("m":1.1,"l":[{"a":[9007199254740993,null],"b c":"x\"y"},{"a":[],"b c":true}]},)~"
           R"~({"d":-7.0,"h":-1,"m":null,"l":[1.50,[2]]}]})~");
  ASSERT_EQ(test.Run({"data", "query", "SELECT 1", "--tenant", "acme"}), 0) << test.err.str();
  EXPECT_THAT(test.out.str(), HasSubstr("123456789012345.678901  "
                                        "170141183460469231731687303715884105727  1.10  "
                                        "[{\"a\":[9007199254740993,null],\"b c\":\"x\\\"y\"},"
                                        "{\"a\":[],\"b c\":true}]\n"));
  EXPECT_THAT(test.out.str(), HasSubstr(" -7.000000  "));
  EXPECT_THAT(test.out.str(), HasSubstr(" -1     –  [1.50,[2]]\n"));
}

TEST(DataQuery, SaysSoWhenTheAnswerIsCutShort) {
  DataRun test;
  test.server.Answer(200, R"({"columns":[)");
  EXPECT_NE(test.Run({"data", "query", "SELECT 1", "--tenant", "acme"}), 0);
  EXPECT_THAT(test.err.str(), HasSubstr("can't be read"));
}

TEST(DataQuery, PassesOtherFormatsOnByteForByte) {
  DataRun test;
  test.server.Answer(200, kAnswer);
  ASSERT_EQ(test.Run({"data", "query", "SELECT 1", "--tenant", "acme", "--json"}), 0);
  EXPECT_EQ(test.out.str(), kAnswer);
  test.server.Answer(200, "not json at all");
  const std::string out = test.folder + "/answer.parquet";
  ASSERT_EQ(test.Run({"data", "query", "SELECT 1", "--tenant", "acme", "--format", "parquet",
                      "--out", out}),
            0);
  EXPECT_EQ(test.Body(1)["format"], "parquet");
  EXPECT_EQ(test.out.str(), "");
  const auto written = runtime::ReadFile(out, 100);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(*written, "not json at all");
}

TEST(DataQuery, KeepsParquetFromATerminal) {
  DataRun test;
  test.terminal.out_is_terminal = true;
  EXPECT_EQ(test.Run({"data", "query", "SELECT 1", "--tenant", "acme", "--format", "parquet"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("--out FILE"));
  EXPECT_THAT(test.Asked(), IsEmpty());
}

TEST(DataQuery, LeadsRefusalsToTheirExitCodes) {
  DataRun test;
  test.server.Answer(400, R"({"detail":"there is no data set 'okk'; did you mean 'ok'?"})");
  EXPECT_EQ(test.Run({"data", "query", "FROM okk", "--tenant", "acme"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("did you mean 'ok'?"));
  test.server.Answer(403, R"({"detail":"the role sre may not see the data of a tenant"})");
  EXPECT_EQ(test.Run({"data", "query", "FROM ok", "--tenant", "acme"}), 4);
}

TEST(DataDelete, AsksFirstAndDeletesById) {
  DataRun test;
  test.server.Answer(200, Page(kOrders));
  EXPECT_EQ(test.Run({"data", "delete", "orders", "--tenant", "acme"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("with its 20,000 rows?"));
  EXPECT_THAT(test.err.str(), HasSubstr("--yes"));
  EXPECT_EQ(test.server.requests().size(), 1u);

  test.server.Answer(200, Page(kOrders));
  test.server.AnswerWith(net::HttpResponse::NoContent());
  ASSERT_EQ(test.Run({"data", "delete", "orders", "--tenant", "acme", "--yes"}), 0);
  EXPECT_EQ(test.server.requests()[1].Query("name"), "orders");
  EXPECT_THAT(test.Asked().back(), EndsWith("/tenants/acme/datasets/ds1"));
  EXPECT_EQ(test.server.requests().back().method, "DELETE");
}

TEST(DataShow, TellsWhatIsNotThere) {
  DataRun test;
  test.server.Answer(200, Page(""));
  EXPECT_EQ(test.Run({"data", "show", "orders", "--tenant", "acme"}), 5);
  EXPECT_THAT(test.err.str(), HasSubstr("there is no data set 'orders'"));
  EXPECT_THAT(test.out.str(), Not(HasSubstr("orders")));
}

}  // namespace
}  // namespace tenantry::app::commands
