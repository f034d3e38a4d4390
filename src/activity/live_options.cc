#include "activity/live_options.h"

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
  options.AddDuration("activity.history_timeout", &history_timeout, absl::Milliseconds(100),
                      absl::Hours(1), "limit of an answer that must be read from the archive");
  options.AddBytes("activity.waiting_bytes_max", &waiting_bytes_max, 1 << 10, int64_t{1} << 32,
                   "bytes of events of days to come in a shard's memory before a checkpoint");
  options.AddBytes("activity.free_bytes_min", &free_bytes_min, 1 << 20, int64_t{1} << 40,
                   "with less than this free on its disk no checkpoint is written");
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
                                         "Answers that had to read the archive")),
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
