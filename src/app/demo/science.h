#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/console/terminal.h"
#include "app/demo/life_player.h"
#include "app/demo/scientist.h"
#include "simulator/science/scientist_plan.h"
#include "simulator/story_clock.h"

namespace tenantry::app::demo {

/// The data scientists of a story: who is due next, and what came of all their work. Used by one
/// thread.
class Science {
 public:
  /// Who works where, and on what data.
  struct Plan {
    std::vector<simulator::science::ScientistPlan> scientists;
    uint64_t seed = 1;
    std::string folder;             ///< for their files and settings
    std::function<bool()> stopped;  ///< true when the work is to end early
  };

  /// `terminal` outlives this; the server answers at `url`.
  Science(const console::Terminal& terminal, const std::string& url, Plan plan);

  /// When the next of them is due; nothing when all have done their work.
  std::optional<absl::Time> next() const;

  /// Moves the clock to next() and lets it run while that scientist works, who joins the tenant the
  /// first time; `admin` speaks for the operator. Errors as Scientist::Work.
  absl::Status VisitNext(LifePlayer& admin, simulator::StoryClock& clock);

  /// Tells what was done and found: the results as tables on `out`, the rest as messages.
  void Tell(console::Terminal& terminal) const;

  /// Who they are and what came of it.
  std::vector<ScienceRecord> records() const;

 private:
  // Somebody comes at a time.
  struct Due {
    absl::Time time;
    size_t scientist = 0;
    int visit = 0;
  };

  const Plan plan_;
  std::vector<Scientist> scientists_;
  std::vector<Due> due_;  // the next one last
};

}  // namespace tenantry::app::demo
