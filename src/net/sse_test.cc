#include "net/sse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tenantry::net {
namespace {

std::vector<SseEvent> Parse(std::string_view text, size_t step) {
  SseParser parser;
  std::vector<SseEvent> events;
  for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) {
    const absl::Status status = parser.Feed(text.substr(0, step), [&](const SseEvent& event) {
      events.push_back(event);
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  return events;
}

class RecordingWriter final : public StreamWriter {
 public:
  absl::Status Write(std::string_view bytes) override {
    if (cancelled) return absl::CancelledError("gone");
    written += bytes;
    return absl::OkStatus();
  }
  bool Cancelled() const override { return cancelled; }

  std::string written;
  bool cancelled = false;
};

TEST(Sse, FormatsFieldsAndLines) {
  EXPECT_EQ(FormatSse({"7", "tick", "a\nb"}), "id: 7\nevent: tick\ndata: a\ndata: b\n\n");
  EXPECT_EQ(FormatSse({"", "", ""}), "data: \n\n");
  EXPECT_EQ(FormatSse({"", "", "a\r\nb\rc\n"}), "data: a\ndata: b\ndata: c\ndata: \n\n");
  EXPECT_EQ(FormatSse({"1\n2", "x\r\ndata: forged", ""}),
            "id: 12\nevent: xdata: forged\ndata: \n\n");
  EXPECT_EQ(FormatSseComment("hi"), ": hi\n\n");
  EXPECT_EQ(FormatSsePlace("0:7\n,1:2"), "id: 0:7,1:2\n\n");
}

TEST(Sse, ParsesAsTheStandardSays) {
  const std::string text =
      "\xEF\xBB\xBF: comment\n\ndata: YHOO\ndata: +2\ndata: 10\n\n"
      "data\n\ndata\ndata\n\ndata:no space\r\rid: 1\revent: add\r\ndata: x\r\n\r\n"
      "id\nretry: 10\nunknown: y\n\nevent: lost\n\ndata:  two\n\ndata: never ended";
  for (size_t step = 1; step <= text.size(); ++step) {
    const std::vector<SseEvent> events = Parse(text, step);
    ASSERT_EQ(events.size(), 6u) << step;
    EXPECT_EQ(events[0].data, "YHOO\n+2\n10");
    EXPECT_EQ(events[1].data, "");
    EXPECT_EQ(events[2].data, "\n");
    EXPECT_EQ(events[3].data, "no space");
    EXPECT_EQ(events[3].id, "");
    EXPECT_EQ(events[4].data, "x");
    EXPECT_EQ(events[4].id, "1");
    EXPECT_EQ(events[4].event, "add");
    EXPECT_EQ(events[5].data, " two");
    EXPECT_EQ(events[5].id, "");
    EXPECT_EQ(events[5].event, "");
  }
}

RC_GTEST_PROP(Sse, ParsesWhatItFormats, (std::string data, std::string kind, uint8_t step)) {
  std::erase_if(data, [](char c) { return c == '\r'; });
  std::erase_if(kind, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  const std::string text = FormatSse({"4", kind, data}) + FormatSseComment("x");
  const std::vector<SseEvent> events = Parse(text, step + 1u);
  RC_ASSERT(events.size() == 1u);
  RC_ASSERT(events[0].data == data);
  RC_ASSERT(events[0].event == kind);
  RC_ASSERT(events[0].id == "4");
}

TEST(Sse, RefusesEventsThatNeverEnd) {
  SseParser parser(1000);
  const std::string line = "data: " + std::string(300, 'x') + "\n";
  absl::Status status;
  for (int i = 0; i < 10 && status.ok(); ++i) {
    status = parser.Feed(line, [](const SseEvent&) { return true; });
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

TEST(Sse, SendsHeartbeatsWhenTheyAreDue) {
  base::ManualClock clock(absl::FromUnixSeconds(1000));
  RecordingWriter stream;
  SseWriter writer(stream, clock, absl::Seconds(10));
  EXPECT_EQ(writer.UntilHeartbeat(), absl::Seconds(10));
  clock.Advance(absl::Seconds(9));
  EXPECT_TRUE(writer.Idle().ok());
  EXPECT_EQ(stream.written, "");
  EXPECT_EQ(writer.UntilHeartbeat(), absl::Seconds(1));
  clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(writer.Idle().ok());
  EXPECT_EQ(stream.written, ": heartbeat\n\n");
  clock.Advance(absl::Seconds(5));
  EXPECT_TRUE(writer.Send({"", "", "x"}).ok());
  EXPECT_EQ(writer.UntilHeartbeat(), absl::Seconds(10));
  clock.Set(absl::FromUnixSeconds(0));
  EXPECT_LE(writer.UntilHeartbeat(), absl::Seconds(10));
  stream.cancelled = true;
  EXPECT_TRUE(absl::IsCancelled(writer.Idle()));
  EXPECT_TRUE(absl::IsCancelled(writer.Send({"", "", "x"})));
}

}  // namespace
}  // namespace tenantry::net
