#include "app/server/engines.h"

#include <filesystem>

#include "base/status.h"
#include "metastore/migrations.h"
#include "metastore/sqlite/sqlite_metastore.h"

namespace tenantry::app::server {

namespace fs = std::filesystem;

absl::Status Engines::Open(const std::string& path, const ProgramOptions& options,
                           base::Clock& clock, base::Faults& faults, runtime::Metrics& metrics) {
  TENANTRY_ASSIGN_OR_RETURN(folder, DataFolder::Open(path));
  const std::string metastore_file = folder->Entry("metastore.db");
  // It is made before the event log: a log without it, or beside an empty one, means that it was
  // lost.
  std::error_code absent;
  const auto bytes = fs::file_size(metastore_file, absent);
  if ((absent || bytes == 0) && fs::exists(folder->Entry("eventlog"))) {
    return base::FailedPrecondition(
        "{} has an event log, and {}: restore metastore.db from a backup, or begin with an empty "
        "folder",
        path, absent ? "no metastore.db" : "a metastore.db of 0 bytes");
  }
  // Before anything is made that would be half a server's.
  sql = std::make_unique<lake::sql::SqlProcesses>(options.lake, folder->Entry("sql"), metrics);
  TENANTRY_RETURN_IF_ERROR(sql->Check());
  TENANTRY_ASSIGN_OR_RETURN(
      metastore, metastore::SqliteMetastore::Open(metastore_file, options.metastore, faults));
  TENANTRY_RETURN_IF_ERROR(
      metastore::Migrate(*metastore, metastore::Migrations(), absl::ToUnixMicros(clock.Now())));
  TENANTRY_ASSIGN_OR_RETURN(
      log, eventlog::RocksDbEventLog::Open(folder->Entry("eventlog"), options.eventlog, clock,
                                           faults, metrics));
  const lake::sql::SqlOptions& system_options = options.lake;
  lake::sql::SqlOptions user_options = system_options;
  user_options.sql_processes_max = options.lake.user_sql_processes_max;
  user_options.names.processes = "lake.user_sql_processes_max";
  user_sql = std::make_unique<lake::sql::SqlProcesses>(user_options, folder->Entry("user_sql"),
                                                       metrics, "user");
  TENANTRY_ASSIGN_OR_RETURN(
      blobs, blobstore::LocalBlobStore::Open(folder->Entry("blobs"),
                                             folder->Entry("blob_master_key"), metrics));
  TENANTRY_ASSIGN_OR_RETURN(archive, lake::archive::EventArchive::Open(
                                         folder->Entry("lake/archive"), *sql, metrics, faults));
  TENANTRY_ASSIGN_OR_RETURN(
      models, scoring::registry::ModelRegistry::Open(folder->Entry("models"), faults, {}));
  return absl::OkStatus();
}

}  // namespace tenantry::app::server
