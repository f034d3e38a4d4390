#include "runtime/shutdown.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "base/check.h"
#include "base/monitor.h"

namespace tenantry::runtime {

struct Shutdown::State {
  sigset_t mask_before;
  struct sigaction pipe_before = {};
  int signals = -1;  // signalfd: readable when a signal waits
  int ended = -1;    // eventfd: readable once the destructor runs
  const absl::Duration echo;
  std::optional<std::chrono::steady_clock::time_point> first;  // when the first signal came
  std::thread thread;
  mutable base::Monitor mutex;
  bool requested ABSL_GUARDED_BY(mutex) = false;
  std::string reason ABSL_GUARDED_BY(mutex);

  void Request(std::string_view why) {
    const base::MonitorLock lock(&mutex);
    if (requested) return;
    requested = true;
    reason = why;
  }

  explicit State(absl::Duration echo) : echo(echo) {}

  /// Takes one signal; a second one, but for an echo, ends the process.
  void TakeSignal() {
    signalfd_siginfo info = {};
    if (::read(signals, &info, sizeof info) != sizeof info) return;
    const int number = static_cast<int>(info.ssi_signo);
    const auto now = std::chrono::steady_clock::now();
    if (first && absl::FromChrono(now - *first) >= echo) ::_exit(128 + number);
    if (!first) first = now;
    Request(number == SIGINT ? "SIGINT" : "SIGTERM");
  }

  void Watch() {
    while (true) {
      pollfd files[] = {{signals, POLLIN, 0}, {ended, POLLIN, 0}};
      const int ready = ::poll(files, 2, -1);
      TENANTRY_CHECK(ready > 0 || errno == EINTR);
      if (ready < 0) continue;
      if (files[1].revents != 0) return;
      if (files[0].revents != 0) TakeSignal();
    }
  }
};

Shutdown::Shutdown(absl::Duration echo) : state_(std::make_unique<State>(echo)) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  TENANTRY_CHECK(::pthread_sigmask(SIG_BLOCK, &set, &state_->mask_before) == 0);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  TENANTRY_CHECK(::sigaction(SIGPIPE, &ignore, &state_->pipe_before) == 0);
  state_->signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  state_->ended = ::eventfd(0, EFD_CLOEXEC);
  TENANTRY_CHECK(state_->signals >= 0 && state_->ended >= 0);
  state_->thread = std::thread([state = state_.get()] { state->Watch(); });
}

Shutdown::~Shutdown() {
  const uint64_t one = 1;
  TENANTRY_CHECK(::write(state_->ended, &one, sizeof one) == sizeof one);
  state_->thread.join();
  ::close(state_->signals);
  ::close(state_->ended);
  ::sigaction(SIGPIPE, &state_->pipe_before, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &state_->mask_before, nullptr);
}

void Shutdown::Request(std::string_view reason) { state_->Request(reason); }

bool Shutdown::Wait(absl::Duration wait) {
  const base::MonitorLock lock(&state_->mutex);
  return state_->mutex.AwaitFor(absl::Condition(&state_->requested), wait);
}

std::string Shutdown::reason() const {
  const base::MonitorLock lock(&state_->mutex);
  return state_->reason;
}

}  // namespace tenantry::runtime
