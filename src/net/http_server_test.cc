#include "net/http_server.h"

#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "net/test_server.h"
#include "net/wire/gzip.h"

namespace tenantry::net {
namespace {

using Json = nlohmann::json;

HttpResponse Echo(const HttpRequest& request) {
  Json query = Json::object();
  for (const auto& [name, value] : request.query) query[name] = value;
  return HttpResponse::Json(200, {{"method", request.method},
                                  {"path", request.path},
                                  {"params", request.path_params},
                                  {"query", query},
                                  {"body", request.body},
                                  {"remote", request.remote_address},
                                  {"requestID", request.request_id},
                                  {"traceparent", request.traceparent}});
}

HttpResponse ThreadName(const HttpRequest&) {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  return HttpResponse::Text(200, name, "text/plain");
}

std::vector<Route> Routes() {
  Route fast{"GET", "/fast", "fast", ThreadName};
  fast.inline_handler = true;
  return {
      {"GET", "/api/v1/echo/{id}", "getEcho", Echo, {"asOf", "x", "y"}},
      {"POST", "/echo", "postEcho", Echo},
      {"GET", "/slow", "slow", ThreadName},
      {"GET", "/large", "large",
       [](const HttpRequest&) { return HttpResponse::JsonText(200, std::string(100000, '7')); }},
      {"GET", "/throws", "throws",
       [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); }},
      {"GET", "/cached", "cached",
       [](const HttpRequest&) {
         HttpResponse response = HttpResponse::NoContent();
         response.headers.emplace("Cache-Control", "max-age=60");
         return response;
       }},
      fast};
}

TEST(HttpServer, AnswersWithAllThatAnAnswerHas) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  raw.Send(
      "GET /api/v1/echo/a%2Fb?x=1+2&y=%C3%A9 HTTP/1.1\r\nHost: h\r\nX-Request-ID: my-id\r\n"
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n");
  const RawAnswer answer = raw.Read();
  EXPECT_EQ(answer.status, 200);
  for (const char* field :
       {"HTTP/1.1 200 OK\r\n", "Content-Type: application/json\r\n", "Cache-Control: no-store\r\n",
        "X-Content-Type-Options: nosniff\r\n", "X-Request-ID: my-id\r\n", "Server: tenantry\r\n",
        "Date: ", " GMT\r\n"}) {
    EXPECT_TRUE(answer.Has(field)) << field << answer.head;
  }
  EXPECT_FALSE(answer.Has("Connection:"));
  const Json body = Json::parse(answer.body);
  EXPECT_EQ(body["path"], "/api/v1/echo/a%2Fb");
  EXPECT_EQ(body["params"]["id"], "a/b");
  EXPECT_EQ(body["query"], (Json{{"x", "1 2"}, {"y", "\xC3\xA9"}}));
  EXPECT_EQ(body["remote"], "127.0.0.1");
  EXPECT_EQ(body["requestID"], "my-id");
  const std::string trace = body["traceparent"];
  EXPECT_EQ(trace.substr(0, 36), "00-4bf92f3577b34da6a3ce929d0e0e4736-");
  EXPECT_EQ(trace.find("00f067aa0ba902b7"), std::string::npos);
}

TEST(HttpServer, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    requests += i % 3 == 0 ? "\r\n" : "";  // an empty line before a request is no harm
    requests += GetRequest(i % 2 == 0 ? fmt::format("/api/v1/echo/{}", i) : "/fast");
  }
  raw.Send(requests);
  for (int i = 0; i < 100; ++i) {
    const RawAnswer answer = raw.Read();
    ASSERT_EQ(answer.status, 200) << i;
    if (i % 2 == 0) {
      ASSERT_EQ(Json::parse(answer.body)["params"]["id"], std::to_string(i));
    }
  }
  EXPECT_EQ(server.Metric("tenantry_net_connections"), 1);
  EXPECT_EQ(server.Metric("tenantry_net_requests_total{operation=\"getEcho\",status=\"2xx\"}"), 50);
  EXPECT_EQ(server.Metric("tenantry_net_request_seconds_count{operation=\"fast\"}"), 50);
}

TEST(HttpServer, ReadsRequestsThatComeByteByByte) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;ext=\"q\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    for (const char c : request) ASSERT_TRUE(raw.Send({&c, 1}));
    EXPECT_EQ(Json::parse(raw.Read().body)["body"], "abc0123456789");
  }
  for (const char c : std::string_view("0\r\n\r\n")) {
    if (c == '0') raw.Send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    raw.Send({&c, 1});
  }
  EXPECT_EQ(Json::parse(raw.Read().body)["body"], "");
}

TEST(HttpServer, RunsInlineHandlersOnItsIoThreadsAndOthersOnThePool) {
  TestServer server(Routes());
  HttpClient client = server.Client();
  EXPECT_EQ(client.Send("GET", "/fast")->body, "http-io");
  EXPECT_EQ(client.Send("GET", "/slow")->body, "http");
}

TEST(HttpServer, AnswersHeadAndOptions) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  raw.Send("HEAD /large HTTP/1.1\r\nHost: h\r\n\r\n");
  const RawAnswer head = raw.Read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.Has("Content-Length: 100000\r\n"));
  raw.Send("OPTIONS /echo HTTP/1.1\r\nHost: h\r\n\r\n");
  const RawAnswer options = raw.Read();
  EXPECT_EQ(options.status, 204);
  EXPECT_TRUE(options.Has("Allow: OPTIONS, POST\r\n"));
  raw.Send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(raw.Read().status, 204);
  raw.Send("HEAD /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(raw.Read(true).status, 404);
  raw.Send(GetRequest("/cached"));
  EXPECT_TRUE(raw.Read().Has("Cache-Control: max-age=60\r\n"));
}

TEST(HttpServer, RefusesWithProblemsAndKeepsTheConnection) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  const std::vector<std::pair<std::string, int>> table = {
      {"GET /nothing", 404},       {"DELETE /echo", 405},     {"BREW /echo", 405},
      {"GET /api/v1/echo/%", 400}, {"GET /fast?a=%zz", 400},  {"GET /api/v1/echo/%ff", 400},
      {"GET /throws", 500},        {"GET /api/v1/echo/", 404}};
  for (const auto& [line, status] : table) {
    raw.Send(line + " HTTP/1.1\r\nHost: h\r\nX-Request-ID: r-1\r\n\r\n");
    const RawAnswer answer = raw.Read();
    EXPECT_EQ(answer.status, status) << line;
    EXPECT_TRUE(answer.Has("Content-Type: application/problem+json\r\n"));
    const Json problem = Json::parse(answer.body);
    EXPECT_EQ(problem["status"], status);
    EXPECT_EQ(problem["requestID"], "r-1");
    EXPECT_EQ(problem["instance"],
              line.substr(line.find(' ') + 1, line.find('?') - line.find(' ') - 1));
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    EXPECT_EQ(answer.Has("Allow: OPTIONS, POST\r\n"), status == 405);
  }
}

TEST(HttpServer, AsksElsewhereBeforeItRefusesWhatHasNoRoute) {
  const Elsewhere elsewhere = [](const HttpRequest& request,
                                 int status) -> std::optional<HttpResponse> {
    if (request.Header("Accept") != "text/html") return std::nullopt;
    return HttpResponse::Text(status, "page of " + request.path, "text/html");
  };
  TestServer server(Routes(), {}, elsewhere);
  RawConnection raw(server.port());
  const std::vector<std::pair<std::string, int>> table = {
      {"/nothing", 404}, {"/api/v1/echo/%ff", 400}, {"/fast?no=1", 400}};
  for (const auto& [path, status] : table) {
    raw.Send("GET " + path + " HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n\r\n");
    const RawAnswer page = raw.Read();
    EXPECT_EQ(page.status, status);
    EXPECT_EQ(page.body, "page of " + path.substr(0, path.find('?')));
    raw.Send(GetRequest(path));
    EXPECT_TRUE(raw.Read().Has("Content-Type: application/problem+json\r\n")) << path;
  }
  raw.Send("GET /echo HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n\r\n");
  EXPECT_EQ(raw.Read().status, 405);  // the path is there
  raw.Send("GET /fast HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n\r\n");
  EXPECT_EQ(raw.Read().status, 200);
}

TEST(HttpServer, RefusesQueryParametersThatTheRouteDoesNotTakeOrThatComeTwice) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  const std::vector<std::pair<std::string, std::string>> table = {
      {"/api/v1/echo/1?asof=2026-01-01T00:00:00Z",
       "There is no query parameter 'asof'; did you mean 'asOf'?"},
      {"/api/v1/echo/1?x=1&y=2&x=1", "The query parameter 'x' is given twice."},
      {"/fast?x", "There is no query parameter 'x': this takes none."},
      {"/fast?" + std::string(2000, 'n'),
       "There is no query parameter '" + std::string(64, 'n') + "': this takes none."}};
  for (const auto& [target, detail] : table) {
    raw.Send(GetRequest(target));
    const RawAnswer answer = raw.Read();
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_EQ(Json::parse(answer.body)["detail"], detail);
  }
  raw.Send(GetRequest("/fast?"));
  EXPECT_EQ(raw.Read().status, 200);
}

TEST(HttpServer, SpeaksHttp10) {
  TestServer server(Routes());
  RawConnection keeps(server.port());
  keeps.Send("GET /fast HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(keeps.Read().Has("Connection: keep-alive\r\n"));
  keeps.Send("GET /fast HTTP/1.0\r\n\r\n");
  const std::string rest = keeps.ReadToEnd();
  EXPECT_NE(rest.find("Connection: close\r\n"), std::string::npos);
  EXPECT_FALSE(keeps.timed_out());
}

TEST(HttpServer, ClosesWhenTheClientAsksForIt) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  raw.Send(
      "GET http://other:99/api/v1/echo/1?x=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string all = raw.ReadToEnd();
  EXPECT_NE(all.find("HTTP/1.1 200 OK"), std::string::npos);
  EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos);
  EXPECT_FALSE(raw.timed_out());
}

TEST(HttpServer, AnswersAClientThatEndedItsSide) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  raw.Send(GetRequest("/slow"));
  raw.FinishSending();
  EXPECT_NE(raw.ReadToEnd().find("200 OK"), std::string::npos);
  EXPECT_FALSE(raw.timed_out());
}

TEST(HttpServer, MeetsExpectations) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  raw.Send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(raw.Read().status, 100);
  raw.Send("hello");
  EXPECT_EQ(Json::parse(raw.Read().body)["body"], "hello");
  raw.Send("POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(raw.Read().status, 404);
  RawConnection odd(server.port());
  odd.Send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n");
  EXPECT_EQ(odd.Read().status, 417);
}

TEST(HttpServer, UnderstandsGzipBothWays) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  const std::string body = wire::Gzip("compressed hello");
  raw.Send(
      fmt::format("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n"
                  "Content-Length: {}\r\n\r\n{}",
                  body.size(), body));
  EXPECT_EQ(Json::parse(raw.Read().body)["body"], "compressed hello");
  raw.Send("GET /large HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
  const RawAnswer answer = raw.Read();
  EXPECT_TRUE(answer.Has("Content-Encoding: gzip\r\n"));
  EXPECT_LT(answer.body.size(), 1000u);
  EXPECT_EQ(*wire::Gunzip(answer.body, 1 << 20), std::string(100000, '7'));
  raw.Send(GetRequest("/large"));
  EXPECT_EQ(raw.Read().body.size(), 100000u);
}

// A small body may become a large one: nobody's is decompressed before it is known who they are.
TEST(HttpServer, AsksTheRouteBeforeItDecompresses) {
  std::vector<Route> routes = Routes();
  for (Route& route : routes) {
    route.admit = [](const HttpRequest& request) -> std::optional<HttpResponse> {
      EXPECT_NE(request.body, "hello");
      if (request.Header("Authorization") == "yes") return std::nullopt;
      return Problem(401, "Unauthorized", "say yes");
    };
  }
  TestServer server(std::move(routes));
  RawConnection raw(server.port());
  const auto post = [&](std::string_view head, std::string_view body) {
    raw.Send(fmt::format("POST /echo HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\n\r\n{}", head,
                         body.size(), body));
    return raw.Read().status;
  };
  EXPECT_EQ(post("Content-Encoding: gzip\r\n", "no gzip"), 401);
  EXPECT_EQ(post("Content-Encoding: gzip\r\nAuthorization: yes\r\n", "no gzip"), 400);
  EXPECT_EQ(post("Content-Encoding: gzip\r\nAuthorization: yes\r\n", wire::Gzip("hello")), 200);
  EXPECT_EQ(post("", "plain"), 200) << "the handler's own look is enough";
}

TEST(HttpServer, RefusesBodiesThatItCannotDecode) {
  TestServer server(Routes());
  RawConnection raw(server.port());
  const auto post = [&](std::string_view coding, std::string_view body) {
    raw.Send(
        fmt::format("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Encoding: {}\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    coding, body.size(), body));
    return raw.Read().status;
  };
  EXPECT_EQ(post("gzip", "no gzip"), 400);
  EXPECT_EQ(post("br", "x"), 415);
  EXPECT_EQ(post("gzip, gzip", "x"), 415);
  EXPECT_EQ(post("identity", "x"), 200);
}

TEST(HttpServer, DrainFinishesTheRequestInHandAndClosesTheIdle) {
  absl::Notification entered;
  absl::Notification may_end;
  TestServer server({{"GET", "/wait", "wait",
                      [&](const HttpRequest&) {
                        entered.Notify();
                        may_end.WaitForNotification();
                        return HttpResponse::Text(200, "done", "text/plain");
                      }},
                     {"GET", "/fast", "fast", ThreadName}});
  RawConnection idle(server.port());
  idle.Send(GetRequest("/fast"));
  EXPECT_EQ(idle.Read().status, 200);
  RawConnection busy(server.port());
  busy.Send(GetRequest("/wait"));
  entered.WaitForNotification();
  EXPECT_TRUE(server.server().Ready().ok());
  std::thread drain([&] { server.server().Drain(absl::Now() + absl::Seconds(60)); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_FALSE(idle.timed_out());
  EXPECT_FALSE(server.server().Ready().ok());
  may_end.Notify();
  const std::string answer = busy.ReadToEnd();
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("done"));
  drain.join();
  EXPECT_FALSE(RawConnection(server.port()).connected());
}

TEST(HttpServer, DrainGivesUpAtItsDeadlineAndStopClosesTheRest) {
  absl::Notification entered;
  absl::Notification may_end;
  TestServer server({{"GET", "/wait", "wait", [&](const HttpRequest&) {
                        entered.Notify();
                        may_end.WaitForNotification();
                        return HttpResponse::NoContent();
                      }}});
  RawConnection busy(server.port());
  busy.Send(GetRequest("/wait"));
  entered.WaitForNotification();
  server.server().Drain(absl::Now() + absl::Milliseconds(50));
  std::thread stop([&] { server.server().Stop(); });
  EXPECT_EQ(busy.ReadToEnd(), "");
  EXPECT_FALSE(busy.timed_out());
  may_end.Notify();
  stop.join();
}

absl::Status StartOn(const std::string& listen, HttpServerOptions options = {}) {
  base::SystemClock clock;
  base::SystemRandom random;
  runtime::Metrics metrics;
  options.listen = listen;
  HttpServer server(options, Routes(), clock, random, metrics);
  return server.Start();
}

TEST(HttpServer, SaysWhyItCannotListen) {
  TestServer server(Routes());
  const absl::Status taken = StartOn(server.server().bound_address());
  EXPECT_EQ(taken.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(taken.ToString().find(server.server().bound_address()), std::string::npos);
  EXPECT_NE(taken.ToString().find("another program uses it"), std::string::npos);
  EXPECT_EQ(StartOn("nonsense").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(StartOn("192.0.2.1:0").code(), absl::StatusCode::kFailedPrecondition);
  HttpServerOptions half;
  half.tls_key_file = "/nowhere";
  EXPECT_EQ(StartOn("127.0.0.1:0", half).code(), absl::StatusCode::kInvalidArgument);
}

TEST(HttpServer, RefusesPlainListenersBeyondThisMachineUnlessAllowed) {
  const absl::Status status = StartOn("0.0.0.0:0");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.ToString().find("net.allow_plain"), std::string::npos);
  HttpServerOptions allowed;
  allowed.allow_plain = true;
  EXPECT_TRUE(StartOn("0.0.0.0:0", allowed).ok());
  EXPECT_TRUE(StartOn("localhost:0").ok());
}

TEST(HttpServer, RefusesBrokenRoutes) {
  base::SystemClock clock;
  base::SystemRandom random;
  runtime::Metrics metrics;
  HttpServer server({}, {{"GET", "no slash", "x", Echo}}, clock, random, metrics);
  EXPECT_EQ(server.Start().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(server.routes().size(), 1u);
  EXPECT_EQ(server.bound_address(), "");
}

TEST(HttpServer, DeclaresItsOptions) {
  HttpServerOptions options;
  runtime::OptionSet set;
  options.Declare(set);
  for (const char* name : {"net.listen", "net.body_bytes_max", "net.allow_plain"}) {
    EXPECT_TRUE(std::ranges::any_of(set.All(), [&](const auto& view) { return view.name == name; }))
        << name;
  }
  EXPECT_TRUE(set.Set("net.header_timeout", "3s", runtime::OptionSource::kFlag, "").ok());
  EXPECT_EQ(options.header_timeout, absl::Seconds(3));
}

}  // namespace
}  // namespace tenantry::net
