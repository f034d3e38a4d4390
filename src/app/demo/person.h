#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "app/console/terminal.h"

namespace tenantry::app::demo {

/// Somebody who sits at a terminal of their own and types commands of this program. What the
/// command line keeps for a person (logins, uploads that were broken off) lies in a folder of
/// theirs. Used by one thread.
class Person {
 public:
  /// Speaks to the server at `url`. `home` is the person's folder, made when it is absent; clock,
  /// random numbers and environment are those of `terminal`, which outlives this.
  Person(const console::Terminal& terminal, const std::string& url, std::string home);

  /// Runs a command and gives what it printed. Internal, with the command and what it said: it
  /// ended with another code than 0.
  absl::StatusOr<std::string> Do(const std::vector<std::string>& command);

  /// Writes a file of the person's and gives its path. Errors as runtime::WriteFileAtomically.
  absl::StatusOr<std::string> Write(const std::string& name, std::string_view bytes);

 private:
  const console::Terminal& terminal_;
  const std::string home_;
  std::vector<std::string> environment_;
};

}  // namespace tenantry::app::demo
