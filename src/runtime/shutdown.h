#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>
#include <string_view>

namespace tenantry::runtime {

/// Turns SIGINT and SIGTERM into something to wait for. At most one lives in a process, made before
/// any other thread starts, since threads take the signal mask of their maker. Children made by
/// fork and exec take it too: whoever makes one empties its mask first. Writing to a closed pipe or
/// socket becomes an error (SIGPIPE is ignored) from the construction on. Thread-safe.
///
/// The first signal asks for an orderly end; a later one ends the process at once with the status
/// 128 + signal, for people who press Ctrl-C again. One that comes with the first is the same wish
/// said twice: `timeout` and terminals signal a process and then its group.
class Shutdown {
 public:
  /// How long after the first signal another one is taken for the same wish.
  static constexpr absl::Duration kEcho = absl::Milliseconds(500);

  /// Blocks the signals and starts the thread that takes them. Aborts when the kernel refuses.
  explicit Shutdown(absl::Duration echo = kEcho);

  /// Ends that thread and restores the signals as they were.
  ~Shutdown();
  Shutdown(const Shutdown&) = delete;
  Shutdown& operator=(const Shutdown&) = delete;

  /// Asks for an orderly end from within, say after a fault that nothing can go on from. The first
  /// reason is kept.
  void Request(std::string_view reason);

  /// Waits until an end is asked for, `wait` at most; true when it is.
  bool Wait(absl::Duration wait = absl::InfiniteDuration());

  /// "SIGINT", "SIGTERM" or what Request was told; empty while nobody asked.
  std::string reason() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tenantry::runtime
