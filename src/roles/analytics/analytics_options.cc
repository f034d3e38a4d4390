#include "roles/analytics/analytics_options.h"

namespace tenantry::roles {

void AnalyticsOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("analytics.answers_kept_max", &answers_kept_max, 1, 100'000,
                 "answers from the history that are kept at once");
  options.AddInt(
      "analytics.answers_made_max", &answers_made_max, 1, 256,
      "answers from the history that are worked out at once; more are told to ask again");
  options.AddInt("analytics.answers_waiting_max", &answers_waiting_max, 0, 256,
                 "requests that wait for an answer that another works out");
  options.AddDuration("analytics.answer_wait_max", &answer_wait_max, absl::Milliseconds(1),
                      absl::Minutes(5), "how long such a request waits, then it is to ask again");
  options.AddDuration("analytics.answer_kept_min", &answer_kept_min, absl::Milliseconds(1),
                      absl::Hours(1),
                      "how long an answer is kept, or twenty times as long as it took");
  options.AddBytes("analytics.history_bytes_max", &history_bytes_max, 0, int64_t{1} << 40,
                   "memory in which the history of all is kept between answers; where it takes "
                   "more it is counted anew for each answer");
  options.AddDuration("analytics.work_ahead_interval", &work_ahead_interval, absl::Seconds(1),
                      absl::Hours(24),
                      "how often the history that the page asks for is brought up to date before "
                      "it is asked for");
}

}  // namespace tenantry::roles
