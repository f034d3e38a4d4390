#include "roles/datasets/data_sets_role.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/datasets/data_sets_test_env.h"
#include "roles/http/door_test_env.h"

namespace tenantry::roles {
namespace {

using identity::Role;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

using Fields = std::map<std::string, std::string>;

constexpr char kOrders[] = "id,amount\n1,2.5\n2,4\n";

// The role over the lake's own data sets; SQL runs in real processes.
class DataSetsRoleTest : public testing::Test {
 protected:
  DataSetsRole& role() {
    if (!role_) {
      role_ = std::make_unique<DataSetsRole>(
          lake_.data_sets(), lake_.uploads(),
          [this](const base::TenantId& tenant) { return env_.registry().Knows(tenant); },
          env_.door());
    }
    return *role_;
  }

  net::HttpResponse Ask(const std::string& operation, const std::string& token,
                        const std::string& body = "", const Fields& path = {},
                        const Fields& query = {}, const Fields& headers = {}) {
    for (const net::Route& route : role().Routes()) {
      if (route.operation != operation) continue;
      net::HttpRequest request = DoorTestEnv::Request(route.method, route.pattern, token, body);
      request.path_params["tenantID"] = "acme";
      for (const auto& [name, value] : path) request.path_params[name] = value;
      request.query.insert(query.begin(), query.end());
      request.headers.insert(headers.begin(), headers.end());
      return route.handler(request);
    }
    ADD_FAILURE() << "no operation " << operation;
    return {};
  }

  std::string Begin(const std::string& name = "orders") {
    const auto begun = Ask("beginUpload", ann_, json({{"name", name}}).dump());
    EXPECT_EQ(begun.status, 201) << begun.body;
    return json::parse(begun.body).at("uploadID");
  }

  // What was put as a data set, as the API shows it.
  json Put(const std::string& name, const std::string& bytes) {
    const std::string upload = Begin(name);
    const auto sent = Ask("putUploadPart", ann_, bytes, {{"uploadID", upload}}, {{"offset", "0"}});
    EXPECT_EQ(sent.status, 200) << sent.body;
    EXPECT_EQ(Ask("commitUpload", ann_, "", {{"uploadID", upload}}).status, 202);
    EXPECT_TRUE(lake_.ImportAll().ok());
    const json ended = json::parse(Ask("getUpload", ann_, "", {{"uploadID", upload}}).body);
    EXPECT_EQ(ended.at("state"), "done") << ended;
    return json::parse(Ask("getDataSet", ann_, "", {{"dataSetID", ended.at("dataSetID")}}).body);
  }

  net::HttpResponse Query(const std::string& token, const std::string& sql,
                          const std::string& format) {
    return Ask("queryData", token, json({{"sql", sql}, {"format", format}}).dump());
  }

  static std::string Detail(const net::HttpResponse& response) {
    return json::parse(response.body).value("detail", "");
  }

  DoorTestEnv env_;
  lake::datasets::DataSetsTestEnv lake_;
  std::unique_ptr<DataSetsRole> role_;
  const std::string ann_ = env_.Token(Role::kScientist, "acme");
  const std::string bob_ = env_.Token(Role::kTenantAdmin, "beta");
  const std::string admin_ = env_.Token(Role::kOperatorAdmin);
};

TEST_F(DataSetsRoleTest, TakesAFileInPartsAndAnswersQueriesInEachForm) {
  const std::string upload = Begin();
  const std::string text = kOrders;
  const Fields of_upload = {{"uploadID", upload}};
  const std::string first = text.substr(0, 12);
  ASSERT_EQ(Ask("putUploadPart", ann_, first, of_upload, {{"offset", "0"}}).status, 200);
  const auto second = Ask("putUploadPart", ann_, text.substr(12), of_upload, {{"offset", "12"}});
  EXPECT_EQ(json::parse(second.body).at("bytes"), text.size());
  EXPECT_EQ(json::parse(second.body).at("state"), "receiving");
  const auto committed =
      Ask("commitUpload", ann_, json({{"bytes", text.size()}}).dump(), of_upload);
  EXPECT_EQ(committed.status, 202) << committed.body;
  EXPECT_TRUE(lake_.ImportAll().ok());
  EXPECT_EQ(Ask("commitUpload", ann_, "", of_upload).status, 200) << "asked again, it is done";
  const json shown = json::parse(Ask("listDataSets", ann_).body).at("items").at(0);
  EXPECT_EQ(shown.at("name"), "orders");
  EXPECT_EQ(shown.at("rows"), 2);
  EXPECT_EQ(shown.at("version"), 1);
  EXPECT_EQ(shown.at("schema"), json::parse(R"([{"name": "id", "type": "BIGINT"},
                                                {"name": "amount", "type": "DOUBLE"}])"));
  EXPECT_THAT(shown.at("createdBy"), testing::MatchesRegex("key .* of acme"));
  const auto csv = Query(ann_, "SELECT sum(amount) AS s FROM Orders", "csv");
  EXPECT_EQ(csv.body, "s\n6.5\n");
  EXPECT_EQ(csv.headers.find("Content-Type")->second, "text/csv; charset=utf-8; header=present");
  const auto rows = Query(ann_, "SELECT id FROM orders ORDER BY 1", "json");
  EXPECT_EQ(json::parse(rows.body).at("rows"), json::parse(R"([{"id": 1}, {"id": 2}])"));
  EXPECT_EQ(rows.headers.find("Content-Type")->second, "application/json");
  const auto parquet = Query(ann_, "FROM orders", "parquet");
  EXPECT_THAT(parquet.body, testing::StartsWith("PAR1"));
  EXPECT_EQ(parquet.headers.find("Content-Type")->second, "application/vnd.apache.parquet");
}

TEST_F(DataSetsRoleTest, AnswersInTheFormThatAcceptLikesBestUnlessOneIsNamed) {
  Put("orders", kOrders);
  const auto type = [&](const std::string& accept, const std::string& body) {
    const auto answer = Ask("queryData", ann_, body, {}, {}, {{"Accept", accept}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.headers.find("Content-Type")->second;
  };
  constexpr char kAsked[] = R"({"sql": "FROM orders"})";
  constexpr char kArrow[] = "application/vnd.apache.arrow.stream";
  EXPECT_EQ(type(kArrow, kAsked), kArrow);
  EXPECT_EQ(type("*/*", kAsked), "application/json");
  EXPECT_EQ(type("text/csv;q=0.5, Application/Vnd.Apache.Parquet ; q=0.9", kAsked),
            "application/vnd.apache.parquet");
  EXPECT_EQ(type("text/csv;q=0, image/png", kAsked), "application/json");
  EXPECT_EQ(type("text/csv", R"({"sql": "FROM orders", "format": "arrow"})"), kArrow);
}

TEST_F(DataSetsRoleTest, TellsWhatIsWrongWithAnUpload) {
  for (const auto& [body, words] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({})", "name"},
           {R"({"name": "a b"})", "a b"},
           {R"({"name": "t", "format": "xlsx"})", "xlsx"},
           {R"({"name": "t", "colour": 1})", "colour"},
           {R"([])", "object"},
           {R"({"name": "t")", ""}}) {
    const auto refused = Ask("beginUpload", ann_, body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_THAT(Detail(refused), HasSubstr(words)) << body;
  }
  const Fields upload = {{"uploadID", Begin()}};
  for (const Fields& query : {Fields{}, Fields{{"offset", "-1"}}, Fields{{"offset", "x"}},
                              Fields{{"offset", "9223372036854775808"}}}) {
    const auto refused = Ask("putUploadPart", ann_, "a\n", upload, query);
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(Detail(refused), HasSubstr("offset"));
  }
  EXPECT_EQ(Ask("putUploadPart", ann_, "", upload, {{"offset", "0"}}).status, 400);
  EXPECT_EQ(Ask("putUploadPart", ann_, "a\n", upload, {{"offset", "5"}}).status, 412);
  EXPECT_EQ(Ask("putUploadPart", ann_, "a\n", upload, {{"offset", "0"}}).status, 200);
  const auto short_by = Ask("commitUpload", ann_, R"({"bytes": 3})", upload);
  EXPECT_EQ(short_by.status, 409);
  EXPECT_THAT(Detail(short_by), HasSubstr("2 bytes were received, not 3"));
  EXPECT_EQ(Ask("commitUpload", ann_, R"({"bytes": "2"})", upload).status, 400);
  EXPECT_EQ(Ask("commitUpload", ann_, R"({"size": 2})", upload).status, 400);
  EXPECT_EQ(Ask("deleteUpload", ann_, "", upload).status, 204);
  for (const char* gone : {"getUpload", "commitUpload", "deleteUpload"}) {
    EXPECT_EQ(Ask(gone, ann_, "", upload).status, 404) << gone;
  }
}

TEST_F(DataSetsRoleTest, HoldsPartsToTheirDigests) {
  const Fields upload = {{"uploadID", Begin()}};
  const std::string part = "a\n1\n";
  const std::string digest = "MJsORac9P8UyXitu0KAe+LnN5rBaVjPB+JP5cNUr/dw=";
  const auto send = [&](const std::string& header) {
    return Ask("putUploadPart", ann_, part, upload, {{"offset", "0"}}, {{"Content-Digest", header}})
        .status;
  };
  EXPECT_EQ(send("sha-256=:" + absl::Base64Escape(std::string(32, 'x')) + ":"), 400);
  EXPECT_EQ(send("sha-256=:" + digest), 400) << "its end is missing";
  EXPECT_EQ(send("sha-256=:AAAA:"), 400);
  EXPECT_EQ(send("sha-256=:" + digest + ":"), 200);
  EXPECT_EQ(send("sha-512=:AAAA:"), 200) << "others are not looked at; the part is a repetition";
}

TEST_F(DataSetsRoleTest, RenamesAndDeletesBothByIdAlone) {
  const std::string id = Put("orders", kOrders).at("dataSetID");
  Put("sums", "a\n1\n");
  const Fields one = {{"dataSetID", id}};
  const auto renamed = Ask("renameDataSet", ann_, R"({"name": "sales"})", one);
  EXPECT_EQ(json::parse(renamed.body).at("name"), "sales");
  EXPECT_EQ(Ask("renameDataSet", ann_, R"({"name": "SUMS"})", one).status, 409);
  EXPECT_EQ(Ask("renameDataSet", ann_, R"({"name": "1st"})", one).status, 400);
  EXPECT_EQ(Ask("renameDataSet", ann_, R"({"name": "x", "rows": 1})", one).status, 400);
  EXPECT_EQ(Ask("deleteDataSet", ann_, "", one).status, 204);
  EXPECT_EQ(Ask("deleteDataSet", ann_, "", one).status, 404);
  EXPECT_EQ(Query(ann_, "FROM sales", "csv").status, 400);
  EXPECT_THAT(lake_.Events(), ElementsAre("dataset.created orders", "dataset.created sums",
                                          "dataset.updated sales", "dataset.deleted sales"));
}

TEST_F(DataSetsRoleTest, ListsInPagesAndByName) {
  for (const char* name : {"a", "b", "c"}) Put(name, "x\n1\n");
  const json first = json::parse(Ask("listDataSets", ann_, "", {}, {{"limit", "2"}}).body);
  ASSERT_EQ(first.at("items").size(), 2u);
  const auto rest = Ask("listDataSets", ann_, "", {},
                        {{"limit", "2"}, {"cursor", first.at("next").get<std::string>()}});
  EXPECT_EQ(json::parse(rest.body).at("items").size(), 1u);
  EXPECT_FALSE(json::parse(rest.body).contains("next"));
  const auto named = json::parse(Ask("listDataSets", ann_, "", {}, {{"name", "B"}}).body);
  EXPECT_EQ(named.at("items").at(0).at("name"), "b");
  EXPECT_EQ(Ask("listDataSets", ann_, "", {}, {{"cursor", "x"}}).status, 400);
  EXPECT_EQ(Ask("listDataSets", ann_, "", {}, {{"limit", "0"}}).status, 400);
}

TEST_F(DataSetsRoleTest, IsNotThereForAnotherTenantAndShowsTheOperatorNoData) {
  const std::string id = Put("orders", kOrders).at("dataSetID");
  const Fields both = {{"dataSetID", id}, {"uploadID", Begin("next")}};
  const std::vector<std::string> read = {"listDataSets", "getDataSet"};
  const std::vector<std::string> use = {"renameDataSet", "deleteDataSet", "queryData",
                                        "beginUpload",   "getUpload",     "putUploadPart",
                                        "commitUpload",  "deleteUpload"};
  for (const auto& operations : {read, use}) {
    for (const std::string& operation : operations) {
      EXPECT_EQ(Ask(operation, "", "", both).status, 401) << operation;
      const auto foreign = Ask(operation, bob_, "", both);
      EXPECT_EQ(foreign.status, 404) << operation;
      EXPECT_THAT(Detail(foreign), HasSubstr("there is no tenant 'acme'")) << operation;
    }
  }
  for (const Role role : {Role::kOperatorAdmin, Role::kAnalyst, Role::kSre}) {
    const std::string token = env_.Token(role);
    for (const std::string& operation : use) {
      EXPECT_EQ(Ask(operation, token, R"({"sql": "FROM orders"})", both).status, 403) << operation;
    }
    for (const std::string& operation : read)
      EXPECT_EQ(Ask(operation, token, "", both).status, 200);
  }
  const auto nobody = Ask("listDataSets", admin_, "", {{"tenantID", "nobody"}});
  EXPECT_EQ(nobody.status, 404) << "an operator learns which tenants there are";
  const auto own = Ask("getDataSet", bob_, "", {{"tenantID", "beta"}, {"dataSetID", id}});
  EXPECT_EQ(own.status, 404);
  EXPECT_EQ(lake_.data_sets().Get(lake_.acme, "orders")->version, 1);
}

TEST_F(DataSetsRoleTest, TellsWhatIsWrongWithAQuery) {
  Put("orders", kOrders);
  EXPECT_EQ(Query(ann_, "FROM orders", "xml").status, 400);
  EXPECT_THAT(Detail(Query(ann_, "FROM ordres", "csv")), HasSubstr("did you mean 'orders'"));
  EXPECT_EQ(Query(ann_, "FROM read_text('/etc/passwd')", "csv").status, 403);
  EXPECT_EQ(Query(ann_, "DROP TABLE orders", "csv").status, 400);
  EXPECT_EQ(Ask("queryData", ann_, R"({"sql": 7})").status, 400);
  EXPECT_EQ(Ask("queryData", ann_, R"({"sql": "FROM orders", "limit": 7})").status, 400);
  EXPECT_EQ(Ask("queryData", ann_, R"({"format": "csv"})").status, 400);
}

TEST_F(DataSetsRoleTest, TellsAFullDiskFromAQuotaThatIsReached) {
  lake_.options.disk_free_min = int64_t{1} << 60;
  lake_.options.uploads_max = 1;
  const Fields upload = {{"uploadID", Begin()}};
  const auto full = Ask("putUploadPart", ann_, "a\n", upload, {{"offset", "0"}});
  EXPECT_EQ(full.status, 507);
  EXPECT_THAT(Detail(full), HasSubstr("lake.disk_free_min"));
  EXPECT_EQ(Query(ann_, "SELECT 1", "csv").status, 507);
  const auto many = Ask("beginUpload", ann_, R"({"name": "t"})");
  EXPECT_EQ(many.status, 429);
  EXPECT_THAT(Detail(many), HasSubstr("lake.uploads_max"));
  EXPECT_THAT(Detail(many), HasSubstr("datasets/uploads"));
  EXPECT_EQ(many.headers.find("Retry-After")->second, "86400") << "nothing gets better before";
}

TEST_F(DataSetsRoleTest, ListsUnfinishedUploadsToTheTenantsOwnPeople) {
  const auto begun = Ask("beginUpload", ann_, R"({"name": "t", "format": "ndjson", "bytes": 9})");
  ASSERT_EQ(begun.status, 201) << begun.body;
  const std::string id = json::parse(begun.body).at("uploadID");
  ASSERT_EQ(Ask("putUploadPart", ann_, "{}\n", {{"uploadID", id}}, {{"offset", "0"}}).status, 200);
  Begin("u");
  const auto page = Ask("listUploads", ann_, "", {}, {{"limit", "1"}});
  ASSERT_EQ(page.status, 200) << page.body;
  const json first = json::parse(page.body);
  ASSERT_EQ(first.at("items").size(), 1U);
  ASSERT_TRUE(first.contains("next"));
  const auto rest = Ask("listUploads", ann_, "", {},
                        {{"limit", "1"}, {"cursor", first.at("next").get<std::string>()}});
  json items = first.at("items");
  items.push_back(json::parse(rest.body).at("items").at(0));
  const json& one = items[items[0].at("uploadID") == id ? 0 : 1];
  const json& other = items[items[0].at("uploadID") == id ? 1 : 0];
  EXPECT_EQ(one.at("name"), "t");
  EXPECT_EQ(one.at("format"), "ndjson");
  EXPECT_EQ(one.at("bytes"), 9);
  EXPECT_EQ(one.at("received"), 3);
  EXPECT_THAT(one.at("startedBy"), testing::MatchesRegex("key .* of acme"));
  EXPECT_TRUE(other.at("bytes").is_null()) << "nobody announced it";
  EXPECT_EQ(Ask("listUploads", bob_).status, 404);
  EXPECT_EQ(Ask("listUploads", admin_).status, 403);
  EXPECT_EQ(Ask("beginUpload", ann_, R"({"name": "t", "bytes": -1})").status, 400);
}

TEST_F(DataSetsRoleTest, AnswersWhileTheStoreIsAwayThatItIs) {
  const Fields upload = {{"uploadID", Begin()}};
  lake_.faults().Fail("metastore.read", absl::UnavailableError("planted"));
  EXPECT_EQ(Ask("getUpload", ann_, "", upload).status, 503);
  EXPECT_EQ(Ask("getUpload", ann_, "", upload).status, 200);
}

TEST_F(DataSetsRoleTest, BeginsOneUploadForOneIdempotencyKey) {
  const Fields key = {{"Idempotency-Key", "k1"}};
  const auto first = Ask("beginUpload", ann_, R"({"name": "t"})", {}, {}, key);
  const auto again = Ask("beginUpload", ann_, R"({"name": "t"})", {}, {}, key);
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(Ask("beginUpload", ann_, R"({"name": "u"})", {}, {}, key).status, 422);
}

}  // namespace
}  // namespace tenantry::roles
