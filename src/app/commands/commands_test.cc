#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "app/app_testing.h"
#include "app/client/profile_store.h"
#include "net/sse.h"

namespace tenantry::app::commands {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAcme[] =
    R"({"tenantID":"acme","name":"Acme","industry":"gov","plan":"team","pattern":"pool",)"
    R"("status":"active","created":"2026-01-02T03:04:05Z","updated":"2026-01-02T03:04:05Z",)"
    R"("version":3,"monthlyFee":1284.5})";

TEST(Login, KeepsTheSessionForLaterCommandsUntilLogout) {
  ServedRun test;
  test.in.str("secret words\n");
  test.server.Answer(201, R"({"token":"tok","expires":"2026-01-02T03:04:05Z","sessionID":"s"})");
  ASSERT_EQ(test.Run({"login", "ada", "--tenant", "acme", "--password-file", "-"}), 0)
      << test.err.str();
  EXPECT_EQ(
      test.Body(0),
      (nlohmann::json{{"tenantID", "acme"}, {"userID", "ada"}, {"password", "secret words"}}));
  EXPECT_THAT(test.err.str(), HasSubstr("as ada until 2026-01-02 03:04:05 UTC"));
  EXPECT_THAT(test.err.str() + test.out.str(), Not(HasSubstr("tok")));

  test.server.Answer(200, R"({"userID":"ada","tenantID":"acme","role":"scientist"})");
  ASSERT_EQ(test.Run({"whoami"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("user    ada\n"));
  EXPECT_EQ(test.server.requests()[1].Header("Authorization"), "Bearer tok");

  test.server.AnswerWith(net::HttpResponse::NoContent());
  ASSERT_EQ(test.Run({"logout"}), 0);
  EXPECT_EQ(test.server.requests()[2].method, "DELETE");
  test.server.Answer(401, R"({"detail":"Nobody is logged in."})");
  EXPECT_EQ(test.Run({"whoami"}), 4);
  EXPECT_EQ(test.server.requests()[3].Header("Authorization"), "");
  EXPECT_EQ(test.Run({"logout"}), 0);
}

TEST(Login, TellsAWrongPasswordAndKeepsNothing) {
  ServedRun test;
  test.in.str("wrong\n");
  test.server.Answer(401, R"({"detail":"User or password is wrong."})");
  EXPECT_EQ(test.Run({"login", "ada", "--password-file", "-"}), 4);
  EXPECT_EQ(test.err.str(), "tenantry: User or password is wrong.\n");
  const client::ProfileStore store(test.folder + "/tenantry");
  EXPECT_FALSE(store.Find(test.server.url())->has_value());
}

TEST(Login, RefusesAPasswordThatIsNotUtf8) {
  ServedRun test;
  test.in.str("\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\n");
  EXPECT_EQ(test.Run({"login", "mallory", "--password-file", "-"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("not UTF-8"));
  EXPECT_TRUE(test.server.requests().empty());
}

TEST(Users, AreToldHowToGetAPasswordWhereTheyAre) {
  ServedRun test;
  test.server.Answer(201, R"({"userID":"bob","role":"scientist"})");
  ASSERT_EQ(test.Run({"users", "add", "bob", "--tenant", "acme", "--role", "scientist"}), 0);
  EXPECT_THAT(test.err.str(), HasSubstr("`tenantry passwd bob --tenant acme`"));
  test.server.Answer(200, R"({"role":"operator_admin"})");
  test.server.Answer(201, R"({"userID":"bob","role":"analyst"})");
  ASSERT_EQ(test.Run({"users", "add", "bob", "--role", "analyst"}), 0);
  EXPECT_THAT(test.err.str(), HasSubstr("`tenantry passwd bob`"));
}

TEST(Passwd, AsksForTheNewPasswordTwice) {
  ServedRun test;
  test.terminal.err_is_terminal = true;
  std::vector<std::string> typed = {"next two", "next one", "old"};
  test.terminal.read_password = [&typed](std::string_view) -> absl::StatusOr<std::string> {
    std::string line = typed.back();
    typed.pop_back();
    return line;
  };
  EXPECT_EQ(test.Run({"passwd"}), 2);
  EXPECT_TRUE(test.server.requests().empty());
  typed = {"next one", "next one", "old"};
  test.server.AnswerWith(net::HttpResponse::NoContent());
  EXPECT_EQ(test.Run({"passwd"}), 0);
  EXPECT_EQ(test.Body(0), (nlohmann::json{{"password", "old"}, {"newPassword", "next one"}}));
}

TEST(Tenants, CreatesWithJustTheFieldsGivenUnderAnIdempotencyKey) {
  ServedRun test;
  test.server.Answer(201, kAcme, {{"ETag", "\"3\""}});
  ASSERT_EQ(test.Run({"tenants", "create", "Acme", "--id", "acme", "--employees", "12",
                      "--monthly-fee", "1284.5", "--json"}),
            0)
      << test.err.str();
  EXPECT_EQ(
      test.Body(0),
      (nlohmann::json{
          {"name", "Acme"}, {"tenantID", "acme"}, {"employees", 12}, {"monthlyFee", 1284.5}}));
  EXPECT_EQ(test.server.requests()[0].Header("Idempotency-Key").size(), 36u);
  EXPECT_EQ(test.out.str(), std::string(kAcme) + "\n");
}

TEST(Tenants, ListsAllPagesAsATableOrOneJsonALine) {
  ServedRun test;
  const std::string page = std::string(R"({"items":[)") + kAcme + R"(],"next":"n"})";
  const std::string last = R"({"items":[{"tenantID":"b","name":"B\u001b[2J"}]})";
  test.server.Answer(200, page);
  test.server.Answer(200, last);
  ASSERT_EQ(test.Run({"tenants", "list", "--search", "a"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("TENANT  NAME"));
  EXPECT_THAT(test.out.str(), HasSubstr("1,284.5  2026-01-02 03:04:05\n"));
  EXPECT_THAT(test.out.str(), HasSubstr("B?[2J"));
  EXPECT_EQ(test.server.requests()[0].Query("q"), "a");
  test.server.Answer(200, page);
  test.server.Answer(200, last);
  ASSERT_EQ(test.Run({"tenants", "list", "--json"}), 0);
  std::istringstream lines(test.out.str());
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    ids.push_back(nlohmann::json::parse(line)["tenantID"]);
  }
  EXPECT_THAT(ids, ElementsAre("acme", "b"));
}

TEST(Tenants, UpdatesTheNewestVersionAndTriesAgainWhenItChanged) {
  ServedRun test;
  test.server.Answer(200, kAcme, {{"ETag", "\"3\""}});
  test.server.Answer(412, R"({"detail":"It changed."})");
  test.server.Answer(200, kAcme, {{"ETag", "\"4\""}});
  test.server.Answer(200, kAcme, {{"ETag", "\"5\""}});
  ASSERT_EQ(test.Run({"tenants", "update", "acme", "--plan", "free"}), 0) << test.err.str();
  const auto requests = test.server.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[1].Header("If-Match"), "\"3\"");
  EXPECT_EQ(requests[3].Header("If-Match"), "\"4\"");
  EXPECT_EQ(requests[3].Header("Content-Type"), "application/merge-patch+json");
  EXPECT_EQ(requests[3].body, R"({"plan":"free"})");

  test.server.Answer(412, R"({"detail":"It changed."})");
  EXPECT_EQ(test.Run({"tenants", "update", "acme", "--plan", "free", "--if-match", "\"1\""}), 1);
  EXPECT_EQ(test.server.requests().size(), 5u);
  EXPECT_EQ(test.Run({"tenants", "update", "acme"}), 2);
}

TEST(Tenants, DeletesOnlyWhatWasConfirmed) {
  ServedRun test;
  test.server.Answer(200, kAcme, {{"ETag", "\"3\""}});
  EXPECT_EQ(test.Run({"tenants", "delete", "acme"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("--yes"));
  test.terminal.in_is_terminal = test.terminal.err_is_terminal = true;
  test.in.str("no\n");
  test.server.Answer(200, kAcme, {{"ETag", "\"3\""}});
  EXPECT_EQ(test.Run({"tenants", "delete", "acme"}), 1);
  EXPECT_THAT(test.err.str(), HasSubstr("Delete tenant acme (Acme)"));
  EXPECT_EQ(test.server.requests().size(), 2u);
  test.server.Answer(200, kAcme, {{"ETag", "\"3\""}});
  test.server.AnswerWith(net::HttpResponse::NoContent());
  EXPECT_EQ(test.Run({"tenants", "delete", "acme", "--yes"}), 0);
  EXPECT_EQ(test.server.requests()[3].method, "DELETE");
  EXPECT_EQ(test.server.requests()[3].Header("If-Match"), "\"3\"");
  test.server.Answer(404, R"({"detail":"There is no tenant acme."})");
  EXPECT_EQ(test.Run({"tenants", "delete", "acme", "--yes"}), 5);
}

TEST(Users, WorksAmongTheOperatorsPeopleOrInATenant) {
  ServedRun test;
  test.terminal.environment.push_back("TENANTRY_TOKEN=t");
  const char kUser[] = R"({"userID":"a/b","role":"sre","created":"2026-01-02T03:04:05Z"})";
  test.server.Answer(200, R"({"role":"operator_admin","userID":"admin"})");
  test.server.Answer(201, kUser);
  ASSERT_EQ(test.Run({"users", "add", "a/b", "--role", "sre"}), 0) << test.err.str();
  EXPECT_EQ(test.server.requests()[1].path, "/api/v1/users");
  EXPECT_EQ(test.Body(1), (nlohmann::json{{"userID", "a/b"}, {"role", "sre"}}));
  EXPECT_THAT(test.err.str(), HasSubstr("no password yet"));
  test.server.Answer(200, kUser);
  ASSERT_EQ(test.Run({"users", "role", "a/b", "analyst", "--tenant", "acme"}), 0);
  EXPECT_EQ(test.server.requests()[2].path, "/api/v1/tenants/acme/users/a%2Fb");
  EXPECT_EQ(test.Body(2), (nlohmann::json{{"role", "analyst"}}));
}

TEST(Keys, ShowsASecretOnceAndSaysSo) {
  ServedRun test;
  test.server.Answer(201, R"({"keyID":"k1","kind":"aws","role":"scientist","secret":"s3"})");
  ASSERT_EQ(
      test.Run({"keys", "create", "--tenant", "acme", "--role", "scientist", "--kind", "aws"}), 0);
  EXPECT_EQ(test.out.str(), "key     k1\nsecret  s3\n");
  EXPECT_THAT(test.err.str(), HasSubstr("shown this once"));
  EXPECT_EQ(test.server.requests()[0].path, "/api/v1/tenants/acme/keys");
}

TEST(Events, SendsAFileAndFailsWhenSomeWereRejected) {
  ServedRun test;
  std::ofstream(test.folder + "/e.ndjson") << "{\"a\":1}\nbroken\n";
  test.server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":1,
                              "problems":[{"index":1,"detail":"no JSON"}]})");
  EXPECT_EQ(test.Run({"events", "send", test.folder + "/e.ndjson"}), 1);
  EXPECT_EQ(test.out.str(), "accepted 1 · repeated 0 · rejected 1\n");
  EXPECT_THAT(test.err.str(), HasSubstr("/e.ndjson:2: no JSON\n"));
  test.in.str("{}\n");
  test.server.Answer(202, R"({"accepted":1200,"repeated":0,"rejected":0,"problems":[]})");
  EXPECT_EQ(test.Run({"events", "send", "--json"}), 0);
  EXPECT_EQ(test.out.str(), "{\"accepted\":1200,\"repeated\":0,\"rejected\":0,\"problems\":[]}\n");
}

net::HttpResponse EventStream(const std::vector<net::SseEvent>& events) {
  net::HttpResponse response = net::HttpResponse::Text(200, "", "text/event-stream");
  response.stream = [events](net::StreamWriter& writer) {
    for (const net::SseEvent& event : events) writer.Write(net::FormatSse(event)).IgnoreError();
  };
  return response;
}

TEST(Events, TailGoesOnFromTheLastIdWhenTheStreamBreaks) {
  ServedRun test;
  test.server.AnswerWith(EventStream({{"0:1", "", "{\"n\":1}"}, {"0:2", "", "{\"n\":2}"}}));
  test.server.AnswerWith(EventStream({{"0:3", "", "{\"n\":\n3}"}, {"0:4", "", "{\"n\":4}"}}));
  EXPECT_EQ(test.Run({"events", "tail", "bigdatajobs", "--from", "oldest", "--limit", "3"}), 0)
      << test.err.str();
  EXPECT_EQ(test.out.str(), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  const auto requests = test.server.requests();
  EXPECT_EQ(requests[0].path, "/api/v1/streams/bigdatajobs");
  EXPECT_EQ(requests[0].Query("from"), "oldest");
  EXPECT_EQ(requests[1].Header("Last-Event-ID"), "0:2");
}

// What a server does that is killed.
net::HttpResponse BrokenStream(const std::string& text) {
  net::HttpResponse response = net::HttpResponse::Text(200, "", "text/event-stream");
  response.stream = [text](net::StreamWriter& writer) {
    writer.Write(text).IgnoreError();
    throw std::runtime_error("broken");
  };
  return response;
}

TEST(Events, TailGoesOnFromItsPlaceThoughNoEventCameYet) {
  ServedRun test;
  test.server.AnswerWith(BrokenStream(net::FormatSseComment("connected")));
  test.server.AnswerWith(BrokenStream(net::FormatSsePlace("0:7")));
  test.server.AnswerWith(EventStream({{"0:8", "", "{}"}}));
  EXPECT_EQ(test.Run({"events", "tail", "bigdatajobs", "--limit", "1"}), 0) << test.err.str();
  EXPECT_EQ(test.out.str(), "{}\n");
  const auto requests = test.server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[1].Header("Last-Event-ID"), "");
  EXPECT_EQ(requests[2].Header("Last-Event-ID"), "0:7");
}

TEST(Events, TailEndsAtOnceWhereTheStreamIsNot) {
  ServedRun test;
  test.server.Answer(404, R"({"detail":"There is no stream x."})");
  EXPECT_EQ(test.Run({"events", "tail", "x"}), 5);
  test.server.Answer(410, R"({"detail":"Kept since 0:9."})");
  EXPECT_EQ(test.Run({"events", "tail", "companies", "--after", "0:1"}), 1);
  EXPECT_EQ(test.server.requests()[1].Header("Last-Event-ID"), "0:1");
}

TEST(Models, ShowsQualityAndPromotes) {
  ServedRun test;
  const char kModel[] = R"({"name":"churn-2","status":"active","learner":"linear",)"
                        R"("metrics":{"auc":{"mean":0.968,"sd":0.002},"logLoss":0.21},)"
                        R"("features":[{"name":"job30","type":"number"}]})";
  test.server.Answer(200, kModel);
  ASSERT_EQ(test.Run({"models", "show", "churn-2"}), 0);
  EXPECT_THAT(test.out.str(), HasSubstr("0.968 ± 0.002"));
  EXPECT_THAT(test.out.str(), HasSubstr("features      job30\n"));
  test.server.Answer(200, kModel);
  ASSERT_EQ(test.Run({"models", "promote", "churn-2"}), 0);
  EXPECT_EQ(test.server.requests()[1].path, "/api/v1/models/churn-2/promote");
  std::ofstream(test.folder + "/m") << "not json";
  EXPECT_EQ(test.Run({"models", "add", test.folder + "/m"}), 2);
}

TEST(Config, CheckFindsOptionsThatDoNotFitEachOtherAndServeMakesNothing) {
  for (const auto& [text, name] : std::map<std::string, std::string>{
           {"[eventlog]\nfree_bytes_min = \"1MiB\"\n", "eventlog.free_bytes_min"},
           {"[lake]\narchive_retry_min = \"5m\"\narchive_retry_max = \"1s\"\n",
            "lake.archive_retry_min"},
           {"[net]\nrequest_timeout = \"30s\"\n", "activity.history_timeout"}}) {
    TestRun test;
    const std::string file = test.folder + "/c.toml";
    std::ofstream(file) << text;
    EXPECT_EQ(test.Run({"config", "check", file}), 1) << text;
    EXPECT_THAT(test.err.str(), HasSubstr(name));
    const std::string data = test.folder + "/data";
    EXPECT_EQ(test.Run({"serve", "--config", file, "--data", data, "--listen", "127.0.0.1:0"}), 2);
    EXPECT_THAT(test.err.str(), HasSubstr(name));
    EXPECT_FALSE(std::filesystem::exists(data)) << text;
  }
}

TEST(Serve, WantsADataFolderWithAName) {
  TestRun test;
  EXPECT_EQ(test.Run({"serve", "--data", "", "--listen", "127.0.0.1:0"}), 2);
  EXPECT_THAT(test.err.str(), HasSubstr("--data: the value is empty"));
}

TEST(Tokens, ThatAreNotValidGetOneHint) {
  ServedRun test;
  test.terminal.environment.push_back("TENANTRY_TOKEN=t");
  test.server.Answer(401, R"({"detail":"the token is not valid: log in again"})");
  EXPECT_EQ(test.Run({"tenants", "list"}), 4);
  EXPECT_EQ(test.err.str(),
            "tenantry: the token is not valid: check TENANTRY_TOKEN or TENANTRY_TOKEN_FILE\n");
}

TEST(Files, ThatAreNotThereEndEveryCommandAlike) {
  ServedRun test;
  const std::string none = test.folder + "/none";
  const std::vector<std::vector<std::string>> commands = {
      {"models", "add", none},
      {"events", "send", none},
      {"replay", none},
      {"train", none, "--target", "churn"},
      {"evaluate", none, none},
      {"score", none, none},
      {"config", "check", none},
      {"config", "show", "--config", none},
      {"serve", "--config", none},
      {"login", "ada", "--password-file", none}};
  for (const auto& command : commands) {
    EXPECT_EQ(test.Run(command), 5) << fmt::format("{}", fmt::join(command, " "));
    EXPECT_THAT(test.err.str(), HasSubstr(none + ": No such file"));
  }
}

}  // namespace
}  // namespace tenantry::app::commands
