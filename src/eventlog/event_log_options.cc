#include "eventlog/event_log_options.h"

#include "base/status.h"

namespace tenantry::eventlog {

void EventLogOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("eventlog.partitions", &partitions, 1, 1024,
                 "partitions of each stream; fixed when the log is made");
  options.AddDuration("eventlog.retention", &retention, absl::Hours(24), absl::Hours(24 * 365),
                      "how long records are kept at least");
  options.AddDuration("eventlog.sweep_interval", &sweep_interval, absl::Seconds(1), absl::Hours(24),
                      "time between looks for records past their retention");
  options.AddBytes("eventlog.record_bytes_max", &record_bytes_max, 1 << 10, 64 << 20,
                   "greatest record, key and value together");
  options.AddBytes("eventlog.batch_bytes_max", &batch_bytes_max, 64 << 10, 256 << 20,
                   "greatest batch; larger appends are cut into several");
  options.AddBytes("eventlog.memory_bytes_max", &memory_bytes_max, 1 << 20, int64_t{4} << 30,
                   "written records held in memory until they go to files");
  options.AddBytes("eventlog.free_bytes_min", &free_bytes_min, 1 << 20, int64_t{1} << 50,
                   "with less than this free on its disk the log takes no events");
}

absl::Status EventLogOptions::Check() const {
  if (free_bytes_min >= memory_bytes_max) return absl::OkStatus();
  return base::InvalidArgument(
      "eventlog.free_bytes_min ({}) must be eventlog.memory_bytes_max ({}) at least: what is "
      "acknowledged must fit on the disk when it is moved from memory to files",
      free_bytes_min, memory_bytes_max);
}

EventLogMetrics::EventLogMetrics(runtime::Metrics& metrics)
    : append_seconds(metrics.AddHistogram("tenantry_eventlog_append_seconds",
                                          "Time until an append is durable",
                                          runtime::LatencyBuckets())),
      append_bytes(
          metrics.AddCounter("tenantry_eventlog_append_bytes_total", "Bytes of batches appended")),
      append_failures(
          metrics.AddCounter("tenantry_eventlog_append_failures_total", "Appends that failed")),
      append_queue(metrics.AddGauge("tenantry_eventlog_append_queue",
                                    "Appends that wait to be made durable")),
      records(metrics.AddCounter("tenantry_eventlog_records_total", "Records appended")),
      groups(metrics.AddCounter("tenantry_eventlog_commit_groups_total",
                                "Groups of appends made durable together")),
      damaged(metrics.AddCounter("tenantry_eventlog_damaged_batches_total",
                                 "Batches read that failed their checksum")) {}

}  // namespace tenantry::eventlog
