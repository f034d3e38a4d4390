#include "base/monitor.h"

#include <algorithm>
#include <chrono>

namespace tenantry::base {
namespace {

// As good as for ever, and far from where the clock's numbers end.
constexpr absl::Duration kLongest = absl::Hours(24 * 365);

}  // namespace

void Monitor::Lock() { mutex_.lock(); }

void Monitor::Unlock() {
  WakeWhoeverCanGoOn();
  mutex_.unlock();
}

void Monitor::WakeWhoeverCanGoOn() {
  for (Waiter* waiter : waiters_) {
    if (waiter->woken || !waiter->condition.Eval()) continue;
    waiter->woken = true;
    waiter->changed.notify_one();
  }
}

void Monitor::Await(const absl::Condition& condition) {
  while (!AwaitFor(condition, kLongest)) {
  }
}

bool Monitor::AwaitFor(const absl::Condition& condition, absl::Duration wait) {
  if (condition.Eval()) return true;
  if (wait <= absl::ZeroDuration()) return false;
  const auto until =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(std::min(wait, kLongest));
  // What the caller changed before it waits, others may wait for.
  WakeWhoeverCanGoOn();
  Waiter waiter{condition, {}};
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  std::unique_lock lock(mutex_, std::adopt_lock);
  bool holds = false;
  auto came = std::cv_status::no_timeout;
  while (!holds && came == std::cv_status::no_timeout) {
    waiter.woken = false;  // another may have been quicker: it waits to be woken again
    came = waiter.changed.wait_until(lock, until);
    holds = condition.Eval();
  }
  lock.release();
  waiters_.erase(place);
  return holds;
}

}  // namespace tenantry::base
