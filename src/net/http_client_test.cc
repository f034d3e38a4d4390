#include "net/http_client.h"

#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/test_server.h"
#include "net/wire/gzip.h"

namespace tenantry::net {
namespace {

// Accepts one connection after the other, reads a request's head, sends `answer` and closes.
class FakeServer {
 public:
  explicit FakeServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeServer() {
    shutdown(listener_, SHUT_RDWR);
    close(listener_);
    thread_.join();
  }

  ClientOptions Options() const {
    ClientOptions options;
    options.base_url = "http://127.0.0.1:" + std::to_string(port_);
    return options;
  }

 private:
  void Serve() {
    for (const std::string& answer : answers_) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request;
      char piece[4096];
      ssize_t size = 0;
      while (request.find("\r\n\r\n") == std::string::npos &&
             (size = recv(connection, piece, sizeof piece, 0)) > 0) {
        request.append(piece, static_cast<size_t>(size));
      }
      send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      shutdown(connection, SHUT_WR);
      while (recv(connection, piece, sizeof piece, 0) > 0) continue;
      close(connection);
    }
  }

  const std::vector<std::string> answers_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

std::vector<Route> Routes() {
  return {{"GET", "/a", "get",
           [](const HttpRequest& request) {
             HttpResponse response = HttpResponse::Text(200, std::string(2000, 'a'), "text/plain");
             response.headers.emplace("X-Seen", request.Header("X-Mine"));
             response.headers.emplace("X-Agent", request.Header("User-Agent"));
             response.headers.emplace("X-Gzip", request.Header("Accept-Encoding"));
             return response;
           }},
          {"POST", "/echo", "echo",
           [](const HttpRequest& request) {
             return HttpResponse::Text(201, request.body, "text/plain");
           }},
          {"DELETE", "/a", "delete", [](const HttpRequest&) { return HttpResponse::NoContent(); }}};
}

TEST(HttpClient, SendsAndUsesItsConnectionAgain) {
  TestServer server(Routes());
  ClientOptions options;
  options.base_url = server.server().url() + "/";
  options.default_headers.emplace("X-Mine", "default");
  HttpClient client(options);
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<ClientResponse> response = client.Send("GET", "/a");
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, std::string(2000, 'a'));
    EXPECT_EQ(response->Header("x-seen"), "default");
    EXPECT_EQ(response->Header("X-Agent"), "tenantry");
    EXPECT_EQ(response->Header("X-Gzip"), "gzip");
    EXPECT_EQ(response->Header("Content-Encoding"), "");
    const absl::StatusOr<ClientResponse> echo = client.Send("POST", "/echo", {}, "body");
    EXPECT_EQ(echo->status, 201);
    EXPECT_EQ(echo->body, "body");
    EXPECT_EQ(client.Send("DELETE", "/a")->status, 204);
    EXPECT_EQ(client.Send("HEAD", "/a")->body, "");
    EXPECT_EQ(client.Send("GET", "/none")->status, 404);
  }
  EXPECT_EQ(server.Metric("tenantry_net_connections"), 1);
  Headers mine;
  mine.emplace("x-mine", "own");
  EXPECT_EQ(client.Send("GET", "/a", mine)->Header("X-Seen"), "own");
}

TEST(HttpClient, ReplacesAConnectionThatTheServerClosed) {
  HttpServerOptions options;
  options.idle_timeout = absl::Milliseconds(50);
  TestServer server(Routes(), options);
  HttpClient client = server.Client();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.Send("POST", "/echo", {}, "x")->status, 201);
    while (server.Metric("tenantry_net_connections") > 0) std::this_thread::yield();
  }
}

TEST(HttpClient, SaysWhatToDoWhenNothingAnswers) {
  ClientOptions options;
  {
    TestServer server(Routes());
    options.base_url = server.server().url();
  }
  HttpClient client(options);
  const absl::Status status = client.Send("GET", "/a").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.ToString().find(options.base_url.substr(7)), std::string::npos);
  EXPECT_NE(status.ToString().find("tenantry serve"), std::string::npos);
  options.base_url = "http://no-such-host.invalid:1";
  EXPECT_EQ(HttpClient(options).Send("GET", "/").status().code(), absl::StatusCode::kUnavailable);
}

TEST(HttpClient, RefusesRequestsThatAreNone) {
  ClientOptions options;
  HttpClient client(options);
  Headers bad;
  bad.emplace("X", "a\r\nY: b");
  for (const absl::Status& status :
       {client.Send("GET", "a").status(), client.Send("GET", "/a b").status(),
        client.Send("GET", "/\xC3\xA9").status(), client.Send("G T", "/").status(),
        client.Send("", "/").status(), client.Send("GET", "/", bad).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  }
  options.base_url = "nowhere";
  EXPECT_EQ(HttpClient(options).Send("GET", "/").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(HttpClient, GivesUpOnSilence) {
  absl::Notification may_end;
  TestServer server({{"GET", "/", "wait", [&](const HttpRequest&) {
                        may_end.WaitForNotification();
                        return HttpResponse::NoContent();
                      }}});
  ClientOptions options;
  options.base_url = server.server().url();
  options.read_timeout = absl::Milliseconds(100);
  const absl::Status status = HttpClient(options).Send("GET", "/").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_NE(status.ToString().find("100ms"), std::string::npos);
  may_end.Notify();
}

TEST(HttpClient, ReadsEveryWayToEndABody) {
  const std::vector<std::pair<std::string, std::string>> answers = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.0 200 OK\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\nX: "
       "y\r\n\r\n",
       "abc"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n"
       "Content-Length: 1\r\n\r\nz",
       "z"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + wire::Gzip("zipped"), "zipped"}};
  std::vector<std::string> texts;
  for (const auto& [text, body] : answers) texts.push_back(text);
  const FakeServer server(texts);
  HttpClient client(server.Options());
  for (const auto& [text, body] : answers) {
    const absl::StatusOr<ClientResponse> response = client.Send("GET", "/");
    ASSERT_TRUE(response.ok()) << response.status() << text;
    EXPECT_EQ(response->body, body) << text;
  }
}

TEST(HttpClient, SaysWhatIsWrongWithAnAnswer) {
  const std::vector<std::pair<std::string, absl::StatusCode>> answers = {
      {"", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Le", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
       absl::StatusCode::kUnavailable},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", absl::StatusCode::kDataLoss},
      {"HTTP/1.1 2x0 OK\r\n\r\n", absl::StatusCode::kDataLoss},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
       absl::StatusCode::kDataLoss},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
       absl::StatusCode::kDataLoss},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'), absl::StatusCode::kResourceExhausted},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + wire::Gzip(std::string(5000, 'x')),
       absl::StatusCode::kResourceExhausted}};
  std::vector<std::string> texts;
  for (const auto& [text, code] : answers) texts.push_back(text);
  const FakeServer server(texts);
  ClientOptions options = server.Options();
  options.response_bytes_max = 1000;
  HttpClient client(options);
  for (const auto& [text, code] : answers) {
    const absl::Status status = client.Send("GET", "/").status();
    EXPECT_EQ(status.code(), code) << status << text;
  }
}

TEST(HttpClient, ReadsTheAnswerToABodyThatIsRefusedMidway) {
  HttpServerOptions options;
  options.body_bytes_max = 2000;
  TestServer server(Routes(), options);
  HttpClient client = server.Client();
  for (int i = 0; i < 5; ++i) {
    const absl::StatusOr<ClientResponse> response =
        client.Send("POST", "/echo", {}, std::string(4 << 20, 'x'));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, 413);
  }
}

TEST(HttpClient, StreamsPiecesUntilTheCallbackHasEnough) {
  TestServer server({{"GET", "/count", "count",
                      [](const HttpRequest&) {
                        HttpResponse response;
                        response.stream = [](StreamWriter& writer) {
                          // 100 kB, which libcurl hands on in pieces of 16 kB at most.
                          for (int i = 0; i < 1000; ++i) {
                            if (!writer.Write(fmt::format("{:<99}\n", i)).ok()) return;
                          }
                        };
                        return response;
                      }},
                     {"GET", "/none", "none",
                      [](const HttpRequest&) { return Problem(404, "Not Found", "nothing"); }}});
  HttpClient client = server.Client();
  std::string text;
  const auto all = client.Stream("/count", {}, [&](std::string_view bytes) {
    text += bytes;
    return true;
  });
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(text.size(), 100'000u);
  EXPECT_EQ(text.substr(0, 2), "0 ");
  EXPECT_EQ(text.substr(99'900, 4), "999 ");
  int calls = 0;
  const auto some = client.Stream("/count", {}, [&](std::string_view) { return ++calls < 3; });
  EXPECT_TRUE(some.ok());
  EXPECT_EQ(calls, 3);
  const auto none = client.Stream("/none", {}, [&](std::string_view) { return ++calls > 0; });
  EXPECT_EQ(none->status, 404);
  EXPECT_NE(none->body.find("nothing"), std::string::npos);
  EXPECT_EQ(calls, 3);
}

TEST(HttpClient, IsCancelledFromAnotherThread) {
  absl::Notification entered;
  absl::Notification may_end;
  TestServer server(
      {{"GET", "/", "wait",
        [&](const HttpRequest&) {
          entered.Notify();
          may_end.WaitForNotification();
          return HttpResponse::NoContent();
        }},
       {"GET", "/a", "a", [](const HttpRequest&) { return HttpResponse::NoContent(); }}});
  HttpClient client = server.Client();
  std::thread cancel([&] {
    entered.WaitForNotification();
    client.Cancel();
  });
  EXPECT_TRUE(absl::IsCancelled(client.Send("GET", "/").status()));
  cancel.join();
  may_end.Notify();
  EXPECT_EQ(client.Send("GET", "/a")->status, 204);
  client.Cancel();
  EXPECT_TRUE(absl::IsCancelled(client.Send("GET", "/a").status()));
  EXPECT_EQ(client.Send("GET", "/a")->status, 204);
}

TEST(HttpClient, StreamsServerSentEventsOverPieces) {
  const FakeServer server(
      {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
       "id: 1\ndata: a\n\ndata: b\n\nid: 3\n\ndata: unfinished"});
  HttpClient client(server.Options());
  std::vector<std::string> data;
  std::string place = "none";
  const auto response = client.StreamEvents(
      "/", {},
      [&](const SseEvent& event) {
        data.push_back(event.data);
        return true;
      },
      [&](const std::string& last_id) { place = last_id; });
  EXPECT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(place, "3") << "no event came with it";
  EXPECT_EQ(data, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace tenantry::net
