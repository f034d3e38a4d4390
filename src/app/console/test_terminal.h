#pragma once

#include <sstream>

#include "app/console/terminal.h"
#include "base/clock.h"
#include "base/random.h"

namespace tenantry::app::console {

/// A terminal on strings, for tests: nobody sits at it, the environment is empty, and waiting moves
/// the clock.
struct TestTerminal {
  TestTerminal() {
    terminal.sleep = [this](absl::Duration wait) { clock.Advance(wait); };
  }
  TestTerminal(const TestTerminal&) = delete;
  TestTerminal& operator=(const TestTerminal&) = delete;

  std::istringstream in;
  std::ostringstream out, err;
  base::ManualClock clock{absl::FromUnixSeconds(1'700'000'000)};
  base::SeededRandom random{1};
  Terminal terminal{.in = in, .out = out, .err = err, .clock = clock, .random = random};
};

}  // namespace tenantry::app::console
