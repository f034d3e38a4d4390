#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "net/test_server.h"

namespace tenantry::net {
namespace {

using namespace std::string_literals;

std::vector<Route> Routes() {
  const Handler handler = [](const HttpRequest& request) {
    return HttpResponse::Text(200, std::to_string(request.body.size()), "text/plain");
  };
  return {{"GET", "/", "get", handler},
          {"POST", "/", "post", handler},
          {"GET", "/{id}", "show", handler}};
}

HttpServerOptions Impatient() {
  HttpServerOptions options;
  options.header_timeout = absl::Milliseconds(300);
  options.request_timeout = absl::Milliseconds(300);
  options.idle_timeout = absl::Milliseconds(300);
  options.header_bytes_max = 8192;
  options.body_bytes_max = 10'000;
  return options;
}

std::string Post(std::string_view fields, std::string_view body = "") {
  return fmt::format("POST / HTTP/1.1\r\nHost: h\r\n{}\r\n{}", fields, body);
}

std::string Chunked(std::string_view body) { return Post("Transfer-Encoding: chunked\r\n", body); }

std::string Get(std::string_view fields) {
  return fmt::format("GET / HTTP/1.1\r\nHost: h\r\n{}\r\n", fields);
}

// What no server may answer with success, crash on, or wait for for ever.

std::vector<std::string> NoHttp() {
  return {
      "\0"s,
      "\0\0\0\0\0\0\0\0"s,
      "\r"s,
      "\n"s,
      "\n\n\n\n"s,
      " GET / HTTP/1.1\r\n\r\n"s,
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s,
      "SSH-2.0-OpenSSH_9.2\r\n\r\n"s,
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s,
      "\x7f"
      "ELF\x02\x01\x01"s,
      "<html>\r\n\r\n"s,
      "{\"json\": true}\r\n\r\n"s,
      std::string(5000, '\xff'),
      std::string(20000, 'A'),
  };
}

std::vector<std::string> RequestLines() {
  return {
      "GET\r\n\r\n"s,
      "GET \r\n\r\n"s,
      "GET /\r\n\r\n"s,
      "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"s,
      "GET / HTTP/9.9\r\nHost: h\r\n\r\n"s,
      "GET / HTTP/1.2\r\nHost: h\r\n\r\n"s,
      "GET / HTTP/0.9\r\nHost: h\r\n\r\n"s,
      "GET / http/1.1\r\nHost: h\r\n\r\n"s,
      "GET / HTTP/11\r\nHost: h\r\n\r\n"s,
      "GET / HTTP/1.\r\nHost: h\r\n\r\n"s,
      "GET / FTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /\tx HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /#f HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET * HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET x HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET http:// HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "G\0T / HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /%00%zz HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /%c0%af HTTP/1.1\r\nHost: h\r\n\r\n"s,
      "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
  };
}

std::vector<std::string> LineEnds() {
  return {
      "GET / HTTP/1.1\nHost: h\n\n"s,
      "GET / HTTP/1.1\r\nHost: h\n\r\n"s,
      "GET / HTTP/1.1\rHost: h\r\r"s,
      "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"s,
      Get("X: a\rb\r\n"),
      Get("X: a\0b\r\n"s),
  };
}

std::vector<std::string> Fields() {
  return {
      "GET / HTTP/1.1\r\n\r\n"s,
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"s,
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"s,
      "GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n"s,
      "GET / HTTP/1.1\r\n: h\r\n\r\n"s,
      Get("no colon\r\n"),
      Get("X : spaced\r\n"),
      Get("\x01: x\r\n"),
      Get("X: \x01\r\n"),
      Get("X(Y: z\r\n"),
      Get("X\xc3\xa9: z\r\n"),
      "GET / HTTP/1.1\r\n Host: folded\r\n\r\n"s,
      Get("X: " + std::string(9000, 'x') + "\r\n"),
      Get("Connection: \x01\r\n"),
  };
}

std::vector<std::string> Lengths() {
  return {
      Post("Content-Length: x\r\n"),
      Post("Content-Length: -1\r\n"),
      Post("Content-Length: +1\r\n"),
      Post("Content-Length: 1 1\r\n"),
      Post("Content-Length:\r\n"),
      Post("Content-Length: 0x1\r\n"),
      Post("Content-Length: 1, 1\r\n", "a"),
      Post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"),
      Post("Content-Length: 1\r\nContent-Length: 1\r\n", "a"),
      Post("Content-Length: 99999999999999999999\r\n"),
      Post("Content-Length: 20000\r\n"),
      Post("Content-Length: 18446744073709551615\r\n", "x"),
      Post("Content-Length: 5\r\n", "abc"),
  };
}

// Codings: what smuggles requests past proxies.
std::vector<std::string> Codings() {
  return {
      Post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      Post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
      Post("Transfer-Encoding: gzip\r\n", "x"),
      Post("Transfer-Encoding: gzip, chunked\r\n", "x"),
      Post("Transfer-Encoding: chunked, gzip\r\n", "x"),
      Post("Transfer-Encoding: xchunked\r\n"),
      Post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
      Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      Post("Transfer-Encoding: identity\r\n", "x"),
      Post("Transfer-Encoding:\r\n", "x"),
      Post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
  };
}

std::vector<std::string> Chunks() {
  return {
      Chunked("x\r\n\r\n"),
      Chunked("-1\r\n"),
      Chunked("\r\n\r\n\r\n"),
      Chunked("1\r\nabc\r\n0\r\n\r\n"),
      Chunked("1;\x01\r\na\r\n0\r\n\r\n"),
      Chunked("1 1\r\na\r\n0\r\n\r\n"),
      Chunked("ffffffffffffffff\r\n"),
      Chunked("10000000000000000\r\n"),
      Chunked("2711\r\n"),
      Chunked("1\na\n0\n\n"),
      Chunked("1\r\na0\r\n\r\n"),
      Chunked("0\r\n"),
      Chunked("0\r\nX\r\n\r\n"),
      Chunked("0\r\n\r"),
      Chunked("0\r\n: x\r\n\r\n"),
      Chunked("0\r\nContent-Length: 1\r\n\r\n"),
      Chunked("1;x=" + std::string(40000, 'x')),
      Chunked("0x1\r\na\r\n0\r\n\r\n"),
      Chunked("0\r\nX: " + std::string(40000, 'x')),
      Chunked("1;x=\"\\\r\n\"\r\na\r\n0\r\n\r\n"),
  };
}

// Good requests with something after them.
std::vector<std::string> Trailing() {
  return {
      Get("") + "garbage\r\n\r\n",
      Post("Content-Length: 3\r\n", "abcdef") + "\r\n\r\n",
  };
}

std::vector<std::string> HostileInputs() {
  std::vector<std::string> all;
  for (const auto& inputs : {NoHttp(), RequestLines(), LineEnds(), Fields(), Lengths(), Codings(),
                             Chunks(), Trailing()}) {
    all.insert(all.end(), inputs.begin(), inputs.end());
  }
  return all;
}

// Where the last answer in `text` begins: its status line, not one that a problem's text speaks of.
size_t LastAnswer(const std::string& text) {
  size_t at = text.rfind("HTTP/1.1 ");
  while (at != std::string::npos && at > 0 && std::isdigit(text[at + 9]) == 0) {
    at = text.rfind("HTTP/1.1 ", at - 1);
  }
  return at;
}

// Every answer in `text` up to the last, which must be a problem of the 4xx; empty is fine too.
void ExpectRefused(const std::string& text, const std::string& input) {
  if (text.empty()) return;
  const size_t last = LastAnswer(text);
  ASSERT_NE(last, std::string::npos) << input;
  EXPECT_EQ(text[last + 9], '4') << input << "\n" << text;
  EXPECT_NE(text.find("Connection: close\r\n", last), std::string::npos) << input;
  EXPECT_NE(text.find("Content-Type: application/problem+json\r\n", last), std::string::npos);
  const nlohmann::json problem =
      nlohmann::json::parse(text.substr(text.find("\r\n\r\n", last) + 4), nullptr, false);
  ASSERT_TRUE(problem.is_object()) << input;
  EXPECT_TRUE(problem.contains("requestID"));
}

TEST(HttpHostile, InputsAreRefusedWithinTheirDeadlines) {
  TestServer server(Routes(), Impatient());
  const std::vector<std::string> inputs = HostileInputs();
  ASSERT_GE(inputs.size(), 60u);
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (const std::string& input : inputs) {
    connections.push_back(std::make_unique<RawConnection>(server.port()));
    connections.back()->Send(input);
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string text = connections[i]->ReadToEnd();
    EXPECT_FALSE(connections[i]->timed_out()) << inputs[i];
    if (!inputs[i].starts_with("GET /%00") && !inputs[i].starts_with("GET /%c0") &&
        !inputs[i].starts_with("CONNECT")) {
      ExpectRefused(text, inputs[i]);
    } else {
      EXPECT_EQ(text[9], '4') << text;  // well-formed HTTP: refused, but the connection goes on
    }
  }
  EXPECT_EQ(server.Client().Send("GET", "/")->status, 200);
}

TEST(HttpHostile, InputsThatEndAreRefusedAtOnce) {
  HttpServerOptions patient = Impatient();
  patient.header_timeout = patient.request_timeout = patient.idle_timeout = absl::Minutes(10);
  TestServer server(Routes(), patient);
  for (const std::string& input : HostileInputs()) {
    RawConnection connection(server.port());
    connection.Send(input);
    connection.FinishSending();
    const std::string text = connection.ReadToEnd();
    EXPECT_FALSE(connection.timed_out()) << input;
    if (text.empty()) continue;
    EXPECT_EQ(text[LastAnswer(text) + 9], '4') << input << text;
  }
  EXPECT_EQ(server.Client().Send("GET", "/")->status, 200);
}

// A client that goes away at any point, in order or with a reset, leaves nothing behind.
TEST(HttpHostile, CutRequestsLeaveNothingBehind) {
  TestServer server(Routes(), Impatient());
  const std::string request = Chunked("5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n");
  for (size_t size = 0; size < request.size(); ++size) {
    RawConnection connection(server.port());
    connection.Send(std::string_view(request).substr(0, size));
    if (size % 2 == 0) connection.Reset();
  }
  EXPECT_EQ(server.Client().Send("POST", "/", {}, "hello")->body, "5");
  server.server().Drain(absl::Now() + absl::Seconds(60));
  EXPECT_EQ(server.Metric("tenantry_net_connections"), 0);
  EXPECT_EQ(server.Metric("tenantry_net_requests_in_hand"), 0);
  EXPECT_EQ(server.Metric("tenantry_net_bodies_bytes"), 0);
}

// Any bytes put into a good request give an answer below 500 or an end, never a crash or a wait.
TEST(HttpHostile, AlteredRequestsAreAnsweredOrRefused) {
  HttpServerOptions patient = Impatient();
  patient.header_timeout = patient.request_timeout = patient.idle_timeout = absl::Minutes(10);
  TestServer server(Routes(), patient);
  const std::vector<std::string> seeds = {
      Chunked("5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n"), Post("Content-Length: 5\r\n", "hello"),
      "GET /a%2Fb?x=1&y=2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAccept: */*\r\n\r\n"};
  const bool held = rc::check("altered requests", [&] {
    std::string input = *rc::gen::elementOf(seeds);
    for (int i = *rc::gen::inRange(1, 6); i > 0 && !input.empty(); --i) {
      const auto at = *rc::gen::inRange<size_t>(0, input.size());
      const char byte = *rc::gen::oneOf(rc::gen::elementOf("\r\n\0 :;,%/0aF\"\x7f\xff"s),
                                        rc::gen::arbitrary<char>());
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          input[at] = byte;
          break;
        case 1:
          input.insert(at, 1, byte);
          break;
        default:
          input.erase(at, 1);
      }
    }
    RawConnection connection(server.port());
    connection.Send(input);
    connection.FinishSending();
    const std::string text = connection.ReadToEnd();
    RC_ASSERT(!connection.timed_out());
    if (!text.empty()) RC_ASSERT(text[LastAnswer(text) + 9] < '5');
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace tenantry::net
