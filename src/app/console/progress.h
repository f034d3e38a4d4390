#pragma once

#include <absl/time/time.h>

#include <string>

#include "app/console/terminal.h"

namespace tenantry::app::console {

/// A line that shows how far long work has come: rewritten in place on a terminal, nothing
/// elsewhere. Used by one thread.
class Progress {
 public:
  /// `what` names the work, `unit` what is counted ("events"). `terminal` outlives this.
  Progress(Terminal& terminal, std::string what, std::string unit);

  /// Removes the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Tells how much is done: `count` units, and `share` of the whole (0 to 1, negative when it is
  /// not known). Draws ten times a second at most.
  void Update(double count, double share);

  /// Removes the line until the next Update, so that a message can be written.
  void Clear();

 private:
  Terminal& terminal_;
  std::string what_;
  std::string unit_;
  absl::Time began_;
  absl::Time drawn_ = absl::InfinitePast();
  bool visible_ = false;
};

}  // namespace tenantry::app::console
