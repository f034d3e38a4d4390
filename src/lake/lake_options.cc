#include "lake/lake_options.h"

#include <filesystem>
#include <string>
#include <system_error>

#include "base/status.h"

namespace tenantry::lake {

void LakeOptions::Declare(runtime::OptionSet& options) {
  datasets::DataSetOptions::Declare(options);
  constexpr int64_t kMebi = int64_t{1} << 20;
  constexpr int64_t kTebi = int64_t{1} << 40;
  options.AddString("lake.duckdb_library", &duckdb_library,
                    "path of libduckdb.so, 1.5.6 or newer; empty looks in the usual places");
  options.AddBytes("lake.sql_memory_max", &sql_memory_max, 128 * kMebi, kTebi,
                   "memory that a SQL process may use");
  options.AddBytes("lake.sql_spill_max", &sql_spill_max, kMebi, 64 * kTebi,
                   "disk that a SQL process may use for what does not fit its memory");
  options.AddDuration("lake.sql_time_max", &sql_time_max, absl::Milliseconds(100), absl::Hours(24),
                      "time that one SQL task may take before it is killed");
  options.AddInt("lake.sql_threads", &sql_threads, 1, 256, "threads of one SQL process");
  options.AddInt("lake.sql_processes_max", &sql_processes_max, 1, 1024, "SQL processes at once");
  options.AddInt("lake.sql_queue_max", &sql_queue_max, 0, 1'000'000,
                 "tasks that may wait for a SQL process");
  options.AddInt("lake.archive_rows_max", &archive_rows_max, 1, 10'000'000,
                 "events that wait before they are archived together");
  options.AddBytes("lake.archive_bytes_max", &archive_bytes_max, 64 << 10, 1024 * kMebi,
                   "bytes of events that wait before they are archived together");
  options.AddInt("lake.archive_files_max", &archive_files_max, 1, 1'000'000,
                 "files of the archive that are written between two commits: what a stop waits for "
                 "or gives up");
  options.AddDuration("lake.archive_delay_max", &archive_delay_max, absl::Milliseconds(10),
                      absl::Hours(24), "longest time that an event waits to be archived");
  options.AddDuration("lake.archive_poll", &archive_poll, absl::Milliseconds(1), absl::Minutes(1),
                      "time between looks for new events to archive");
  options.AddDuration("lake.archive_retry_min", &archive_retry_min, absl::Milliseconds(1),
                      absl::Minutes(10), "first wait after archiving failed; it doubles");
  options.AddDuration("lake.archive_retry_max", &archive_retry_max, absl::Milliseconds(1),
                      absl::Hours(1), "longest wait after archiving failed");
}

absl::Status LakeOptions::Check() const {
  if (std::error_code error; duckdb_library.find('/') != std::string::npos &&
                             !std::filesystem::is_regular_file(duckdb_library, error)) {
    return base::InvalidArgument("lake.duckdb_library: there is no file '{}'", duckdb_library);
  }
  // Measured: rows of incompressible events weigh up to six times their bytes while they are
  // written.
  constexpr int64_t kMemoryPerByte = 8;
  if (archive_bytes_max > sql_memory_max / kMemoryPerByte) {
    return base::InvalidArgument(
        "lake.archive_bytes_max ({}) is more than an eighth of lake.sql_memory_max ({}), in which "
        "such a flush is written: lower the one or raise the other",
        archive_bytes_max, sql_memory_max);
  }
  if (archive_retry_min > archive_retry_max) {
    return base::InvalidArgument(
        "lake.archive_retry_min ({}) is more than lake.archive_retry_max ({})",
        absl::FormatDuration(archive_retry_min), absl::FormatDuration(archive_retry_max));
  }
  return absl::OkStatus();
}

}  // namespace tenantry::lake
