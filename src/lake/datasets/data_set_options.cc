#include "lake/datasets/data_set_options.h"

namespace tenantry::lake::datasets {

void DataSetOptions::Declare(runtime::OptionSet& options) {
  constexpr int64_t kMebi = int64_t{1} << 20;
  constexpr int64_t kPebi = int64_t{1} << 50;
  options.AddBytes("lake.tenant_bytes_max", &tenant_bytes_max, kMebi, kPebi,
                   "stored bytes of one tenant's data sets");
  options.AddInt("lake.tenant_data_sets_max", &tenant_data_sets_max, 1, 1'000'000,
                 "data sets of one tenant");
  options.AddBytes("lake.upload_bytes_max", &upload_bytes_max, 1, kPebi, "bytes of one upload");
  options.AddBytes("lake.upload_part_bytes_max", &upload_part_bytes_max, 1 << 10, 1024 * kMebi,
                   "bytes of one part of an upload");
  options.AddInt("lake.uploads_max", &uploads_max, 1, 100'000, "unfinished uploads of one tenant");
  options.AddDuration("lake.upload_age_max", &upload_age_max, absl::Seconds(1),
                      absl::Hours(24 * 365), "how long an upload is kept after its last part");
  options.AddDuration("lake.upload_away_min", &upload_away_min, absl::ZeroDuration(),
                      absl::Hours(24 * 365),
                      "after how long without a part an upload gives way to a new one of the same "
                      "person and name, where there may be no more");
  options.AddDuration("lake.superseded_kept", &superseded_kept, absl::ZeroDuration(),
                      absl::Hours(24 * 365), "how long bytes of old versions are kept for readers");
  options.AddDuration("lake.sweep_interval", &sweep_interval, absl::Milliseconds(10),
                      absl::Hours(24), "time between looks for old versions and uploads");
  options.AddBytes("lake.disk_free_min", &disk_free_min, 0, kPebi,
                   "free disk below which no data is taken in");
  options.AddInt("lake.imports_max", &imports_max, 1, 256, "imports at once");
  options.AddInt("lake.import_queue_max", &import_queue_max, 1, 100'000, "imports that wait");
  options.AddDuration("lake.import_time_max", &import_time_max, absl::Seconds(1), absl::Hours(24),
                      "time that one import may take");
  options.AddDuration("lake.query_time_max", &query_time_max, absl::Milliseconds(100),
                      absl::Hours(24), "time that one query may take");
  options.AddInt("lake.queries_max", &queries_max, 1, 10'000,
                 "queries at once, those that wait included");
  options.AddInt("lake.queries_per_tenant_max", &queries_per_tenant_max, 1, 10'000,
                 "queries of one tenant at once, those that wait included; always less than "
                 "lake.queries_max");
  options.AddBytes("lake.answer_bytes_max", &answer_bytes_max, 1 << 10, 1024 * kMebi,
                   "bytes of a query's answer");
  options.AddInt("lake.user_sql_processes_max", &user_sql_processes_max, 1, 1024,
                 "processes for tenants' SQL at once; one tenant has all but one at most");
}

}  // namespace tenantry::lake::datasets
