#include "metastore/listeners.h"

namespace tenantry::metastore {

Subscription Listeners::Add(std::string topic, Metastore::Listener listener) {
  absl::MutexLock lock(&mutex_);
  const std::pair<std::string, int64_t> key(std::move(topic), next_++);
  listeners_.emplace(key, std::move(listener));
  return Subscription([this, key] {
    absl::MutexLock removing(&mutex_);
    listeners_.erase(key);
  });
}

void Listeners::Tell(const Notifications& notifications) {
  if (notifications.empty()) return;
  absl::ReaderMutexLock lock(&mutex_);
  for (const auto& [topic, payload] : notifications) {
    for (auto it = listeners_.lower_bound({topic, 0});
         it != listeners_.end() && it->first.first == topic; ++it) {
      it->second(payload);
    }
  }
}

}  // namespace tenantry::metastore
