#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "net/test_server.h"

namespace tenantry::net {
namespace {

// A stream that writes its first piece, then whatever the test hands it, until it is cancelled.
struct Steered {
  absl::Notification began;
  absl::Notification go_on;
  absl::Notification ended;
  absl::Status last;
  std::string more = "more\n";

  std::vector<Route> Routes() {
    return {{"GET", "/stream", "stream",
             [this](const HttpRequest&) {
               HttpResponse response;
               response.headers.emplace("Content-Type", "text/plain");
               response.stream = [this](StreamWriter& writer) {
                 last = writer.Write("first\n");
                 began.Notify();
                 go_on.WaitForNotification();
                 while (last.ok()) last = writer.Write(more);
                 ended.Notify();
               };
               return response;
             }},
            {"GET", "/ten", "ten", [](const HttpRequest&) {
               HttpResponse response;
               response.headers.emplace("Content-Type", "text/plain");
               response.stream = [](StreamWriter& writer) {
                 for (int i = 0; i < 10; ++i) {
                   EXPECT_TRUE(writer.Write("").ok());
                   EXPECT_TRUE(writer.Write(std::string(static_cast<size_t>(i) * 1000, 'x')).ok());
                 }
               };
               return response;
             }}};
  }
};

TEST(HttpStream, SendsPiecesAsTheyAreWritten) {
  Steered steered;
  TestServer server(steered.Routes());
  RawConnection raw(server.port());
  raw.Send(GetRequest("/stream"));
  const RawAnswer answer = raw.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.Has("Transfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(answer.Has("Content-Length"));
  EXPECT_EQ(raw.ReadUntil("first\n\r\n"), "6\r\nfirst\n\r\n");
  EXPECT_EQ(server.Metric("tenantry_net_streams"), 1);
  steered.go_on.Notify();
  EXPECT_EQ(raw.ReadUntil("more\n\r\n"), "5\r\nmore\n\r\n");
}

TEST(HttpStream, EndsInOrder) {
  Steered steered;
  TestServer server(steered.Routes());
  HttpClient client = server.Client();
  const absl::StatusOr<ClientResponse> whole = client.Send("GET", "/ten");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->body, std::string(45'000, 'x'));
  RawConnection old(server.port());
  old.Send("GET /ten HTTP/1.0\r\n\r\n");
  const RawAnswer answer = old.Read();
  EXPECT_FALSE(answer.Has("Transfer-Encoding"));
  EXPECT_EQ(old.ReadToEnd(), std::string(45'000, 'x'));
  RawConnection head(server.port());
  head.Send("HEAD /ten HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(head.Read(true).status, 200);
  EXPECT_EQ(head.ReadToEnd(), "");
}

TEST(HttpStream, IsCancelledWhenTheClientLeaves) {
  for (const bool reset : {false, true}) {
    Steered steered;
    TestServer server(steered.Routes());
    RawConnection raw(server.port());
    raw.Send(GetRequest("/stream"));
    raw.ReadUntil("first\n");
    if (reset) {
      raw.Reset();
    } else {
      raw.Close();
    }
    steered.go_on.Notify();
    steered.ended.WaitForNotification();
    EXPECT_TRUE(absl::IsCancelled(steered.last));
  }
}

TEST(HttpStream, NoticesALeavingClientWithoutWriting) {
  absl::Notification began;
  std::promise<void> noticed;
  TestServer server({{"GET", "/quiet", "quiet", [&](const HttpRequest&) {
                        HttpResponse response;
                        response.stream = [&](StreamWriter& writer) {
                          began.Notify();
                          while (!writer.Cancelled()) std::this_thread::yield();
                          noticed.set_value();
                        };
                        return response;
                      }}});
  RawConnection raw(server.port());
  raw.Send(GetRequest("/quiet"));
  began.WaitForNotification();
  raw.Close();
  EXPECT_EQ(noticed.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_TRUE(server.server().Ready().ok()) << "it was the client that left, not the server";
}

TEST(HttpStream, IsEndedInOrderByADrain) {
  Steered steered;
  TestServer server(steered.Routes());
  RawConnection raw(server.port());
  raw.Send(GetRequest("/stream"));
  raw.ReadUntil("first\n\r\n");
  std::thread drain([&] { server.server().Drain(absl::Now() + absl::Seconds(60)); });
  while (server.server().Ready().ok()) std::this_thread::yield();
  steered.go_on.Notify();
  EXPECT_TRUE(raw.ReadToEnd().ends_with("0\r\n\r\n"));
  EXPECT_FALSE(raw.timed_out());
  drain.join();
  steered.ended.WaitForNotification();
  EXPECT_TRUE(absl::IsCancelled(steered.last));
}

TEST(HttpStream, IsEndedByStopWithoutADrain) {
  Steered steered;
  {
    TestServer server(steered.Routes());
    RawConnection raw(server.port());
    raw.Send(GetRequest("/stream"));
    raw.ReadUntil("first\n\r\n");
    steered.go_on.Notify();
  }
  EXPECT_TRUE(absl::IsCancelled(steered.last));
}

TEST(HttpStream, GivesUpOnAClientThatDoesNotRead) {
  Steered steered;
  steered.more = std::string(1 << 20, 'x');
  HttpServerOptions options;
  options.write_timeout = absl::Milliseconds(200);
  TestServer server(steered.Routes(), options);
  RawConnection raw(server.port(), 4096);
  raw.Send(GetRequest("/stream"));
  raw.ReadUntil("first\n");
  steered.go_on.Notify();
  steered.ended.WaitForNotification();
  EXPECT_TRUE(absl::IsCancelled(steered.last));
}

TEST(HttpStream, TakesAsManyAsItMay) {
  Steered steered;
  HttpServerOptions options;
  options.streams_max = 1;
  TestServer server(steered.Routes(), options);
  RawConnection first(server.port());
  first.Send(GetRequest("/stream"));
  first.ReadUntil("first\n\r\n");
  RawConnection second(server.port());
  second.Send(GetRequest("/ten"));
  const RawAnswer refused = second.Read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.Has("Retry-After: "));
  EXPECT_EQ(server.Refused("too_many_streams"), 1);
  first.Close();
  steered.go_on.Notify();
  steered.ended.WaitForNotification();
  int status = 503;
  while (status == 503) {
    second.Send(GetRequest("/ten"));
    status = second.Read().status;
  }
  EXPECT_EQ(status, 200);
  EXPECT_TRUE(second.ReadToEnd().ends_with("0\r\n\r\n"));
}

TEST(HttpStream, SurvivesAStreamThatThrows) {
  TestServer server({{"GET", "/", "throws", [](const HttpRequest&) {
                        HttpResponse response;
                        response.stream = [](StreamWriter& writer) {
                          EXPECT_TRUE(writer.Write("x").ok());
                          throw std::runtime_error("broken");
                        };
                        return response;
                      }}});
  HttpClient client = server.Client();
  EXPECT_FALSE(client.Send("GET", "/").ok());
  EXPECT_FALSE(client.Send("GET", "/").ok());
}

TEST(HttpStream, CarriesServerSentEvents) {
  base::SystemClock clock;
  TestServer server({{"GET", "/events", "events", [&](const HttpRequest& request) {
                        int first = 1;
                        const std::string_view last = request.Header("Last-Event-ID");
                        if (!last.empty()) first = std::atoi(std::string(last).c_str()) + 1;
                        return SseResponse(clock, absl::Seconds(10), [first](SseWriter& writer) {
                          for (int i = first; writer.Send({std::to_string(i), "n", "a\nb"}).ok();
                               ++i) {
                          }
                        });
                      }}});
  HttpClient client = server.Client();
  std::vector<SseEvent> events;
  Headers headers;
  for (int round = 0; round < 2; ++round) {
    const absl::StatusOr<ClientResponse> response =
        client.StreamEvents("/events", headers, [&](const SseEvent& event) {
          events.push_back(event);
          return events.size() % 50 != 0;
        });
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->Header("Content-Type"), "text/event-stream");
    headers.emplace("Last-Event-ID", events.back().id);
  }
  ASSERT_EQ(events.size(), 100u);
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].id, std::to_string(i + 1));
    EXPECT_EQ(events[i].event, "n");
    EXPECT_EQ(events[i].data, "a\nb");
  }
}

}  // namespace
}  // namespace tenantry::net
