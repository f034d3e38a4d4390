#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/faults.h"
#include "base/random.h"
#include "blobstore/local/local_blob_store.h"
#include "interleaved_rounds.h"
#include "lake/datasets/stored_data_sets.h"
#include "metastore/migrations.h"
#include "metastore/sqlite/sqlite_metastore.h"
#include "runtime/metrics.h"

namespace tenantry::bench {

/// The data sets of a fresh server in a folder, with the embedded engines and default options, for
/// one tenant. Ends the bench when something can't be opened. Not thread-safe.
class BenchLake {
 public:
  /// `folder` exists and is absolute; whoever made it removes it.
  explicit BenchLake(std::string folder) : folder_(std::move(folder)) {
    auto store = metastore::SqliteMetastore::Open(folder_ + "/metastore.db", {}, faults_);
    Require(store.ok(), store.status().ToString());
    store_ = *std::move(store);
    const auto migrated = metastore::Migrate(*store_, metastore::Migrations(), 1);
    Require(migrated.ok(), migrated.ToString());
    auto blobs = blobstore::LocalBlobStore::Open(folder_ + "/blobs", folder_ + "/master", metrics_);
    Require(blobs.ok(), blobs.status().ToString());
    blobs_ = *std::move(blobs);
    processes_.emplace(lake::sql::SqlOptions{}, folder_ + "/sql", metrics_);
    auto opened = lake::datasets::StoredDataSets::Open(
        {*store_, *blobs_, *processes_, clock_, random_, metrics_}, {}, folder_ + "/staging");
    Require(opened.ok(), opened.status().ToString());
    data_sets_ = *std::move(opened);
  }

  /// Where all of it is, whose it is, and what it is made of.
  const std::string& folder() const { return folder_; }
  const base::TenantId& tenant() const { return tenant_; }
  lake::sql::SqlProcesses& processes() { return *processes_; }
  lake::datasets::StoredDataSets& data_sets() { return *data_sets_; }

  /// Seconds of a query with everything: its process started, parsed, staged, run and answered.
  double Query(const std::string& query) {
    return SecondsOf([&] {
      const absl::Status asked =
          data_sets_->Query(tenant_, query, lake::datasets::AnswerFormat::kCsv, {},
                            [](std::string_view) { return absl::OkStatus(); });
      Require(asked.ok(), asked.ToString());
    });
  }

 private:
  const base::TenantId tenant_{"acme"};
  const std::string folder_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  base::NoFaults faults_;
  runtime::Metrics metrics_;
  std::unique_ptr<metastore::Metastore> store_;
  std::unique_ptr<blobstore::LocalBlobStore> blobs_;
  std::optional<lake::sql::SqlProcesses> processes_;
  std::unique_ptr<lake::datasets::StoredDataSets> data_sets_;
};

}  // namespace tenantry::bench
