#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace tenantry::app::console {

/// All that the command line touches of the world around it, so that tests can drive it. Data goes
/// to `out`, messages and questions to `err`. Used by one thread; what it refers to outlives it.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const base::Clock& clock;
  base::Random& random;
  std::vector<std::string> environment{};  ///< "NAME=value" entries
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int columns = 0;  ///< width of `out`; 0 = unknown
  /// Shows a prompt and reads a line that is not echoed. Cancelled: the person gave up;
  /// FailedPrecondition: there is nobody to ask.
  std::function<absl::StatusOr<std::string>(std::string_view prompt)> read_password{};
  /// Waits before a retry.
  std::function<void(absl::Duration)> sleep{};
};

/// The terminal of this process: standard streams, environment, /dev/tty for passwords.
Terminal ProcessTerminal(const base::Clock& clock, base::Random& random);

/// The value of an environment variable; nothing when it is absent or empty.
std::optional<std::string> Variable(const Terminal& terminal, std::string_view name);

/// True when `out` may carry colours: it is a terminal that is not dumb, and NO_COLOR is not set.
bool UsesColour(const Terminal& terminal);

/// Writes a message for people: a line on `err`, or several; other control characters are tamed.
void Say(Terminal& terminal, std::string_view message);

/// Asks whether to do what destroys. OK: yes, or `yes` was given by flag. Cancelled: the answer was
/// no. InvalidArgument: there is nobody to ask; the message names --yes.
absl::Status Confirm(Terminal& terminal, std::string_view question, bool yes);

/// Asks for a line of text. FailedPrecondition: there is nobody to ask. Cancelled: the input ended.
absl::StatusOr<std::string> Ask(Terminal& terminal, std::string_view prompt);

/// A password: the first line of `file` where one is given ("-" is `in`), else of the file that the
/// variable `variable` names, else what the person types. InvalidArgument: none of the three (the
/// message names `flag`), or what is there is not UTF-8.
absl::StatusOr<std::string> Password(Terminal& terminal, std::string_view prompt,
                                     const std::string& file, std::string_view flag,
                                     std::string_view variable);

}  // namespace tenantry::app::console
