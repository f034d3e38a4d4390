#pragma once

#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metastore/metastore.h"

namespace tenantry::metastore {

/// Notifications of one transaction: topics and payloads, in the order they were made.
using Notifications = std::vector<std::pair<std::string, std::string>>;

/// Who listens to which topic: what a backend keeps its subscriptions in. Thread-safe; outlives the
/// subscriptions it gives.
class Listeners {
 public:
  /// As Metastore::Subscribe.
  [[nodiscard]] Subscription Add(std::string topic, Metastore::Listener listener);

  /// Calls the listeners of each topic. Waits for nobody but listeners that are being added or
  /// removed.
  void Tell(const Notifications& notifications);

 private:
  absl::Mutex mutex_;
  int64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::pair<std::string, int64_t>, Metastore::Listener> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::metastore
