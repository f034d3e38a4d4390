#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>

#include "runtime/metrics.h"
#include "runtime/options.h"

namespace tenantry::activity {

/// How the live analytics work; all of it `activity.<field>`.
struct LiveOptions {
  int64_t shards = 2;              ///< threads that own a range of key groups each
  int64_t queue_slices_max = 256;  ///< log batches that wait for a shard; reading pauses past it
  absl::Duration checkpoint_interval = absl::Seconds(1);    ///< between a shard's checkpoints
  absl::Duration enrich_interval = absl::Milliseconds(50);  ///< between looks for changed tenants
  int64_t enrich_tenants_max = 500;                         ///< tenants scored and put out together
  absl::Duration score_retry_interval =
      absl::Seconds(5);  ///< before a failed scorer is asked again
  absl::Duration publish_retry_interval = absl::Seconds(1);  ///< before a refused record is put out
  double enrich_share = 0.25;  ///< of one core that scoring and putting out may take under load
  absl::Duration midnight_spread = absl::Minutes(5);  ///< over which windows that slid are put out
  int64_t history_scans_max = 1;                      ///< readings of the history at once
  int64_t history_waiting_max = 3;  ///< callers that wait for such a reading; past it 503
  absl::Duration history_wait = absl::Seconds(10);     ///< for a place to read; then 503
  absl::Duration history_timeout = absl::Seconds(40);  ///< of one reading; then 504 or 503
  int64_t history_kept_bytes_max = 64 << 20;           ///< of answers from it that are kept
  int64_t waiting_bytes_max = 4 << 20;                 ///< of days to come in a shard's memory
  int64_t free_bytes_min = 32 << 20;  ///< with less free on the disk no checkpoint is written

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);

  /// Lowers what may read and wait for the history to `callers` together, at least 1: so many
  /// threads of a server may be held by it at most.
  void HoldAtMost(int64_t callers);

  /// InvalidArgument: those who ask about the past could wait longer than `request_timeout`, after
  /// which the server would have told them nothing useful.
  absl::Status Check(absl::Duration request_timeout) const;
};

/// What the live analytics tell of themselves.
struct LiveMetrics {
  explicit LiveMetrics(runtime::Metrics& metrics);

  runtime::Counter& counted;
  runtime::Counter& repeated;
  runtime::Counter& rejected;
  runtime::Counter& checkpoints;
  runtime::Counter& checkpoint_failures;
  runtime::Histogram& checkpoint_seconds;
  runtime::Counter& published;
  runtime::Counter& publish_failures;
  runtime::Counter& score_failures;
  runtime::Counter& history_replays;
  runtime::Counter& history_kept_answers;
  runtime::Counter& history_refused;
  runtime::Histogram& history_seconds;
  runtime::Gauge& history_waiting;
  runtime::Gauge& history_kept_bytes;
  runtime::Gauge& tenants;
  runtime::Gauge& changed;
  runtime::Gauge& lag_records;
  runtime::Gauge& queue_slices;
  runtime::Gauge& waiting_memory_bytes;
  runtime::Gauge& waiting_stored_bytes;
};

}  // namespace tenantry::activity
