#pragma once

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tenantry::lake::sql {

/// What a process used, known after its end.
struct ProcessUsage {
  /// The most that was resident, of this process alone; 0 when it ended by itself, so that only a
  /// figure was left that may as well be ours.
  int64_t memory_bytes_peak = 0;
  double cpu_seconds = 0;  ///< user and system
};

/// How a process ended.
struct ProcessEnd {
  int exit_code = 0;  ///< when signal is 0
  int signal = 0;     ///< what killed it, or 0
  ProcessUsage usage;
};

/// A child with an empty environment, no descriptors but a stream socket to us (its 3), /dev/null
/// as input and a pipe for what it prints; in a process group of its own. Killed when this is
/// destroyed. Safe to start from a process with many threads. Not thread-safe.
class ChildProcess {
 public:
  /// Starts `executable` with `arguments` (the first is its name). ResourceExhausted: out of
  /// processes, memory or descriptors; Internal: anything else, in the system's words.
  static absl::StatusOr<ChildProcess> Start(const std::string& executable,
                                            const std::vector<std::string>& arguments);

  /// Takes the process over; `other` can only be destroyed.
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) = delete;
  ~ChildProcess();

  /// Our end of the socket, and the reading end of the pipe; both do not block.
  int socket() const { return socket_; }
  int output() const { return output_; }
  pid_t pid() const { return pid_; }

  /// Kills the process with its group and waits for its end, which is immediate. Later calls tell
  /// the same again.
  const ProcessEnd& Kill();

  /// The same without killing: for a process that has closed its socket, so is about to end. Kills
  /// it after a second all the same.
  const ProcessEnd& AwaitEnd();

 private:
  ChildProcess() = default;
  bool Reap(bool block);
  void NotePeak();

  pid_t pid_ = -1;
  int socket_ = -1;
  int output_ = -1;
  int64_t memory_bytes_peak_ = 0;
  std::optional<ProcessEnd> end_;
};

}  // namespace tenantry::lake::sql
