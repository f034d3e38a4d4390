#pragma once

#include <string>
#include <vector>

#include "app/console/format.h"
#include "app/console/terminal.h"
#include "app/demo/scientist.h"

namespace tenantry::app::demo {

/// What there is to see once the story is told.
struct StoryEnd {
  std::vector<ScienceRecord> scientists;
  console::Json at_risk;  ///< the company most at risk, as `churn list --json` has it; null: none
};

/// Where a story's data stays.
struct Whereabouts {
  std::string url;             ///< the server's
  std::string admin_password;  ///< of the operator's `admin`
  std::string password_file;   ///< where it is kept
  std::string kept;            ///< the folder that is kept; empty: nothing is
  bool stays_up = false;       ///< whether the server answers on after the story
};

/// Tells how to come to what the story left: the page's address, who signs in with what password,
/// and what to look at first. Of a server that ends it tells how to start one on the data, if it is
/// kept, and nothing that would not be true.
void TellEnding(console::Terminal& terminal, const StoryEnd& end, const Whereabouts& where);

/// The command that serves the data of `folder` again, as a shell takes it.
std::string ServeCommand(const std::string& folder);

}  // namespace tenantry::app::demo
