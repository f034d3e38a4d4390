#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "net/test_server.h"
#include "net/wire/gzip.h"

namespace tenantry::net {
namespace {

using ::testing::HasSubstr;

HttpResponse Size(const HttpRequest& request) {
  return HttpResponse::Text(200, std::to_string(request.body.size()), "text/plain");
}

std::vector<Route> Routes() {
  Route large{"POST", "/large", "large", Size};
  large.body_limit = {100'000, "rooms.large_bytes_max"};
  return {{"POST", "/size", "size", Size}, {"GET", "/size", "getSize", Size}, large};
}

HttpServerOptions Small() {
  HttpServerOptions options;
  options.header_bytes_max = 2000;
  options.body_bytes_max = 10'000;
  return options;
}

void ExpectProblem(const RawAnswer& answer, int status) {
  EXPECT_EQ(answer.status, status) << answer.head;
  EXPECT_TRUE(answer.Has("application/problem+json"));
  const nlohmann::json problem = nlohmann::json::parse(answer.body, nullptr, false);
  ASSERT_TRUE(problem.is_object()) << answer.body;
  EXPECT_EQ(problem["status"], status);
  EXPECT_FALSE(problem["requestID"].get<std::string>().empty());
  EXPECT_FALSE(problem["detail"].get<std::string>().empty());
  EXPECT_EQ(answer.Has("Retry-After: "), status == 503);
}

TEST(HttpLimits, RefusesLargeHeads) {
  TestServer server(Routes(), Small());
  RawConnection fits(server.port());
  const std::string start = "GET /size HTTP/1.1\r\nHost: h\r\nX: ";
  fits.Send(start + std::string(2000 - start.size() - 4, 'x') + "\r\n\r\n");
  EXPECT_EQ(fits.Read().status, 200);
  fits.Send(start + std::string(2001 - start.size() - 4, 'x') + "\r\n\r\n");
  ExpectProblem(fits.Read(), 431);
  EXPECT_EQ(fits.ReadToEnd(), "");
  RawConnection endless(server.port());
  endless.Send("GET /" + std::string(100'000, 'x'));
  ExpectProblem(endless.Read(), 431);
  EXPECT_EQ(server.Refused("header_too_large"), 2);
}

TEST(HttpLimits, RefusesLargeBodiesBeforeTheyCome) {
  TestServer server(Routes(), Small());
  RawConnection raw(server.port());
  raw.Send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 10001\r\n\r\n");
  const RawAnswer refused = raw.Read();
  ExpectProblem(refused, 413);
  EXPECT_THAT(refused.body, HasSubstr("the server's net.body_bytes_max raised"));
  RawConnection huge(server.port());
  huge.Send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n");
  ExpectProblem(huge.Read(), 413);
  EXPECT_EQ(server.Refused("body_too_large"), 2);
  RawConnection fits(server.port());
  fits.Send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n" +
            std::string(10'000, 'x'));
  EXPECT_EQ(fits.Read().body, "10000");
}

TEST(HttpLimits, RefusesLargeChunkedBodies) {
  TestServer server(Routes(), Small());
  const std::string head = "POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  RawConnection one(server.port());
  one.Send(head + "2711\r\n");
  const RawAnswer refused = one.Read();
  ExpectProblem(refused, 413);
  EXPECT_THAT(refused.body, HasSubstr("the server's net.body_bytes_max raised"));
  RawConnection many(server.port());
  std::string body;
  for (int i = 0; i < 101; ++i) body += "64\r\n" + std::string(100, 'x') + "\r\n";
  many.Send(head + body);
  ExpectProblem(many.Read(), 413);
  RawConnection fits(server.port());
  fits.Send(head + "2710\r\n" + std::string(10'000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(fits.Read().body, "10000");
}

TEST(HttpLimits, RoutesMayHaveLimitsOfTheirOwn) {
  TestServer server(Routes(), Small());
  RawConnection raw(server.port());
  raw.Send("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" +
           std::string(100'000, 'x'));
  EXPECT_EQ(raw.Read().body, "100000");
  raw.Send("POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n");
  const RawAnswer refused = raw.Read();
  ExpectProblem(refused, 413);
  EXPECT_THAT(refused.body, HasSubstr("the server's rooms.large_bytes_max raised"));
}

TEST(HttpLimits, RefusesZipBombs) {
  TestServer server(Routes(), Small());
  const std::string bomb = wire::Gzip(std::string(8 << 20, '\0'));
  ASSERT_LT(bomb.size(), 10'000u * 4);
  RawConnection raw(server.port());
  raw.Send(
      fmt::format("POST /large HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n"
                  "Content-Length: {}\r\n\r\n{}",
                  bomb.size(), bomb));
  const RawAnswer refused = raw.Read();
  ExpectProblem(refused, 413);
  EXPECT_THAT(refused.body, HasSubstr("the server's rooms.large_bytes_max raised"));
  EXPECT_EQ(server.Refused("body_too_large"), 1);
}

TEST(HttpLimits, GivesUpOnSlowHeads) {
  HttpServerOptions options;
  options.header_timeout = absl::Milliseconds(200);
  TestServer server(Routes(), options);
  RawConnection slow(server.port());
  slow.Send("GET /size HTTP/1.1\r\nHost:");
  ExpectProblem(slow.Read(), 408);
  EXPECT_EQ(slow.ReadToEnd(), "");
  EXPECT_FALSE(slow.timed_out());
  EXPECT_EQ(server.Refused("timeout"), 1);
  RawConnection silent(server.port());
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_FALSE(silent.timed_out());
}

TEST(HttpLimits, GivesUpOnSlowBodies) {
  HttpServerOptions options;
  options.request_timeout = absl::Milliseconds(200);
  TestServer server(Routes(), options);
  RawConnection slow(server.port());
  slow.Send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123");
  ExpectProblem(slow.Read(), 408);
  EXPECT_EQ(slow.ReadToEnd(), "");
  EXPECT_FALSE(slow.timed_out());
}

TEST(HttpLimits, ClosesIdleConnectionsWithoutAWord) {
  HttpServerOptions options;
  options.idle_timeout = absl::Milliseconds(200);
  TestServer server(Routes(), options);
  RawConnection idle(server.port());
  idle.Send(GetRequest("/size"));
  EXPECT_EQ(idle.Read().status, 200);
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_FALSE(idle.timed_out());
}

TEST(HttpLimits, RefusesConnectionsPastTheLimit) {
  HttpServerOptions options;
  options.connections_max = 2;
  TestServer server(Routes(), options);
  RawConnection first(server.port());
  RawConnection second(server.port());
  for (RawConnection* connection : {&first, &second}) {
    connection->Send(GetRequest("/size"));
    EXPECT_EQ(connection->Read().status, 200);
  }
  RawConnection third(server.port());
  third.Send(GetRequest("/size"));
  ExpectProblem(third.Read(), 503);
  EXPECT_EQ(third.ReadToEnd(), "");
  EXPECT_EQ(server.Refused("too_many_connections"), 1);
  first.Send("GET /size HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  first.ReadToEnd();
  first.Close();
  // Its place becomes free once the server has seen its end.
  int status = 503;
  while (status == 503) {
    RawConnection next(server.port());
    next.Send(GetRequest("/size"));
    status = next.Read().status;
  }
  EXPECT_EQ(status, 200);
}

// Handlers that wait until the test lets them go.
struct Gated {
  absl::Notification entered;
  absl::Notification may_end;

  std::vector<Route> Routes() {
    return {{"GET", "/wait", "wait",
             [this](const HttpRequest&) {
               if (!entered.HasBeenNotified()) entered.Notify();
               may_end.WaitForNotification();
               return HttpResponse::Text(200, "waited", "text/plain");
             }},
            {"POST", "/size", "size", Size}};
  }
};

TEST(HttpLimits, RefusesWhatThePoolHasNoRoomFor) {
  Gated gated;
  HttpServerOptions options;
  options.handler_threads = 1;
  options.handler_queue_max = 1;
  TestServer server(gated.Routes(), options);
  RawConnection running(server.port());
  running.Send(GetRequest("/wait"));
  gated.entered.WaitForNotification();
  RawConnection a(server.port());
  RawConnection b(server.port());
  a.Send(GetRequest("/wait"));
  b.Send(GetRequest("/wait"));
  while (server.Refused("queue_full") < 1) std::this_thread::yield();
  gated.may_end.Notify();
  const RawAnswer from_a = a.Read();
  const RawAnswer from_b = b.Read();
  EXPECT_EQ(running.Read().body, "waited");
  ExpectProblem(from_a.status == 503 ? from_a : from_b, 503);
  EXPECT_EQ((from_a.status == 503 ? from_b : from_a).body, "waited");
  // A refusal does not cost the connection.
  a.Send(GetRequest("/wait"));
  EXPECT_EQ(a.Read().body, "waited");
}

TEST(HttpLimits, RefusesRequestsPastTheLimit) {
  Gated gated;
  HttpServerOptions options;
  options.requests_max = 1;
  TestServer server(gated.Routes(), options);
  RawConnection running(server.port());
  running.Send(GetRequest("/wait"));
  gated.entered.WaitForNotification();
  EXPECT_EQ(server.Metric("tenantry_net_requests_in_hand"), 1);
  RawConnection refused(server.port());
  refused.Send(GetRequest("/wait"));
  ExpectProblem(refused.Read(), 503);
  EXPECT_EQ(server.Refused("too_many_requests"), 1);
  gated.may_end.Notify();
  EXPECT_EQ(running.Read().body, "waited");
}

TEST(HttpLimits, RefusesBodiesThatTogetherAreTooLarge) {
  HttpServerOptions options;
  options.bodies_bytes_max = 1 << 20;
  TestServer server(Routes(), options);
  RawConnection holds(server.port());
  holds.Send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
             std::string(999'999, 'x'));
  while (server.Metric("tenantry_net_bodies_bytes") < 999'999) std::this_thread::yield();
  RawConnection refused(server.port());
  refused.Send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" +
               std::string(100'000, 'x'));
  ExpectProblem(refused.Read(), 503);
  EXPECT_EQ(server.Refused("too_many_bodies"), 1);
  holds.Send("x");
  EXPECT_EQ(holds.Read().body, "1000000");
}

TEST(HttpLimits, AnswersForHandlersThatTakeTooLong) {
  Gated gated;
  HttpServerOptions options;
  options.request_timeout = absl::Milliseconds(200);
  TestServer server(gated.Routes(), options);
  RawConnection raw(server.port());
  raw.Send(GetRequest("/wait"));
  ExpectProblem(raw.Read(), 504);
  EXPECT_EQ(raw.ReadToEnd(), "");
  gated.may_end.Notify();
}

TEST(HttpLimits, CutsOffClientsThatDoNotRead) {
  HttpServerOptions options;
  options.write_timeout = absl::Milliseconds(200);
  TestServer server({{"GET", "/huge", "huge",
                      [](const HttpRequest&) {
                        return HttpResponse::Text(200, std::string(64 << 20, 'x'), "image/png");
                      }}},
                    options);
  RawConnection raw(server.port(), 4096);
  raw.Send(GetRequest("/huge"));
  EXPECT_EQ(raw.Read(true).status, 200);
  // Draining ends as soon as no connection is left.
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  server.server().Drain(deadline);
  EXPECT_LT(absl::Now(), deadline);
}

}  // namespace
}  // namespace tenantry::net
