#include "activity/live_options.h"

#include <algorithm>

#include "base/status.h"

namespace tenantry::activity {

void LiveOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("activity.shards", &shards, 1, 64,
                 "threads of the analytics; each owns a range of the 1,024 key groups");
  options.AddInt("activity.queue_slices_max", &queue_slices_max, 1, 100'000,
                 "log batches that may wait for a shard before reading pauses");
  options.AddDuration("activity.checkpoint_interval", &checkpoint_interval, absl::Milliseconds(10),
                      absl::Hours(1),
                      "time between a shard's checkpoints of state and log positions");
  options.AddDuration("activity.enrich_interval", &enrich_interval, absl::Milliseconds(1),
                      absl::Minutes(1), "time between looks for tenants that changed");
  options.AddDuration("activity.score_retry_interval", &score_retry_interval, absl::Milliseconds(1),
                      absl::Hours(1), "time until a scorer that failed is asked again");
  options.AddDuration("activity.publish_retry_interval", &publish_retry_interval,
                      absl::Milliseconds(1), absl::Hours(1),
                      "time until records that the log refused are put out again");
  options.AddInt("activity.enrich_tenants_max", &enrich_tenants_max, 1, 100'000,
                 "tenants that are scored and put out together");
  options.AddDouble("activity.enrich_share", &enrich_share, 0.01, 1.0,
                    "share of one core that scoring and putting out records may take under load");
  options.AddDuration("activity.midnight_spread", &midnight_spread, absl::ZeroDuration(),
                      absl::Hours(12),
                      "time after midnight UTC over which records whose windows slid are put out");
  options.AddInt("activity.history_scans_max", &history_scans_max, 1, 64,
                 "answers about the past that are read from the archive at once");
  options.AddInt("activity.history_waiting_max", &history_waiting_max, 0, 1024,
                 "requests that wait for such a reading, at most half of net.handler_threads with "
                 "those that read; past it 503");
  options.AddDuration("activity.history_wait", &history_wait, absl::Milliseconds(1), absl::Hours(1),
                      "how long one waits for its turn to read; then 503");
  options.AddDuration("activity.history_timeout", &history_timeout, absl::Milliseconds(100),
                      absl::Hours(1),
                      "limit of one such reading, then 504, or 503 where the next one goes on from "
                      "there; with activity.history_wait it must be "
                      "shorter than net.request_timeout");
  options.AddBytes("activity.history_kept_bytes_max", &history_kept_bytes_max, 0, int64_t{1} << 40,
                   "answers about the past that are kept until an event changes them");
  options.AddBytes("activity.waiting_bytes_max", &waiting_bytes_max, 1 << 10, int64_t{1} << 32,
                   "bytes of events of days to come in a shard's memory before a checkpoint");
  options.AddBytes("activity.free_bytes_min", &free_bytes_min, 1 << 20, int64_t{1} << 40,
                   "with less than this free on its disk no checkpoint is written");
}

void LiveOptions::HoldAtMost(int64_t callers) {
  history_scans_max = std::clamp<int64_t>(history_scans_max, 1, std::max<int64_t>(callers, 1));
  history_waiting_max = std::clamp<int64_t>(history_waiting_max, 0,
                                            std::max<int64_t>(callers - history_scans_max, 0));
}

absl::Status LiveOptions::Check(absl::Duration request_timeout) const {
  if (history_wait + history_timeout < request_timeout) return absl::OkStatus();
  return base::InvalidArgument(
      "activity.history_wait ({}) and activity.history_timeout ({}) together must be shorter than "
      "net.request_timeout ({}): lower them, or raise that",
      absl::FormatDuration(history_wait), absl::FormatDuration(history_timeout),
      absl::FormatDuration(request_timeout));
}

LiveMetrics::LiveMetrics(runtime::Metrics& metrics)
    : counted(metrics.AddCounter("tenantry_activity_events_total", "Events read from the log",
                                 {{"outcome", "counted"}})),
      repeated(metrics.AddCounter("tenantry_activity_events_total", "Events read from the log",
                                  {{"outcome", "repeated"}})),
      rejected(metrics.AddCounter("tenantry_activity_events_total", "Events read from the log",
                                  {{"outcome", "rejected"}})),
      checkpoints(metrics.AddCounter("tenantry_activity_checkpoints_total", "Checkpoints written")),
      checkpoint_failures(metrics.AddCounter("tenantry_activity_checkpoint_failures_total",
                                             "Checkpoints that could not be written")),
      checkpoint_seconds(metrics.AddHistogram("tenantry_activity_checkpoint_seconds",
                                              "Time to write a checkpoint",
                                              runtime::LatencyBuckets())),
      published(metrics.AddCounter("tenantry_activity_records_published_total",
                                   "Enriched records put out")),
      publish_failures(metrics.AddCounter("tenantry_activity_publish_failures_total",
                                          "Rounds of enriched records that the log refused")),
      score_failures(metrics.AddCounter("tenantry_activity_score_failures_total",
                                        "Rounds that the scorer did not answer")),
      history_replays(metrics.AddCounter("tenantry_activity_history_replays_total",
                                         "Readings of the archive for answers about the past")),
      history_kept_answers(metrics.AddCounter("tenantry_activity_history_kept_answers_total",
                                              "Answers about the past that were kept")),
      history_refused(metrics.AddCounter("tenantry_activity_history_refused_total",
                                         "Questions about the past that found no place")),
      history_seconds(metrics.AddHistogram("tenantry_activity_history_seconds",
                                           "Time to read the archive for an answer",
                                           runtime::LatencyBuckets())),
      history_waiting(metrics.AddGauge("tenantry_activity_history_waiting",
                                       "Requests that wait for a reading of the archive")),
      history_kept_bytes(metrics.AddGauge("tenantry_activity_history_kept_bytes",
                                          "Memory of the answers about the past that are kept")),
      tenants(metrics.AddGauge("tenantry_activity_tenants", "Tenants that the analytics know")),
      changed(metrics.AddGauge("tenantry_activity_changed_tenants",
                               "Tenants whose record waits to be scored and put out")),
      lag_records(metrics.AddGauge("tenantry_activity_lag_records",
                                   "Records of the log that are not counted yet")),
      queue_slices(metrics.AddGauge("tenantry_activity_queue_slices",
                                    "Log batches that wait in the shards' queues")),
      waiting_memory_bytes(metrics.AddGauge("tenantry_activity_waiting_bytes",
                                            "Events of days to come, about",
                                            {{"where", "memory"}})),
      waiting_stored_bytes(metrics.AddGauge("tenantry_activity_waiting_bytes",
                                            "Events of days to come, about",
                                            {{"where", "store"}})) {}

}  // namespace tenantry::activity
