#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "simulator/tenant_life.h"

namespace tenantry::simulator {

/// What traffic is made of. Shares lie from 0 to 1.
struct TrafficOptions {
  LifeOptions life;
  double repeat = 0;  ///< of the events are sent a second time, up to ten days later
  double late = 0;    ///< of the events arrive one hour to forty days late
  double bad = 0;     ///< broken lines for each good one, which a reader must reject and pass over
};

/// How many lines there were.
struct TrafficCounts {
  uint64_t events = 0;
  uint64_t repeated = 0;  ///< lines that had come before
  uint64_t bad = 0;       ///< lines that are no event
};

/// The life of tenants as a server sees it come: CloudEvents, one JSON object a line, in the order
/// of their arrival. The same options give the same lines; event ids differ between different
/// options. Holds a day's events and those that are under way. Not thread-safe.
class Traffic {
 public:
  /// InvalidArgument when an option is out of its bounds.
  static absl::StatusOr<std::unique_ptr<Traffic>> Make(const TrafficOptions& options);

  /// The next line, without a line end; nothing at the end.
  std::optional<std::string> Next();

  /// What Next has given so far.
  const TrafficCounts& counts() const { return counts_; }

  /// How much of the simulated time is over: 0 to 1.
  double share_done() const { return life_->share_done(); }

 private:
  struct Line {
    absl::Time arrival;
    uint64_t order = 0;
    std::string text;
    bool repeated = false;
  };

  struct Later {
    bool operator()(const Line& a, const Line& b) const {
      if (a.arrival != b.arrival) return a.arrival > b.arrival;
      return a.order > b.order;
    }
  };

  Traffic(const TrafficOptions& options, std::unique_ptr<TenantLife> life);
  void Send(const Action& action);
  std::string BadLine();

  const TrafficOptions options_;
  const std::unique_ptr<TenantLife> life_;
  const std::string id_prefix_;
  base::SeededRandom random_;
  std::priority_queue<Line, std::vector<Line>, Later> under_way_;
  std::optional<Action> next_;  // of the life
  uint64_t sent_ = 0;
  uint64_t order_ = 0;
  double bad_owed_ = 0;
  TrafficCounts counts_;
};

}  // namespace tenantry::simulator
