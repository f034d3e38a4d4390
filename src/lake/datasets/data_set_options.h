#pragma once

#include <absl/time/time.h>

#include <cstdint>

#include "runtime/options.h"

namespace tenantry::lake::datasets {

/// Limits of data sets, of their uploads and of queries; all of it `lake.<field>`.
struct DataSetOptions {
  int64_t tenant_bytes_max = int64_t{1} << 40;         ///< stored bytes of one tenant's data sets
  int64_t tenant_data_sets_max = 1000;                 ///< data sets of one tenant
  int64_t upload_bytes_max = int64_t{64} << 30;        ///< of one upload
  int64_t upload_part_bytes_max = 8 << 20;             ///< of one part of it
  int64_t uploads_max = 16;                            ///< unfinished ones of one tenant
  absl::Duration upload_age_max = absl::Hours(24);     ///< since its last part or answer
  absl::Duration upload_away_min = absl::Minutes(10);  ///< then it may give way to its like
  absl::Duration superseded_kept = absl::Minutes(10);  ///< bytes of old versions, for readers
  absl::Duration sweep_interval = absl::Seconds(30);   ///< between looks for what can go
  int64_t disk_free_min = 256 << 20;                   ///< nothing is taken in below it
  int64_t imports_max = 2;                             ///< at once
  int64_t import_queue_max = 64;                       ///< that wait
  absl::Duration import_time_max = absl::Minutes(30);  ///< of one import
  absl::Duration query_time_max = absl::Seconds(50);   ///< of one query, its wait included
  int64_t queries_max = 4;                             ///< at once, waiting ones included
  int64_t queries_per_tenant_max = 2;                  ///< of those, one tenant's
  int64_t answer_bytes_max = 64 << 20;                 ///< of one query's answer
  int64_t user_sql_processes_max = 3;                  ///< processes for tenants' SQL at once

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

}  // namespace tenantry::lake::datasets
