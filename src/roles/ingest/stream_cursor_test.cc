#include "roles/ingest/stream_cursor.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/status.h"
#include "eventlog/twins/in_memory_event_log.h"
#include "net/sse.h"
#include "roles/http/door_test_env.h"
#include "roles/ingest/ingest_role.h"

namespace tenantry::roles {
namespace {

using eventlog::LogOffset;
using eventlog::LogPositions;

constexpr const char* kStream = "bigdatajobs";

LogOffset Offset(std::string_view text) { return *LogOffset::Parse(text); }

TEST(StreamCursor, ReadsWhatItShows) {
  const LogPositions several = {{{kStream, "0"}, LogOffset(7)},
                                {{kStream, "1"}, LogOffset()},
                                {{kStream, "shardId-000000000003"}, Offset(std::string(56, '9'))}};
  EXPECT_EQ(ShowCursor(several), "0:7,1:0,shardId-000000000003:" + std::string(56, '9'));
  EXPECT_EQ(*ReadCursor(kStream, ShowCursor(several)), several);
  const LogPositions one = {{{kStream, "0"}, LogOffset(18446744073709551615u)}};
  EXPECT_EQ(*ReadCursor(kStream, ShowCursor(one)), one);
}

TEST(StreamCursor, RefusesWhatIsNoPlaceOfAStream) {
  const std::string long_number(81, '1');
  for (const std::string& text : std::vector<std::string>{std::string(),
                                                          std::string("0"),
                                                          std::string(":"),
                                                          std::string("0:"),
                                                          std::string(":5"),
                                                          std::string("0:-1"),
                                                          std::string("0:+1"),
                                                          std::string("0:01"),
                                                          std::string("0: 1"),
                                                          std::string("0:1 "),
                                                          std::string("0:x"),
                                                          std::string("0:1:2"),
                                                          std::string("0:1,"),
                                                          std::string(",0:1"),
                                                          std::string("0:1,,1:1"),
                                                          std::string("0:1,0:2"),
                                                          std::string("0:1,0:1"),
                                                          std::string("0:1;1:1"),
                                                          std::string("0:1.5"),
                                                          std::string("0:1e3"),
                                                          "0:" + long_number,
                                                          std::string("0:1\0", 4),
                                                          std::string("\xff"),
                                                          std::string(","),
                                                          std::string(100'000, ','),
                                                          std::string(100'000, '0')}) {
    const auto positions = ReadCursor(kStream, text);
    EXPECT_TRUE(absl::IsInvalidArgument(positions.status())) << text.substr(0, 100);
    EXPECT_LT(positions.status().message().size(), 200u);
  }
}

// Takes what a stream sends; goes away when the stream has nothing more, unless `when_idle` says to
// wait on.
class Reader final : public net::StreamWriter {
 public:
  absl::Status Write(std::string_view bytes) override {
    return parser_.Feed(bytes, [this](const net::SseEvent& event) {
      events.push_back(event);
      return true;
    });
  }
  bool Cancelled() const override { return !when_idle || !when_idle(); }

  std::vector<net::SseEvent> events;
  std::function<bool()> when_idle;

 private:
  net::SseParser parser_;
};

class FollowStream : public testing::Test {
 protected:
  FollowStream() {
    const char* tenants[] = {"a", "b", "a", "b", "b", "a"};
    for (size_t i = 0; i < std::size(tenants); ++i) Append(tenants[i], i);
  }

  void Append(const std::string& tenant, size_t number) {
    const std::string value = fmt::format("{{\"n\":\n{},\"of\":\"{}\"}}", number, tenant);
    ASSERT_TRUE(log_.Append(kStream, {{tenant, value}}).ok());
  }

  net::HttpResponse Follow(const std::string& token, const std::string& last = "",
                           const std::string& from = "", const std::string& stream = kStream) {
    IngestRole role(log_, env_.clock(), env_.door(), options_, metrics_);
    net::HttpRequest request = DoorTestEnv::Request("GET", "/api/v1/streams/" + stream, token);
    request.path_params["stream"] = stream;
    if (!last.empty()) request.headers.emplace("Last-Event-ID", last);
    if (!from.empty()) request.query.emplace("from", from);
    auto routes = role.Routes();
    net::HttpResponse response = routes.at(1).handler(request);
    Reader reader;
    reader.when_idle = when_idle_;
    if (response.stream) response.stream(reader);
    events_ = std::move(reader.events);
    return response;
  }

  // The numbers of what came.
  std::vector<int> Numbers() const {
    std::vector<int> numbers;
    for (const auto& event : events_) {
      EXPECT_EQ(event.event, "");
      EXPECT_EQ(event.data.find('\n'), std::string::npos);
      numbers.push_back(nlohmann::json::parse(event.data).at("n").get<int>());
    }
    return numbers;
  }

  static std::string Detail(const net::HttpResponse& response) {
    return nlohmann::json::parse(response.body).at("detail").get<std::string>();
  }

  static eventlog::EventLogOptions LogOptions() {
    eventlog::EventLogOptions options;
    options.partitions = 1;
    options.retention = absl::Hours(1);
    options.kept_for = {};
    return options;
  }

  DoorTestEnv env_;
  IngestOptions options_;
  runtime::Metrics metrics_;
  eventlog::InMemoryEventLog log_{LogOptions(), env_.clock()};
  const std::string operator_ = env_.Token(identity::Role::kAnalyst);
  const std::string a_ = env_.Token(identity::Role::kScientist, "a");
  std::vector<net::SseEvent> events_;
  std::function<bool()> when_idle_;
};

// However the clock is set: it stands still here.
TEST_F(FollowStream, EndsOnceTheReaderMayNoLonger) {
  options_.stream_check_interval = absl::Milliseconds(1);
  int rounds = 0;
  when_idle_ = [&] {
    if (++rounds == 3) {
      const auto suspend = [](tenants::Tenant& tenant) {
        tenant.status = tenants::TenantStatus::kSuspended;
        return absl::OkStatus();
      };
      const auto changed =
          env_.registry().Update(base::TenantId("a"), std::nullopt, suspend, {"test", "r"});
      EXPECT_TRUE(changed.ok()) << changed.status();
    }
    return rounds < 100;
  };
  Follow(a_, "", "oldest");
  ASSERT_EQ(events_.size(), 4u);
  EXPECT_EQ(events_.back().event, "error");
  EXPECT_NE(events_.back().data.find("suspended"), std::string::npos);
  EXPECT_LT(rounds, 6) << "it ends at the next look, not with the client";
}

TEST_F(FollowStream, ATenantHasItsShareOfStreams) {
  StreamPlaces places(2);
  const auto a = base::TenantId("a"), b = base::TenantId("b");
  auto first = *places.Take(a);
  const auto second = *places.Take(a);
  EXPECT_TRUE(absl::IsResourceExhausted(places.Take(a).status()));
  EXPECT_TRUE(places.Take(b).ok()) << "another tenant has its own";
  EXPECT_TRUE(places.Take(std::nullopt).ok()) << "the operator's are not counted";
  auto copy = first;
  first.reset();
  EXPECT_FALSE(places.Take(a).ok()) << "a copy is held still";
  copy.reset();
  EXPECT_TRUE(places.Take(a).ok());
}

TEST_F(FollowStream, BeginsAtTheEndUnlessTold) {
  EXPECT_EQ(Follow(operator_).status, 200);
  EXPECT_EQ(Numbers(), std::vector<int>{});
  Follow(operator_, "", "newest");
  EXPECT_EQ(Numbers(), std::vector<int>{});
  Follow(operator_, "", "oldest");
  EXPECT_EQ(Numbers(), (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST_F(FollowStream, ShowsATenantItsOwnAlone) {
  Follow(a_, "", "oldest");
  EXPECT_EQ(Numbers(), (std::vector<int>{0, 2, 5}));
  Follow(a_, "0:0");
  EXPECT_EQ(Numbers(), (std::vector<int>{0, 2, 5}));
  const std::string stranger = env_.Token(identity::Role::kTenantAdmin, "c");
  Follow(stranger, "", "oldest");
  EXPECT_EQ(Numbers(), std::vector<int>{});
}

TEST_F(FollowStream, GoesOnAfterEveryEventWithoutLossOrRepeat) {
  for (const std::string& token : {operator_, a_}) {
    Follow(token, "", "oldest");
    const auto all = events_;
    const auto numbers = Numbers();
    for (size_t i = 0; i < all.size(); ++i) {
      ASSERT_EQ(Follow(token, all[i].id).status, 200) << all[i].id;
      EXPECT_EQ(Numbers(),
                std::vector<int>(numbers.begin() + static_cast<int>(i) + 1, numbers.end()));
    }
  }
}

TEST_F(FollowStream, BeginsAtATime) {
  const absl::Time later = env_.clock().Now() + absl::Seconds(10);
  env_.clock().Set(later);
  Append("a", 6);
  Follow(operator_, "", absl::FormatTime(absl::RFC3339_full, later, absl::UTCTimeZone()));
  EXPECT_EQ(Numbers(), std::vector<int>{6});
  for (const char* wrong : {"yesterday", "2025-13-01T00:00:00Z", "0", "Oldest", "\xff"}) {
    EXPECT_EQ(Follow(operator_, "", wrong).status, 400) << wrong;
  }
}

TEST_F(FollowStream, RefusesALastEventIdOfTheFutureAndOfElsewhere) {
  EXPECT_EQ(Follow(operator_, "0:6").status, 200);
  for (const std::string& last :
       {std::string("0:7"), "0:" + std::string(80, '9'), std::string("0:18446744073709551616")}) {
    const net::HttpResponse refused = Follow(operator_, last);
    EXPECT_EQ(refused.status, 400) << last;
    EXPECT_NE(Detail(refused).find("past the end"), std::string::npos);
  }
  for (const char* last : {"1:0", "shardId-000000000000:5", "x", "0:1,0:2"}) {
    const net::HttpResponse refused = Follow(operator_, last);
    EXPECT_EQ(refused.status, 400) << last;
    EXPECT_NE(Detail(refused).find("Last-Event-ID"), std::string::npos);
  }
}

TEST_F(FollowStream, AnswersGoneForWhatIsNoLongerKept) {
  env_.clock().Advance(absl::Hours(2));
  Append("a", 6);
  ASSERT_TRUE(log_.SweepRetention().ok());
  const auto partitions = log_.Partitions(kStream);
  ASSERT_EQ(partitions->front().begin, LogOffset(6));
  for (const char* last : {"0:3", "0:5", "0:0"}) {
    const net::HttpResponse refused = Follow(operator_, last);
    EXPECT_EQ(refused.status, 410) << last;
    EXPECT_NE(Detail(refused).find("from=oldest"), std::string::npos);
  }
  EXPECT_EQ(Follow(operator_, "0:6").status, 200);
  EXPECT_EQ(Numbers(), std::vector<int>{6});
}

TEST_F(FollowStream, AnswersAnUnknownStream404AndAStranger401) {
  EXPECT_EQ(Follow(operator_, "", "", "nothing").status, 404);
  EXPECT_EQ(Follow(operator_, "", "", "").status, 404);
  EXPECT_EQ(Follow("").status, 401);
  EXPECT_TRUE(events_.empty());
}

}  // namespace
}  // namespace tenantry::roles
