#pragma once

#include <absl/status/status.h>

#include <memory>
#include <optional>
#include <string>

#include "app/data_folder.h"
#include "app/program_options.h"
#include "base/clock.h"
#include "base/faults.h"
#include "base/random.h"
#include "blobstore/local/local_blob_store.h"
#include "eventlog/rocksdb/rocksdb_event_log.h"
#include "lake/archive/event_archive.h"
#include "lake/sql/sql_process.h"
#include "metastore/metastore.h"
#include "runtime/metrics.h"
#include "scoring/embedded/embedded_scorer.h"
#include "scoring/registry/model_registry.h"

namespace tenantry::app::server {

/// The embedded engines of one process, in the data folder. Opened once; what refers to them is
/// destroyed before.
struct Engines {
  /// Opens the folder and everything in it. Errors say what stands in the way.
  absl::Status Open(const std::string& folder, const ProgramOptions& options, base::Clock& clock,
                    base::Faults& faults, runtime::Metrics& metrics);

  std::optional<DataFolder> folder;
  std::unique_ptr<metastore::Metastore> metastore;
  std::unique_ptr<eventlog::RocksDbEventLog> log;
  std::unique_ptr<blobstore::BlobStore> blobs;
  std::unique_ptr<lake::sql::SqlProcesses> sql;       ///< for the server's own tasks
  std::unique_ptr<lake::sql::SqlProcesses> user_sql;  ///< for tenants', who can't hold those up
  std::unique_ptr<lake::archive::EventArchive> archive;
  std::unique_ptr<scoring::registry::ModelRegistry> models;
  scoring::embedded::EmbeddedScorer scorer;
};

}  // namespace tenantry::app::server
