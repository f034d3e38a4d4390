#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/app_testing.h"
#include "app/client/api_client.h"
#include "app/client/event_sender.h"
#include "app/client/lenient_json.h"
#include "app/client/line_source.h"
#include "app/client/profile_store.h"
#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/disk/output_file.h"

namespace tenantry::app::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<ApiClient> OpenClient(TestRun& test, const std::string& url) {
  ServerFlags flags;
  flags.server = url;
  absl::StatusOr<std::unique_ptr<ApiClient>> client = ApiClient::Open(flags, test.terminal);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

TEST(ParseLeniently, ReadsWhatItCannotHold) {
  const auto read = [](const char* text) { return ParseLeniently(text).dump(); };
  EXPECT_EQ(read(R"({"a":[1,-2.5e3,1e309,-1e309],"b":"1e309"})"),
            R"({"a":[1,-2500.0,null,null],"b":"1e309"})");
  EXPECT_EQ(read(R"(["x\\ud800","\ud83d\ude00","\ud800","\udc00\ud800z","\"\ud800A"])"),
            R"(["x\\ud800","😀","�","��z","\"�A"])");
  for (const char* broken :
       {"", "{", "[1e309", R"("\ud8)", R"("\)", "[1e309]]", "<html>1e999</html>"}) {
    EXPECT_TRUE(ParseLeniently(broken).is_discarded()) << broken;
  }
}

TEST(ParseExactly, KeepsEveryDigitOfAWholeNumber) {
  const auto read = [](const char* text) { return ParseExactly(text).dump(); };
  EXPECT_EQ(read(R"([18446744073709551615,18446744073709551616,"18446744073709551616\"1",1.5,-7])"),
            R"([18446744073709551615,"18446744073709551616","18446744073709551616\"1",1.5,-7])");
  EXPECT_EQ(read("[-9223372036854775808,-99999999999999999999]"),
            R"([-9223372036854775808,"-99999999999999999999"])");
  EXPECT_EQ(read("[1e309,123456789012345678901234567890]"),
            R"([null,"123456789012345678901234567890"])");
  EXPECT_TRUE(ParseExactly("[12345678901234567890123 4]").is_discarded());
}

TEST(ProfileStore, KeepsOneProfileAServerInAPrivateFile) {
  TestRun test;
  ProfileStore store(test.folder + "/a/tenantry");
  EXPECT_FALSE(store.Find("http://one")->has_value());
  ASSERT_TRUE(store.Save("http://one", {"t1", "2026-01-01T00:00:00Z", "ada", "acme"}).ok());
  ASSERT_TRUE(store.Save("http://two", {"t2", "", "bob", ""}).ok());
  EXPECT_EQ((*store.Find("http://one"))->token, "t1");
  EXPECT_EQ((*store.Find("http://one"))->tenant_id, "acme");
  struct stat there = {};
  ASSERT_EQ(::stat(store.path().c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((test.folder + "/a/tenantry").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0700u);
  ASSERT_TRUE(store.Forget("http://one").ok());
  EXPECT_FALSE(store.Find("http://one")->has_value());
  EXPECT_TRUE(store.Find("http://two")->has_value());
}

TEST(ProfileStore, SaysWhatToDoWithAFileItCannotRead) {
  TestRun test;
  ProfileStore store(test.folder);
  std::ofstream(store.path()) << "{broken";
  const absl::Status status = store.Find("http://one").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(base::Message(status)), HasSubstr("tenantry login"));
  EXPECT_FALSE(ProfileStore("").Find("http://one")->has_value());
  EXPECT_FALSE(ProfileStore("").Save("http://one", {"t", "", "", ""}).ok());
}

TEST(ApiClient, SendsATokenToTheServerThatGaveItAlone) {
  TestRun test;
  ScriptedServer server;
  ProfileStore store(test.folder + "/tenantry");
  ASSERT_TRUE(store.Save(server.url(), {"mine", "", "ada", ""}).ok());
  ASSERT_TRUE(store.Save("http://elsewhere", {"other", "", "ada", ""}).ok());
  server.Answer(200, "{}");
  ASSERT_TRUE(OpenClient(test, server.url() + "/")->Get(ApiPath({"version"})).ok());
  EXPECT_EQ(server.requests()[0].Header("Authorization"), "Bearer mine");

  test.terminal.environment.push_back("TENANTRY_TOKEN_FILE=" + test.folder + "/token");
  std::ofstream(test.folder + "/token") << "from-file\n";
  server.Answer(200, "{}");
  ASSERT_TRUE(OpenClient(test, server.url())->Get(ApiPath({"version"})).ok());
  EXPECT_EQ(server.requests()[1].Header("Authorization"), "Bearer from-file");

  test.terminal.environment.push_back("TENANTRY_TOKEN=from-variable");
  server.Answer(200, "{}");
  ASSERT_TRUE(OpenClient(test, server.url())->Get(ApiPath({"version"})).ok());
  EXPECT_EQ(server.requests()[2].Header("Authorization"), "Bearer from-variable");
}

TEST(ApiClient, RefusesATokenThatNoHeaderCarries) {
  TestRun test;
  test.terminal.environment.push_back("TENANTRY_TOKEN=a\r\nb: c");
  EXPECT_EQ(ApiClient::Open({}, test.terminal).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ApiClient, TurnsProblemsIntoStatusesWithTheServersWords) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  const std::vector<std::pair<int, absl::StatusCode>> cases = {
      {400, absl::StatusCode::kInvalidArgument},   {413, absl::StatusCode::kInvalidArgument},
      {401, absl::StatusCode::kUnauthenticated},   {403, absl::StatusCode::kPermissionDenied},
      {404, absl::StatusCode::kNotFound},          {409, absl::StatusCode::kFailedPrecondition},
      {410, absl::StatusCode::kOutOfRange},        {412, absl::StatusCode::kAborted},
      {422, absl::StatusCode::kInvalidArgument},   {429, absl::StatusCode::kResourceExhausted},
      {507, absl::StatusCode::kResourceExhausted}, {500, absl::StatusCode::kInternal},
      {503, absl::StatusCode::kInternal}};
  for (const auto& [http, code] : cases) {
    server.Answer(http, R"({"title":"T","detail":"the words","requestID":"r7"})");
    const absl::Status status = client->Get(ApiPath({"tenants"})).status();
    EXPECT_EQ(status.code(), code) << http;
    EXPECT_THAT(std::string(base::Message(status)), HasSubstr("the words")) << http;
  }
  server.Answer(500, R"({"title":"T","detail":"the words","requestID":"r7"})");
  EXPECT_EQ(base::Message(client->Get(ApiPath({"tenants"})).status()), "the words (request r7)");
  server.Answer(401, R"({"title":"T","detail":"who?"})");
  EXPECT_EQ(base::Message(client->Get(ApiPath({"tenants"})).status()),
            "who?: log in with `tenantry login`, or set TENANTRY_TOKEN");
  server.Answer(200, "<html>");
  EXPECT_EQ(client->Get(ApiPath({"tenants"})).status().code(), absl::StatusCode::kUnavailable);
}

TEST(ApiClient, WalksAListAlongItsCursorsAndNoFurtherThanAsked) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  std::vector<int> seen;
  const auto take = [&seen](const console::Json& item) {
    seen.push_back(item.get<int>());
    return absl::OkStatus();
  };
  server.Answer(200, R"({"items":[1,2],"next":"c 1"})");
  server.Answer(200, R"({"items":[],"next":"c2"})");
  server.Answer(200, R"({"items":[3]})");
  ASSERT_TRUE(client->ForEach(ApiPath({"tenants"}), {{"q", "a b"}, {"plan", ""}}, 0, take).ok());
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_EQ(server.requests()[0].Query("q"), "a b");
  EXPECT_EQ(server.requests()[0].Query("plan"), std::nullopt);
  EXPECT_EQ(server.requests()[1].Query("cursor"), "c 1");
  EXPECT_EQ(server.requests()[2].Query("cursor"), "c2");

  seen.clear();
  server.Answer(200, R"({"items":[1,2],"next":"c1"})");
  server.Answer(200, R"({"items":[3,4],"next":"c2"})");
  ASSERT_TRUE(client->ForEach(ApiPath({"tenants"}), {}, 3, take).ok());
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_EQ(server.requests()[4].Query("limit"), "1");

  server.Answer(200, R"({"items":[],"next":"c1"})");
  server.Answer(200, R"({"items":[],"next":"c1"})");
  EXPECT_EQ(client->ForEach(ApiPath({"tenants"}), {}, 0, take).code(), absl::StatusCode::kInternal);
}

TEST(ApiClient, EncodesEverySegmentOfAPath) {
  EXPECT_EQ(ApiPath({"tenants", "a/b ü"}), "/api/v1/tenants/a%2Fb%20%C3%BC");
}

std::vector<std::string> LinesIn(LineSource& source) {
  std::vector<std::string> lines;
  for (std::string line;;) {
    const absl::StatusOr<bool> more = source.Next(line);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) return lines;
    lines.push_back(line);
  }
}

void Pack(const std::string& path, const std::vector<std::string>& lines) {
  std::ostringstream nowhere;
  const auto file = runtime::OutputFile::Open(path, nowhere);
  ASSERT_TRUE(file.ok()) << file.status();
  for (const std::string& line : lines) ASSERT_TRUE((*file)->WriteLine(line).ok());
  ASSERT_TRUE((*file)->Commit().ok());
}

TEST(LineSource, ReadsPlainFilesGzipAndStreamsAlike) {
  TestRun test;
  const std::string text = "one\r\n\n" + std::string(600'000, 'x') + "\nlast";
  const std::string plain = test.folder + "/a.ndjson", packed = test.folder + "/a.ndjson.gz";
  std::ofstream(plain) << text;
  Pack(packed, {text});
  const auto expected = ElementsAre("one", "", std::string(600'000, 'x'), "last");
  EXPECT_THAT(LinesIn(**OpenLines(plain)), expected);
  EXPECT_THAT(LinesIn(**OpenLines(packed)), expected);
  std::istringstream stream(text);
  EXPECT_THAT(LinesIn(*LinesOf(stream)), expected);
}

const std::string kTooLongLine(kLineBytesMax + 1, 'x');

TEST(LineSource, GoesOnBehindALineThatIsTooLong) {
  TestRun test;
  const std::string packed = test.folder + "/a.gz";
  Pack(packed, {"one", kTooLongLine, "three", kTooLongLine});
  std::istringstream stream("one\n" + kTooLongLine + "\nthree\n" + kTooLongLine);
  for (const auto& source : {*OpenLines(packed), LinesOf(stream)}) {
    std::string line;
    ASSERT_TRUE(*source->Next(line));
    EXPECT_EQ(source->Next(line).status().code(), absl::StatusCode::kOutOfRange);
    ASSERT_TRUE(*source->Next(line));
    EXPECT_EQ(line, "three");
    EXPECT_EQ(source->Next(line).status().code(), absl::StatusCode::kOutOfRange);
    EXPECT_FALSE(*source->Next(line));
  }
}

TEST(LineSource, TellsWhereBrokenGzipEnds) {
  TestRun test;
  const std::string packed = test.folder + "/a.gz";
  base::SeededRandom random(1);
  std::vector<std::string> lines(20'000);
  for (std::string& line : lines) line = random.Hex(16);
  Pack(packed, lines);
  const std::string bytes = *runtime::ReadFile(packed, 10 << 20);
  std::ofstream(packed, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  const auto source = *OpenLines(packed);
  absl::Status status;
  std::string line;
  while (status.ok()) {
    const absl::StatusOr<bool> more = source->Next(line);
    ASSERT_TRUE(!more.ok() || *more) << "the end was taken for a good one";
    status = more.status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(base::Message(status)), HasSubstr(packed));
}

absl::Status SendText(EventSender& sender, const std::string& text,
                      const std::optional<SendPlace>& from = std::nullopt) {
  std::istringstream stream(text);
  return sender.Send(*LinesOf(stream), "input", from, [](int64_t) {});
}

TEST(EventSender, SendsBatchesInOrderAndFindsTheLineOfAProblem) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EventSender sender(*client, test.terminal, {.batch_events_max = 2});
  server.Answer(202, R"({"accepted":2,"repeated":0,"rejected":0,"problems":[]})");
  server.Answer(202, R"({"accepted":0,"repeated":1,"rejected":1,
                         "problems":[{"index":1,"detail":"no id"}]})");
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0,"problems":[]})");
  ASSERT_TRUE(SendText(sender, "1\n\n2\n3\n \n4\n5").ok());
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(server.requests()[0].body, "1\n2\n");
  EXPECT_EQ(server.requests()[1].body, "3\n4\n");
  EXPECT_EQ(server.requests()[2].body, "5\n");
  EXPECT_EQ(server.requests()[0].Header("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(sender.summary().accepted, 3);
  EXPECT_EQ(sender.summary().repeated, 1);
  EXPECT_EQ(sender.summary().rejected, 1);
  ASSERT_EQ(sender.summary().refused.size(), 1u);
  EXPECT_EQ(sender.summary().refused[0].line, 6);
  EXPECT_EQ(sender.summary().refused[0].detail, "no id");
}

TEST(EventSender, KeepsBatchesWithinTheirBytes) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EventSender sender(*client, test.terminal, {.batch_bytes_max = 10});
  for (int i = 0; i < 3; ++i) server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  ASSERT_TRUE(SendText(sender, "1234\n5678\n90\n123456789012345\n").ok());
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(server.requests()[0].body, "1234\n5678\n");
  EXPECT_EQ(server.requests()[1].body, "90\n");
  EXPECT_EQ(server.requests()[2].body, "123456789012345\n");
}

TEST(EventSender, HalvesABatchThatIsTooLargeAndRefusesALineThatIs) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EventSender sender(*client, test.terminal, {});
  const std::string too_large = R"({"title":"Too large","detail":"past 16 MiB"})";
  server.Answer(413, too_large);
  server.Answer(413, too_large);
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  ASSERT_TRUE(SendText(sender, "huge\nsmall\n").ok());
  EXPECT_EQ(server.requests()[2].body, "small\n");
  EXPECT_EQ(sender.summary().accepted, 1);
  EXPECT_EQ(sender.summary().rejected, 1);
  EXPECT_EQ(sender.summary().refused[0].line, 1);
  EXPECT_THAT(sender.summary().refused[0].detail, HasSubstr("past 16 MiB"));
}

TEST(EventSender, RefusesALineThatIsTooLongAndSendsTheRest) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EventSender sender(*client, test.terminal, {});
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  ASSERT_TRUE(SendText(sender, "one\n" + kTooLongLine + "\nthree\n").ok());
  EXPECT_EQ(server.requests()[0].body, "one\n");
  EXPECT_EQ(server.requests()[1].body, "three\n");
  EXPECT_EQ(sender.summary().accepted, 2);
  EXPECT_EQ(sender.summary().rejected, 1);
  ASSERT_EQ(sender.summary().refused.size(), 1u);
  EXPECT_EQ(sender.summary().refused[0].line, 2);
  EXPECT_EQ(sender.summary().refused[0].detail, "the line has more than 67108864 bytes");
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  ASSERT_TRUE(SendText(sender, kTooLongLine + "\ntwo\n", SendPlace{"r", 2}).ok());
  EXPECT_EQ(sender.summary().accepted, 3);
  EXPECT_EQ(sender.summary().rejected, 1) << "it was counted by whoever stopped behind it";
}

TEST(EventSender, RefusesToGoOnBehindTheEnd) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EventSender sender(*client, test.terminal, {});
  const absl::Status status = SendText(sender, "one\n", SendPlace{"r1", 99});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(base::Message(status), "--resume goes on at line 99, but input has 1 line");
  EXPECT_TRUE(server.requests().empty());
}

TEST(EventSender, WaitsAsLongAsTheServerAsksAndThenGivesUp) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EventSender sender(*client, test.terminal, {.retry_for = absl::Seconds(60)});
  const absl::Time begin = test.clock.Now();
  server.Answer(503, R"({"detail":"busy"})", {{"Retry-After", "40"}});
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  ASSERT_TRUE(SendText(sender, "1\n").ok());
  EXPECT_EQ(test.clock.Now() - begin, absl::Seconds(40));
  EXPECT_THAT(test.err.str(), HasSubstr("asks to wait"));

  server.Answer(429, R"({"detail":"busy"})", {{"Retry-After", "61"}});
  EXPECT_EQ(SendText(sender, "2\n").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(sender.summary().accepted, 1);
}

// The batch that was in hand may be in the log: it goes again under the key that it had.
TEST(EventSender, GoesOnWhereAnotherStopped) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  const std::string lines = "{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}\n{\"a\":5}\n";
  EventSender first(*client, test.terminal, {.batch_events_max = 2});
  server.Answer(202, R"({"accepted":2,"repeated":0,"rejected":0})");
  server.Answer(500, R"({"detail":"broken"})");
  EXPECT_FALSE(SendText(first, lines).ok());
  ASSERT_TRUE(first.summary().stopped);
  EXPECT_EQ(first.summary().stopped->line, 4);
  EventSender next(*client, test.terminal, {.batch_events_max = 2});
  server.Answer(202, R"({"accepted":2,"repeated":0,"rejected":0})");
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  EXPECT_TRUE(SendText(next, lines, first.summary().stopped).ok());
  ASSERT_EQ(server.requests().size(), 4u);
  EXPECT_EQ(server.requests()[2].body, server.requests()[1].body);
  EXPECT_EQ(server.requests()[2].Header("Idempotency-Key"),
            server.requests()[1].Header("Idempotency-Key"));
  EXPECT_EQ(server.requests()[3].body, "{\"a\":5}\n");
  EXPECT_FALSE(next.summary().stopped);
}

TEST(EventSender, SendsPlainFormsUnderOneKeySoThatTryingAgainCountsThemOnce) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EventSender sender(*client, test.terminal, {});
  server.Answer(503, R"({"detail":"busy"})");
  server.Answer(409, R"({"detail":"still running"})");
  server.Answer(202, R"({"accepted":2,"repeated":0,"rejected":0})");
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  server.Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  ASSERT_TRUE(SendText(sender, "{\"specversion\":\"1.0\"}\n{\"companyID\":\"a\"}\n").ok());
  ASSERT_TRUE(SendText(sender, "{\"companyID\":\"a\"}\n").ok());
  ASSERT_TRUE(SendText(sender, "{\"specversion\":\"1.0\"}\n").ok());
  std::vector<std::string> keys;
  for (const net::HttpRequest& request : server.requests()) {
    keys.emplace_back(request.Header("Idempotency-Key"));
  }
  ASSERT_EQ(keys.size(), 5u);
  EXPECT_EQ(keys[0].size(), 38u);
  EXPECT_TRUE(keys[0].ends_with(":1")) << keys[0];
  EXPECT_EQ(keys[1], keys[0]);
  EXPECT_EQ(keys[2], keys[0]);
  EXPECT_NE(keys[3], keys[0]);
  EXPECT_EQ(keys[4], "");
}

TEST(EventSender, DoesNotWaitForAServerThatNeverAnswered) {
  TestRun test;
  std::string url;
  {
    url = ScriptedServer().url();
  }
  const std::unique_ptr<ApiClient> client = OpenClient(test, url);
  EventSender sender(*client, test.terminal, {});
  const absl::Time begin = test.clock.Now();
  EXPECT_EQ(SendText(sender, "1\n").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(test.clock.Now(), begin);
}

TEST(EventSender, TriesAgainWhenAServerThatAnsweredGoesAway) {
  TestRun test;
  auto server = std::make_unique<ScriptedServer>();
  const std::unique_ptr<ApiClient> client = OpenClient(test, server->url());
  EventSender sender(*client, test.terminal, {.retry_for = absl::Seconds(30)});
  server->Answer(202, R"({"accepted":1,"repeated":0,"rejected":0})");
  ASSERT_TRUE(SendText(sender, "1\n").ok());
  server.reset();
  const absl::Time begin = test.clock.Now();
  EXPECT_EQ(SendText(sender, "2\n").code(), absl::StatusCode::kUnavailable);
  EXPECT_GT(test.clock.Now() - begin, absl::Seconds(20));
  EXPECT_LE(test.clock.Now() - begin, absl::Seconds(30));
}

// Two texts must not become the same on their way.
TEST(ApiClient, SendsNothingThatIsNotUtf8) {
  TestRun test;
  ScriptedServer server;
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  const absl::Status status = client->Post("/api/v1/a", {{"name", "a\x80"}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(server.requests().empty());
}

TEST(ApiClient, AsksForItsOwnTenantOnlyWhenItMust) {
  TestRun test;
  ScriptedServer server;
  test.terminal.environment.push_back("TENANTRY_TOKEN=t");
  const std::unique_ptr<ApiClient> client = OpenClient(test, server.url());
  EXPECT_EQ(*client->TenantOrOwn("acme"), "acme");
  EXPECT_TRUE(server.requests().empty());
  server.Answer(200, R"({"role":"scientist","tenantID":"mine"})");
  EXPECT_EQ(*client->TenantOrOwn(""), "mine");
  EXPECT_EQ(server.requests()[0].path, "/api/v1/sessions/current");
}

}  // namespace
}  // namespace tenantry::app::client
