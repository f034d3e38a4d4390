#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>

namespace tenantry::lake::sql {

/// The options that the limits of SQL processes come from, as errors call them.
struct SqlLimitNames {
  std::string memory = "lake.sql_memory_max";
  std::string spill = "lake.sql_spill_max";
  std::string time = "lake.sql_time_max";
  std::string processes = "lake.sql_processes_max";
};

/// Limits of the processes that run SQL.
struct SqlOptions {
  std::string duckdb_library;                 ///< libduckdb.so; empty: look in the usual places
  int64_t sql_memory_max = int64_t{1} << 30;  ///< bytes of address space a process may add
  int64_t sql_spill_max = int64_t{4} << 30;   ///< bytes a process may spill to disk
  absl::Duration sql_time_max = absl::Minutes(5);  ///< what a task may keep its caller waiting
  int64_t sql_threads = 1;                         ///< of the engine in one process
  int64_t sql_processes_max = 2;                   ///< processes at once
  int64_t sql_queue_max = 64;                      ///< tasks that wait for a process at once
  SqlLimitNames names;                             ///< where these limits come from
};

}  // namespace tenantry::lake::sql
