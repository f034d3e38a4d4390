#include "lake/sql/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/status.h"
#include "lake/sql/sql_worker.h"
#include "runtime/disk/files.h"

namespace tenantry::lake::sql {
namespace {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

absl::Status SystemError(int error, std::string_view what) {
  if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) {
    return base::Error(absl::StatusCode::kResourceExhausted, "{}: {}", what,
                       base::Message(runtime::ErrnoStatus(error, "the system says")));
  }
  return runtime::ErrnoStatus(error, what);
}

// The child's ends lie above the numbers that they are duplicated to.
absl::Status MoveUp(Descriptor& descriptor) {
  constexpr int kLowest = 16;
  const int moved = fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kLowest);
  if (moved < 0) return SystemError(errno, "a descriptor can't be duplicated");
  descriptor.Reset(moved);
  return absl::OkStatus();
}

constexpr int64_t kKibi = 1024;

// What the kernel tells of an ended process is at least what its parent ever had: a child begins
// with that, and keeps it over exec. Only a greater figure is the child's own; else 0.
int64_t OwnPeak(const rusage& ended) {
  rusage ours{};
  getrusage(RUSAGE_SELF, &ours);
  return ended.ru_maxrss > ours.ru_maxrss ? int64_t{ended.ru_maxrss} * kKibi : 0;
}

class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // 0 or the number of the error.
  int Prepare(int socket, int output) {
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal :
         {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGQUIT, SIGUSR1, SIGUSR2}) {
      sigaddset(&defaults, signal);
    }
    int error = posix_spawnattr_setsigmask(&attributes_, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes_, &defaults);
    if (error == 0) error = posix_spawnattr_setpgroup(&attributes_, 0);
    if (error == 0) {
      error = posix_spawnattr_setflags(
          &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    if (error == 0) {
      error = posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    }
    for (const auto& [from, to] :
         {std::pair(output, 1), std::pair(output, 2), std::pair(socket, kSqlWorkerSocket)}) {
      if (error == 0) error = posix_spawn_file_actions_adddup2(&actions_, from, to);
    }
    if (error == 0) {
      error = posix_spawn_file_actions_addclosefrom_np(&actions_, kSqlWorkerSocket + 1);
    }
    return error;
  }

  int Spawn(pid_t& pid, const std::string& executable, const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    char* environment[] = {nullptr};
    return posix_spawn(&pid, executable.c_str(), &actions_, &attributes_, argv.data(), environment);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::Start(const std::string& executable,
                                                 const std::vector<std::string>& arguments) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return SystemError(errno, "a socket can't be made");
  }
  Descriptor ours(sockets[0]);
  Descriptor theirs(sockets[1]);
  int pipes[2];
  if (pipe2(pipes, O_CLOEXEC) != 0) return SystemError(errno, "a pipe can't be made");
  Descriptor output(pipes[0]);
  Descriptor printed(pipes[1]);
  TENANTRY_RETURN_IF_ERROR(MoveUp(theirs));
  TENANTRY_RETURN_IF_ERROR(MoveUp(printed));
  for (const int fd : {ours.get(), output.get()}) {
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return SystemError(errno, "a socket can't be set up");
  }
  SpawnPlan plan;
  pid_t pid = -1;
  int error = plan.Prepare(theirs.get(), printed.get());
  if (error == 0) error = plan.Spawn(pid, executable, arguments);
  if (error != 0) {
    return SystemError(error, fmt::format("the SQL process {} can't be started", executable));
  }
  ChildProcess child;
  child.pid_ = pid;
  child.socket_ = ours.Release();
  child.output_ = output.Release();
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      output_(std::exchange(other.output_, -1)),
      memory_bytes_peak_(other.memory_bytes_peak_),
      end_(other.end_) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  Kill();
  close(socket_);
  close(output_);
}

const ProcessEnd& ChildProcess::Kill() {
  if (!end_.has_value()) {
    NotePeak();
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);  // until it has its own group
    Reap(/*block=*/true);
  }
  return *end_;
}

const ProcessEnd& ChildProcess::AwaitEnd() {
  constexpr int kSteps = 100;
  constexpr int kStepMilliseconds = 10;
  NotePeak();
  for (int i = 0; i < kSteps && !Reap(/*block=*/false); ++i) poll(nullptr, 0, kStepMilliseconds);
  return Kill();
}

// What the process itself had resident at most, as long as the kernel tells: while it lives.
void ChildProcess::NotePeak() {
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(status, line);) {
    long long kibibytes = 0;
    if (std::sscanf(line.c_str(), "VmHWM: %lld", &kibibytes) != 1) continue;
    memory_bytes_peak_ = std::max(memory_bytes_peak_, int64_t{kibibytes} * kKibi);
    return;
  }
}

bool ChildProcess::Reap(bool block) {
  if (end_.has_value()) return true;
  int status = 0;
  rusage usage{};
  pid_t got;
  do {
    got = wait4(pid_, &status, block ? 0 : WNOHANG, &usage);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return false;
  ProcessEnd end;
  if (got > 0) {
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
    end.usage.memory_bytes_peak = std::max(memory_bytes_peak_, OwnPeak(usage));
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    end.usage.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  end_ = end;
  return true;
}

}  // namespace tenantry::lake::sql
