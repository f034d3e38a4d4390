#include "app/console/terminal.h"

#include <absl/cleanup/cleanup.h>
#include <absl/time/clock.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "app/console/format.h"
#include "base/status.h"
#include "base/utf8.h"
#include "runtime/disk/files.h"
#include "runtime/disk/paths.h"

namespace tenantry::app::console {
namespace {

constexpr int64_t kPasswordFileBytesMax = 64 * 1024;
constexpr size_t kPasswordBytesMax = 4096;

// Keys as bytes, while the terminal neither edits lines nor makes signals.
constexpr char kInterrupt = 0x03;  // Ctrl-C
constexpr char kEnd = 0x04;        // Ctrl-D
constexpr char kErase = 0x15;      // Ctrl-U
constexpr char kBackspace = 0x08;
constexpr char kDelete = 0x7f;

absl::Status GaveUp() {
  return absl::Status(absl::StatusCode::kCancelled, "given up; nothing was done");
}

void EraseLastLetter(std::string& line) {
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
  if (!line.empty()) line.pop_back();
}

/// Reads up to the end of the line from a terminal that gives every key as it is, so that none can
/// end the program and leave the terminal in that state.
absl::StatusOr<std::string> ReadHidden(int tty) {
  std::string line;
  char key = 0;
  while (true) {
    const ssize_t count = ::read(tty, &key, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || key == kInterrupt || (key == kEnd && line.empty())) return GaveUp();
    if (key == '\n' || key == '\r' || key == kEnd) return line;
    if (key == kErase) {
      line.clear();
    } else if (key == kBackspace || key == kDelete) {
      EraseLastLetter(line);
    } else {
      line += key;
    }
    if (line.size() > kPasswordBytesMax) return base::InvalidArgument("the password is too long");
  }
}

absl::StatusOr<std::string> ReadPasswordFromTty(std::string_view prompt) {
  const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (tty < 0) return base::FailedPrecondition("there is no terminal to ask for the password");
  absl::Cleanup close = [tty] { ::close(tty); };
  termios before = {};
  if (::tcgetattr(tty, &before) != 0) {
    return base::FailedPrecondition("there is no terminal to ask for the password");
  }
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
  hidden.c_cc[VMIN] = 1;
  hidden.c_cc[VTIME] = 0;
  ::tcsetattr(tty, TCSAFLUSH, &hidden);
  absl::Cleanup restore = [tty, &before] { ::tcsetattr(tty, TCSAFLUSH, &before); };
  if (::write(tty, prompt.data(), prompt.size()) < 0) {
    return base::FailedPrecondition("the terminal can't be written to");
  }
  absl::StatusOr<std::string> line = ReadHidden(tty);
  if (::write(tty, "\n", 1) < 0) return GaveUp();
  return line;
}

/// `password`, which stood `where`. What is not UTF-8 can't be sent as it is.
absl::StatusOr<std::string> Checked(absl::StatusOr<std::string> password, std::string_view where) {
  if (!password.ok() || base::IsUtf8(*password)) return password;
  return base::InvalidArgument("the password{} is not UTF-8: choose one that is", where);
}

absl::StatusOr<std::string> PasswordFromFile(Terminal& terminal, const std::string& file) {
  if (file == "-") {
    std::string line;
    if (!std::getline(terminal.in, line)) {
      return base::InvalidArgument("standard input holds no password");
    }
    return std::string(runtime::WithoutLineEnd(line));
  }
  const absl::StatusOr<std::string> bytes = runtime::ReadFile(file, kPasswordFileBytesMax);
  TENANTRY_RETURN_IF_ERROR(base::Annotate(bytes.status(), "the password's file"));
  const std::string_view first_line = std::string_view(*bytes).substr(0, bytes->find('\n'));
  return std::string(runtime::WithoutLineEnd(first_line));
}

}  // namespace

Terminal ProcessTerminal(const base::Clock& clock, base::Random& random) {
  std::ios::sync_with_stdio(false);
  winsize size = {};
  const bool has_size = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return {.in = std::cin,
          .out = std::cout,
          .err = std::cerr,
          .clock = clock,
          .random = random,
          .environment = runtime::ProcessEnvironment(),
          .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
          .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
          .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
          .columns = has_size ? size.ws_col : 0,
          .read_password = ReadPasswordFromTty,
          .sleep = [](absl::Duration wait) { absl::SleepFor(wait); }};
}

std::optional<std::string> Variable(const Terminal& terminal, std::string_view name) {
  std::optional<std::string> value = runtime::Variable(terminal.environment, name);
  if (value.has_value() && value->empty()) value.reset();
  return value;
}

bool UsesColour(const Terminal& terminal) {
  return terminal.out_is_terminal && !Variable(terminal, "NO_COLOR").has_value() &&
         Variable(terminal, "TERM").value_or("dumb") != "dumb";
}

void Say(Terminal& terminal, std::string_view message) {
  terminal.out.flush();
  for (size_t end = message.find('\n'); end != std::string_view::npos; end = message.find('\n')) {
    terminal.err << Printable(message.substr(0, end)) << '\n';
    message.remove_prefix(end + 1);
  }
  terminal.err << Printable(message) << std::endl;
}

absl::Status Confirm(Terminal& terminal, std::string_view question, bool yes) {
  if (yes) return absl::OkStatus();
  if (!terminal.in_is_terminal || !terminal.err_is_terminal) {
    return base::InvalidArgument("{} Nobody can be asked here: add --yes to do it", question);
  }
  TENANTRY_ASSIGN_OR_RETURN(const std::string answer,
                            Ask(terminal, fmt::format("{} [y/N] ", question)));
  if (answer == "y" || answer == "Y" || answer == "yes") return absl::OkStatus();
  return GaveUp();
}

absl::StatusOr<std::string> Ask(Terminal& terminal, std::string_view prompt) {
  if (!terminal.in_is_terminal || !terminal.err_is_terminal) {
    return base::FailedPrecondition("there is nobody to ask");
  }
  terminal.out.flush();
  terminal.err << Printable(prompt) << std::flush;
  std::string line;
  if (!std::getline(terminal.in, line)) return GaveUp();
  return line;
}

absl::StatusOr<std::string> Password(Terminal& terminal, std::string_view prompt,
                                     const std::string& file, std::string_view flag,
                                     std::string_view variable) {
  const std::string named = file.empty() ? Variable(terminal, variable).value_or("") : file;
  if (!named.empty()) {
    const std::string place = named == "-" ? "standard input" : named;
    return Checked(PasswordFromFile(terminal, named), " in " + place);
  }
  if (terminal.err_is_terminal && terminal.read_password) {
    return Checked(terminal.read_password(Printable(prompt)), "");
  }
  return base::InvalidArgument(
      "no password: name the file that holds it with {} or {}, or run this in a terminal", flag,
      variable);
}

}  // namespace tenantry::app::console
