#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstddef>
#include <string>

#include "base/monitor.h"

namespace tenantry::roles {

/// Answers that take the reading of history, kept for a while: for ten seconds, or twenty times as
/// long as they took where that is more. Each is worked out by one request at a time, and few at
/// once, so that they never take up every worker. That one took too long is kept as an answer is.
/// Thread-safe.
class KeptAnswers {
 public:
  /// The kept answer of `key`, or what `make` gives now; one that another request works out is
  /// waited for, by few and for some seconds. Unavailable after that, and while two others are
  /// worked out: ask again. Of the errors of `make` DeadlineExceeded
  /// alone is kept.
  absl::StatusOr<std::string> Get(const std::string& key,
                                  absl::FunctionRef<absl::StatusOr<std::string>()> make);

 private:
  static constexpr size_t kKeptMax = 256;
  static constexpr int kMakingMax = 2;
  static constexpr int kWaitingMax = 2;
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  struct Answer {
    absl::StatusOr<std::string> made = std::string();
    absl::Duration until = -absl::InfiniteDuration();  // by the steady clock
    bool making = false;
  };

  bool Await(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  base::Monitor mutex_;
  absl::flat_hash_map<std::string, Answer> answers_ ABSL_GUARDED_BY(mutex_);
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  int making_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tenantry::roles
