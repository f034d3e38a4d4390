#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "net/wire/answer.h"
#include "net/wire/host_port.h"
#include "net/wire/trace_context.h"

namespace tenantry::net::wire {
namespace {

constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(HostPort, ReadsAddresses) {
  const HostPort plain = *ParseHostPort("localhost:80");
  EXPECT_EQ(plain.host, "localhost");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(ParseHostPort("[::1]:0")->host, "::1");
  EXPECT_EQ(ParseHostPort("[::1]:0")->Text(), "[::1]:0");
  for (const char* text : {"", "localhost", ":80", "a:", "a:65536", "a:-1", "a:8x", "::1:80",
                           "[::1]", "[]:1", "[a]:1", "a b:1", "http://a:1", "a/:1"}) {
    EXPECT_EQ(ParseHostPort(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(HostPort, ReadsBaseUrls) {
  EXPECT_EQ(ParseBaseUrl("http://a")->address.port, 80);
  EXPECT_EQ(ParseBaseUrl("https://a/")->address.port, 443);
  EXPECT_TRUE(ParseBaseUrl("https://a")->tls);
  EXPECT_EQ(ParseBaseUrl("http://[::1]")->address.host, "::1");
  EXPECT_EQ(ParseBaseUrl("http://[::1]:81/x/y/")->address.port, 81);
  EXPECT_EQ(ParseBaseUrl("http://[::1]:81/x/y/")->prefix, "/x/y");
  for (const char* text : {"", "a:80", "ftp://a", "http://", "http://:80", "http://a:0",
                           "http://a:b", "http://u@a", "http://a?q", "http://a/#f"}) {
    EXPECT_EQ(ParseBaseUrl(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(TraceContext, TakesSaneRequestIdsOnly) {
  base::SeededRandom random(1);
  EXPECT_EQ(RequestIdFrom("abc-DEF_1.2:/+=@", random), "abc-DEF_1.2:/+=@");
  EXPECT_EQ(RequestIdFrom(std::string(128, 'x'), random), std::string(128, 'x'));
  for (const std::string& bad : {std::string(), std::string(129, 'x'), std::string("a b"),
                                 std::string("a\"b"), std::string("\xC3\xA9")}) {
    const std::string made = RequestIdFrom(bad, random);
    EXPECT_EQ(made.size(), 32u);
    EXPECT_NE(made, RequestIdFrom(bad, random));
  }
}

TEST(TraceContext, GoesOnWithATraceUnderANewSpan) {
  base::SeededRandom random(1);
  const std::string sent = fmt::format("00-{}-00f067aa0ba902b7-01", kTrace);
  const std::string next = NextTraceparent(sent, random);
  EXPECT_EQ(next.size(), 55u);
  EXPECT_EQ(next.substr(0, 36), sent.substr(0, 36));
  EXPECT_NE(next.substr(36, 16), sent.substr(36, 16));
  EXPECT_EQ(next.substr(52), "-01");
  EXPECT_EQ(NextTraceparent(sent.substr(0, 53) + "fe", random).substr(52), "-00");
  const std::string newer = "cc" + sent.substr(2) + "-what-the-future-will-be-like";
  EXPECT_EQ(NextTraceparent(newer, random).substr(0, 36), sent.substr(0, 36));
}

TEST(TraceContext, BeginsATraceWhenNoneIsValid) {
  base::SeededRandom random(1);
  const std::string good = fmt::format("00-{}-00f067aa0ba902b7-01", kTrace);
  std::string zero_trace = good;
  zero_trace.replace(3, 32, std::string(32, '0'));
  std::string zero_span = good;
  zero_span.replace(36, 16, std::string(16, '0'));
  std::string upper = good;
  upper[3] = 'A';
  for (const std::string& bad : {std::string(), zero_trace, zero_span, upper, "ff" + good.substr(2),
                                 good + "-x", good.substr(0, 54), "cc" + good.substr(2) + ".x",
                                 "0g" + good.substr(2), good.substr(0, 53) + "0x"}) {
    const std::string next = NextTraceparent(bad, random);
    ASSERT_EQ(next.size(), 55u) << bad;
    EXPECT_NE(next.substr(3, 32), good.substr(3, 32)) << bad;
    EXPECT_EQ(next.substr(0, 3), "00-");
  }
}

AnswerShape Shape() {
  AnswerShape shape;
  shape.path = "/api/v1/x";
  shape.request_id = "r1";
  shape.accepts_gzip = true;
  return shape;
}

TEST(Answer, HasTheFieldsOfEveryAnswer) {
  HttpResponse response = HttpResponse::Text(200, "hello", "text/plain");
  response.headers.emplace("Content-Length", "99");
  response.headers.emplace("transfer-encoding", "chunked");
  Answer answer = MakeAnswer(std::move(response), Shape());
  FinishHead(answer, "Date: x\r\n", true, false);
  EXPECT_EQ(answer.head,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\nX-Request-ID: r1\r\nServer: tenantry\r\n"
            "Content-Length: 5\r\nDate: x\r\n\r\n");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_FALSE(answer.close);
}

TEST(Answer, RefusesToSplitTheHead) {
  for (const char* value : {"a\r\nSet-Cookie: x=1", "a\n", "\x01", "a\x7f"}) {
    HttpResponse response = HttpResponse::NoContent();
    response.headers.emplace("X", value);
    const Answer answer = MakeAnswer(std::move(response), Shape());
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.head.find("Set-Cookie"), std::string::npos);
  }
  HttpResponse named = HttpResponse::NoContent();
  named.headers.emplace("A: b\r\nC", "d");
  EXPECT_EQ(MakeAnswer(std::move(named), Shape()).status, 500);
  HttpResponse odd;
  odd.status = 101;
  EXPECT_EQ(MakeAnswer(std::move(odd), Shape()).status, 500);
}

TEST(Answer, CompletesProblems) {
  const Answer answer = MakeAnswer(Problem(404, "Not Found", "no"), Shape());
  const nlohmann::json problem = nlohmann::json::parse(answer.body);
  EXPECT_EQ(problem["instance"], "/api/v1/x");
  EXPECT_EQ(problem["requestID"], "r1");
  EXPECT_EQ(problem["detail"], "no");
}

TEST(Answer, CompressesWhatIsLargeAndShrinks) {
  const std::string large(5000, 'x');
  const Answer json = MakeAnswer(HttpResponse::JsonText(200, large), Shape());
  EXPECT_LT(json.body.size(), 200u);
  EXPECT_NE(json.head.find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_NE(json.head.find("Vary: Accept-Encoding\r\n"), std::string::npos);
  EXPECT_EQ(MakeAnswer(HttpResponse::Text(200, large, "image/png"), Shape()).body, large);
  EXPECT_EQ(MakeAnswer(HttpResponse::JsonText(200, std::string(1024, 'x')), Shape()).body.size(),
            1024u);
  AnswerShape plain = Shape();
  plain.accepts_gzip = false;
  EXPECT_EQ(MakeAnswer(HttpResponse::JsonText(200, large), plain).body, large);
  HttpResponse encoded = HttpResponse::JsonText(200, large);
  encoded.headers.emplace("Content-Encoding", "br");
  EXPECT_EQ(MakeAnswer(std::move(encoded), Shape()).body, large);
}

TEST(Answer, SaysNothingAfterHeadsThatHaveNoBody) {
  AnswerShape head = Shape();
  head.head_only = true;
  const Answer to_head = MakeAnswer(HttpResponse::Text(200, "12345", "text/plain"), head);
  EXPECT_NE(to_head.head.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_EQ(to_head.body, "");
  HttpResponse not_modified = HttpResponse::Text(304, "12345", "text/plain");
  const Answer to_cache = MakeAnswer(std::move(not_modified), Shape());
  EXPECT_EQ(to_cache.body, "");
  EXPECT_EQ(to_cache.head.find("Content-Length"), std::string::npos);
}

}  // namespace
}  // namespace tenantry::net::wire
