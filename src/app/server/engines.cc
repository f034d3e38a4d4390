#include "app/server/engines.h"

#include "base/status.h"
#include "metastore/migrations.h"
#include "metastore/sqlite/sqlite_metastore.h"

namespace tenantry::app::server {

absl::Status Engines::Open(const std::string& path, const ProgramOptions& options,
                           base::Clock& clock, base::Faults& faults, runtime::Metrics& metrics) {
  TENANTRY_RETURN_IF_ERROR(options.lake.Check());
  TENANTRY_ASSIGN_OR_RETURN(folder, DataFolder::Open(path));
  TENANTRY_ASSIGN_OR_RETURN(
      metastore,
      metastore::SqliteMetastore::Open(folder->Entry("metastore.db"), options.metastore, faults));
  TENANTRY_RETURN_IF_ERROR(
      metastore::Migrate(*metastore, metastore::Migrations(), absl::ToUnixMicros(clock.Now())));
  TENANTRY_ASSIGN_OR_RETURN(
      log, eventlog::RocksDbEventLog::Open(folder->Entry("eventlog"), options.eventlog, clock,
                                           faults, metrics));
  sql = std::make_unique<lake::sql::SqlProcesses>(options.lake, folder->Entry("sql"), metrics);
  TENANTRY_RETURN_IF_ERROR(sql->Check());
  TENANTRY_ASSIGN_OR_RETURN(archive, lake::archive::EventArchive::Open(
                                         folder->Entry("lake/archive"), *sql, metrics, faults));
  TENANTRY_ASSIGN_OR_RETURN(
      models, scoring::registry::ModelRegistry::Open(folder->Entry("models"), faults, {}));
  return absl::OkStatus();
}

}  // namespace tenantry::app::server
