#include "net/server/stream_threads.h"

#include <system_error>

#include "runtime/logging.h"

namespace tenantry::net::server {

bool StreamThreads::Start(std::function<void()> stream) {
  Reap();
  if (!budget_.TryTake(1)) return false;
  const absl::MutexLock lock(&mutex_);
  Entry& entry = entries_.emplace_back();
  try {
    entry.thread = std::thread([this, &entry, stream = std::move(stream)]() mutable {
      stream();
      stream = nullptr;
      budget_.Return(1);
      const absl::MutexLock inner(&mutex_);
      entry.ended = true;
    });
  } catch (const std::system_error& error) {
    runtime::Log(runtime::LogLevel::kError, "net", "no thread for a stream: {}", error.what());
    entries_.pop_back();
    budget_.Return(1);
    return false;
  }
  return true;
}

void StreamThreads::Reap() {
  std::list<Entry> ended;
  {
    const absl::MutexLock lock(&mutex_);
    for (auto it = entries_.begin(); it != entries_.end();) {
      const auto next = std::next(it);
      if (it->ended) ended.splice(ended.end(), entries_, it);
      it = next;
    }
  }
  for (Entry& entry : ended) entry.thread.join();
}

void StreamThreads::Join() {
  std::list<Entry> all;
  for (;;) {
    {
      const absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](std::list<Entry>* entries) {
            for (const Entry& entry : *entries) {
              if (!entry.ended) return false;
            }
            return true;
          },
          &entries_));
      all.swap(entries_);
    }
    if (all.empty()) return;
    for (Entry& entry : all) entry.thread.join();
    all.clear();
  }
}

}  // namespace tenantry::net::server
