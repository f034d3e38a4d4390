#pragma once

#include <absl/time/time.h>

#include <cstdint>

#include "runtime/options.h"

namespace tenantry::roles {

/// How answers that take the reading of history are kept; all of it `analytics.<field>`.
struct AnalyticsOptions {
  int64_t answers_kept_max = 256;                      ///< at once
  int64_t answers_made_max = 2;                        ///< worked out at once
  int64_t answers_waiting_max = 2;                     ///< requests that wait for another's
  absl::Duration answer_wait_max = absl::Seconds(10);  ///< of such a request
  absl::Duration answer_kept_min = absl::Seconds(10);  ///< or twenty times as long as it took

  int64_t history_bytes_max = 256 << 20;  ///< of memory in which the history of all is kept
  absl::Duration work_ahead_interval = absl::Minutes(1);  ///< between looks for what the page asks

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

}  // namespace tenantry::roles
