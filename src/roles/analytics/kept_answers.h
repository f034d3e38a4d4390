#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>

#include "base/monitor.h"
#include "roles/analytics/analytics_options.h"
#include "runtime/metrics.h"

namespace tenantry::roles {

/// Answers that take the reading of history, kept for a while: as the options say, or twenty times
/// as long as they took where that is more. Each is worked out by one request at a time, and few at
/// once, so that they never take up every worker. That one took too long is kept as an answer is.
/// Thread-safe.
class KeptAnswers {
 public:
  /// `metrics` outlives this.
  KeptAnswers(const AnalyticsOptions& options, runtime::Metrics& metrics);

  /// How long an answer is kept: longer the longer it took, or for the least time alone, where the
  /// next one takes much less.
  enum class Keep { kByCost, kLeast };

  /// The kept answer of `key`, or what `make` gives now; one that another request works out is
  /// waited for, by few and not for long. Unavailable after that, and while as many others are
  /// worked out as may be: ask again. Of the errors of `make` DeadlineExceeded alone is kept.
  absl::StatusOr<std::string> Get(const std::string& key,
                                  absl::FunctionRef<absl::StatusOr<std::string>()> make,
                                  Keep keep = Keep::kByCost);

 private:
  struct Answer {
    absl::StatusOr<std::string> made = std::string();
    absl::Duration until = -absl::InfiniteDuration();  // by the steady clock
    bool making = false;
  };

  bool Await(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const AnalyticsOptions options_;
  runtime::Gauge& kept_gauge_;
  runtime::Gauge& waiting_gauge_;
  runtime::Counter& refused_;
  base::Monitor mutex_;
  absl::flat_hash_map<std::string, Answer> answers_ ABSL_GUARDED_BY(mutex_);
  int64_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t making_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tenantry::roles
