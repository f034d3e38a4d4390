#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"

namespace tenantry::activity {

/// Lines of events that meet at every edge: few tenants, people, sessions and data sets, times that
/// tie, days around the windows' ends, the same ids again. For tests; from a seed.
class EventLines {
 public:
  explicit EventLines(uint64_t seed) : random_(seed) {}

  /// A number below `bound`.
  uint64_t Below(uint64_t bound) { return random_() % bound; }

  /// One of the texts.
  std::string_view Any(std::initializer_list<std::string_view> texts) {
    return texts.begin()[Below(texts.size())];
  }

  /// The next line.
  std::string Next() {
    const std::string_view type =
        Any({"tenant.created", "tenant.updated", "tenant.deleted", "user.added", "user.removed",
             "user.logged_in", "user.logged_in", "user.logged_off", "user.completed_tutorial",
             "dataset.created", "dataset.updated", "dataset.deleted", "job.submitted",
             "job.submitted", "job.started", "job.succeeded", "job.failed", "never.heard"});
    constexpr int kDays[] = {0, 1, 2, 28, 29, 30, 31, 58, 59, 60, 61, 88, 89, 90, 91, 92, 120, 200};
    const int64_t day = 20'000 + kDays[Below(std::size(kDays))];
    const int64_t millis = (day * 86'400 + static_cast<int64_t>(Below(3)) * 43'199) * 1000;
    return fmt::format(
        R"({{"specversion":"1.0","id":"e{}","source":"{}","type":"io.tenantry.{}","time":"{}",)"
        R"("tenantid":"t{}","data":{{{}}}}})",
        Below(3000), Any({"/a", "/b"}), type, base::FormatRfc3339Millis(millis), Below(4), Data());
  }

  /// So many lines.
  std::vector<std::string> Take(size_t count) {
    std::vector<std::string> lines;
    for (size_t i = 0; i < count; ++i) lines.push_back(Next());
    return lines;
  }

  /// In another order.
  void Shuffle(std::vector<std::string>& lines) {
    for (size_t i = lines.size(); i > 1; --i) std::swap(lines[i - 1], lines[Below(i)]);
  }

 private:
  std::string Data() {
    return fmt::format(
        R"("userID":"u{}","sessionID":"s{}","dataSetID":"d{}","bytes":{},"nbJobs":{},)"
        R"("tutorial":{},"name":{},"revenue":{})",
        Below(5), Below(40), Below(4), Any({"0", "7", "9007199254740992"}),
        Any({"0", "1", "9007199254740992"}), Any({"1", "1.0", "\"a\"", "\"b\"", "null"}),
        Any({"\"x\"", "\"\\ud800\"", "{ \"a b\" : [1, 2] }"}), Any({"1", "2.50", "null"}));
  }

  std::mt19937_64 random_;
};

}  // namespace tenantry::activity
