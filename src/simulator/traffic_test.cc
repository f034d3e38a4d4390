#include "simulator/traffic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/status.h"
#include "events/event_codec.h"
#include "simulator/life_events.h"

namespace tenantry::simulator {
namespace {

constexpr LifeOptions kLife{.seed = 6, .tenants = 8, .days = 60};

struct Sent {
  std::vector<std::string> lines;
  TrafficCounts counts;
};

Sent Send(const TrafficOptions& options) {
  auto traffic = Traffic::Make(options);
  EXPECT_TRUE(traffic.ok()) << traffic.status();
  Sent sent;
  while (auto line = (*traffic)->Next()) sent.lines.push_back(*std::move(line));
  sent.counts = (*traffic)->counts();
  return sent;
}

size_t LivesActions() {
  const auto life = TenantLife::Make(kLife);
  size_t count = 0;
  while ((*life)->Next()) ++count;
  return count;
}

TEST(Traffic, IsTheLifeInOrderWithoutTroubles) {
  const Sent sent = Send({.life = kLife});
  EXPECT_EQ(sent.lines.size(), LivesActions());
  EXPECT_EQ(sent.counts.events, sent.lines.size());
  EXPECT_EQ(sent.counts.repeated + sent.counts.bad, 0u);
  events::EventParser parser;
  base::Instant last;
  std::set<std::string> ids;
  for (const std::string& line : sent.lines) {
    events::EventView event;
    ASSERT_TRUE(parser.Parse(line, event).ok()) << line;
    EXPECT_LE(last, event.time);
    EXPECT_TRUE(ids.insert(std::string(event.id)).second);
    last = event.time;
  }
}

TEST(Traffic, RepeatsWholeLinesAfterTheirFirst) {
  const Sent sent = Send({.life = kLife, .repeat = 0.2});
  std::set<std::string> seen;
  uint64_t repeated = 0;
  for (const std::string& line : sent.lines) repeated += seen.insert(line).second ? 0 : 1;
  EXPECT_EQ(seen.size(), LivesActions());
  EXPECT_EQ(repeated, sent.counts.repeated);
  EXPECT_NEAR(static_cast<double>(repeated) / static_cast<double>(seen.size()), 0.2, 0.03);
}

TEST(Traffic, LetsAShareComeLateAndLosesNone) {
  const Sent punctual = Send({.life = kLife});
  Sent late = Send({.life = kLife, .late = 0.1});
  events::EventParser parser;
  base::Instant greatest;
  double behind = 0;
  int64_t furthest = 0;
  for (const std::string& line : late.lines) {
    events::EventView event;
    ASSERT_TRUE(parser.Parse(line, event).ok());
    if (event.time.seconds + 3'000 < greatest.seconds) behind += 1;
    furthest = std::max(furthest, greatest.seconds - event.time.seconds);
    greatest = std::max(greatest, event.time);
  }
  EXPECT_NEAR(behind / static_cast<double>(late.lines.size()), 0.1, 0.03);
  EXPECT_GT(furthest, 20 * 86'400);
  EXPECT_LE(furthest, 40 * 86'400);
  auto in_order = punctual.lines;
  std::sort(in_order.begin(), in_order.end());
  std::sort(late.lines.begin(), late.lines.end());
  EXPECT_EQ(late.lines, in_order);
}

TEST(Traffic, MixesInLinesThatAreNoEvents) {
  const Sent sent = Send({.life = kLife, .bad = 0.25});
  events::EventParser parser;
  uint64_t rejected = 0;
  std::set<std::string> reasons;
  for (const std::string& line : sent.lines) {
    events::EventView event;
    const absl::Status status = parser.Parse(line, event);
    rejected += status.ok() ? 0 : 1;
    if (!status.ok()) reasons.insert(std::string(base::Message(status)));
  }
  EXPECT_EQ(rejected, sent.counts.bad);
  EXPECT_NEAR(static_cast<double>(rejected) / static_cast<double>(sent.counts.events), 0.25, 0.05);
  EXPECT_GE(reasons.size(), 8u);
}

TEST(Traffic, IsTheSameForTheSameOptionsAndHasOtherIdsForOthers) {
  const TrafficOptions options{.life = kLife, .repeat = 0.1, .late = 0.1, .bad = 0.1};
  EXPECT_EQ(Send(options).lines, Send(options).lines);
  TrafficOptions other{.life = kLife};
  other.life.days = 61;
  EXPECT_NE(Send({.life = kLife}).lines.front(), Send(other).lines.front());
}

TEST(Traffic, RefusesSharesOutOfBounds) {
  EXPECT_FALSE(Traffic::Make({.repeat = 1.1}).ok());
  EXPECT_FALSE(Traffic::Make({.late = -0.1}).ok());
  EXPECT_FALSE(Traffic::Make({.bad = 11}).ok());
  EXPECT_FALSE(Traffic::Make({.life = {.tenants = 0}}).ok());
}

}  // namespace
}  // namespace tenantry::simulator
