#include "eventlog/key_partitions.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "eventlog/twins/forwarding_event_log.h"
#include "eventlog/twins/in_memory_event_log.h"

namespace tenantry::eventlog {
namespace {

using ::testing::ElementsAre;

// A log whose partitions were split and merged.
class ReshardedLog final : public ForwardingEventLog {
 public:
  using ForwardingEventLog::ForwardingEventLog;

  absl::StatusOr<std::vector<PartitionInfo>> Partitions(const StreamName& stream) override {
    const auto partition = [&](const char* name, std::vector<PartitionName> parents) {
      PartitionInfo info;
      info.id = {stream, name};
      info.parents = std::move(parents);
      return info;
    };
    // a was split into b and c, b and x merged into d; what came before x is gone.
    return std::vector<PartitionInfo>{partition("d", {"b", "x"}), partition("c", {"a"}),
                                      partition("b", {"a"}),      partition("a", {}),
                                      partition("x", {"gone"}),   partition("y", {})};
  }
  absl::StatusOr<PartitionId> PartitionOf(const StreamName& stream, std::string_view key) override {
    if (key.empty()) return base::NotFound("planted");
    return PartitionId{stream, std::string(key)};
  }
};

std::vector<std::string> Names(EventLog& log, std::string_view key) {
  std::vector<std::string> names;
  const auto found = PartitionsOfKey(log, "bigdatajobs", key);
  EXPECT_TRUE(found.ok()) << found.status();
  for (const PartitionInfo& info : *found) names.push_back(info.id.partition);
  return names;
}

TEST(PartitionsOfKey, AreThatOfNowAndThoseBefore) {
  base::ManualClock clock{absl::UnixEpoch()};
  InMemoryEventLog memory{{.kept_for = {}, .partitions = 4}, clock};
  ReshardedLog log{memory};
  EXPECT_THAT(Names(log, "y"), ElementsAre("y"));
  EXPECT_THAT(Names(log, "c"), ElementsAre("c", "a"));
  EXPECT_THAT(Names(log, "d"), ElementsAre("d", "b", "a", "x"));
  EXPECT_TRUE(absl::IsNotFound(PartitionsOfKey(log, "bigdatajobs", "").status()));
  EXPECT_TRUE(absl::IsUnavailable(PartitionsOfKey(log, "bigdatajobs", "gone").status()));
  const std::string now = memory.PartitionOf("bigdatajobs", "acme")->partition;
  EXPECT_THAT(Names(memory, "acme"), ElementsAre(now));
}

}  // namespace
}  // namespace tenantry::eventlog
