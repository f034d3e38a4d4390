#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <string>

#include "app/console/terminal.h"
#include "app/demo/ending.h"
#include "app/server/platform.h"
#include "simulator/story_clock.h"

namespace tenantry::app::demo {

/// The measure of the demonstration.
struct StoryOptions {
  uint64_t seed = 1;
  int tenants = 24;
  int days = 120;
  absl::Time start;               ///< the first day's midnight, UTC
  std::string people_folder;      ///< for the files and settings of data scientists
  std::function<bool()> stopped;  ///< true when the listener has heard enough
};

/// Lets tenants live through the real API of a running platform, day after day by `clock`, while
/// data scientists of some bring data and run jobs; trains a model on other simulated companies and
/// has it score; prints what the jobs found and the five answers with risk and reasons. Gives what
/// there is to see afterwards. Any request that the server refuses ends the story with what it
/// said; Cancelled: it was stopped.
absl::StatusOr<StoryEnd> TellStory(console::Terminal& terminal, server::Platform& platform,
                                   simulator::StoryClock& clock, const StoryOptions& options);

}  // namespace tenantry::app::demo
