#pragma once

#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "blobstore/blob_store.h"
#include "lake/datasets/data_set_options.h"
#include "lake/datasets/data_set_rows.h"
#include "lake/datasets/data_sets.h"
#include "lake/datasets/parquet_facts.h"
#include "lake/datasets/private_folder.h"
#include "lake/sql/sql_process.h"
#include "metastore/metastore.h"
#include "runtime/disk/disk_reserve.h"
#include "runtime/metrics.h"

namespace tenantry::lake::datasets {

/// What data sets are made of; all outlive them.
struct DataSetParts {
  metastore::Metastore& store;   ///< the catalog
  blobstore::BlobStore& blobs;   ///< the bytes
  sql::SqlProcesses& processes;  ///< for tenants' SQL
  const base::Clock& clock;
  base::Random& random;
  runtime::Metrics& metrics;
};

/// Data sets with their catalog in the metastore and their versions in the blob store. A version's
/// bytes are written first, under a number that was reserved; then one transaction makes them the
/// newest, with the audit line and the event. What no row names as live any more is removed by
/// Sweep. Thread-safe.
class StoredDataSets final : public DataSets {
 public:
  /// `staging` is a folder for decrypted files, made when absent, emptied now. Errors as
  /// runtime::MakeFolders.
  static absl::StatusOr<std::unique_ptr<StoredDataSets>> Open(DataSetParts parts,
                                                              const DataSetOptions& options,
                                                              const std::string& staging);

  absl::StatusOr<std::vector<DataSet>> List(const base::TenantId& tenant, const std::string& after,
                                            int64_t limit) override;
  absl::StatusOr<std::optional<DataSet>> Find(const base::TenantId& tenant,
                                              std::string_view name_or_id) override;
  absl::StatusOr<DataSet> Rename(const base::TenantId& tenant, std::string_view name_or_id,
                                 const std::string& name, const DataSetChange& change) override;
  absl::Status Delete(const base::TenantId& tenant, std::string_view name_or_id,
                      const DataSetChange& change) override;
  absl::StatusOr<DataSet> Publish(const base::TenantId& tenant, const std::string& name,
                                  const std::string& parquet_file,
                                  const DataSetChange& change) override;
  absl::StatusOr<NamedTables> TablesOf(const base::TenantId& tenant,
                                       const std::string& sql) override;
  absl::StatusOr<NamedTables> Resolve(const base::TenantId& tenant,
                                      const SelectStatement& statement) override;
  absl::StatusOr<std::vector<StagedDataSet>> Stage(const base::TenantId& tenant,
                                                   const std::vector<std::string>& names,
                                                   const std::string& folder) override;
  absl::Status StageVersion(const base::TenantId& tenant, const base::DataSetId& id,
                            int64_t version, const std::string& file) override;
  absl::Status Query(const base::TenantId& tenant, const std::string& sql, AnswerFormat format,
                     const QueryLimits& limits, AnswerSink sink) override;

  /// What is written in the transaction that publishes a data set.
  using WithPublication = std::function<absl::Status(metastore::Transaction&, const DataSet&)>;

  /// Publish for a file whose facts are known; `with` may be empty.
  absl::StatusOr<DataSet> PublishFile(const base::TenantId& tenant, const std::string& name,
                                      const std::string& parquet_file, const ParquetFacts& facts,
                                      const DataSetChange& change, const WithPublication& with);

  /// What stays free on the disk, for those that write to it.
  const runtime::DiskReserve& disk() const { return disk_; }

  /// ResourceExhausted when the disk's reserve is reached once `bytes` more are on it.
  absl::Status CheckDisk(int64_t bytes) const;

  /// A folder for decrypted files of one task.
  absl::StatusOr<PrivateFolder> MakeFolder() const;

  /// Removes the bytes of versions that were superseded or deleted long enough ago, and of those
  /// that were being written when an earlier process died. The first error; the rest is done all
  /// the same.
  absl::Status Sweep();

  /// Removes all of a tenant that is deleted: rows and bytes, with an event for each data set, some
  /// at a time; what an earlier call did is not done again. FailedPrecondition: a data set came
  /// meanwhile; try again.
  absl::Status RemoveTenant(const base::TenantId& tenant);

  /// What it was made of, for those that work beside it.
  const DataSetParts& parts() const { return parts_; }
  /// See parts.
  const DataSetOptions& options() const { return options_; }

 private:
  StoredDataSets(DataSetParts parts, const DataSetOptions& options, std::string staging);

  absl::StatusOr<DataSetVersion> Reserve(const base::TenantId& tenant, const std::string& name,
                                         const ParquetFacts& facts);
  absl::Status WriteVersion(const DataSetVersion& version, const std::string& parquet_file);
  absl::StatusOr<DataSet> Flip(const DataSetVersion& version, const std::string& name,
                               const ParquetFacts& facts, const DataSetChange& change,
                               const WithPublication& with);
  absl::Status CheckQuota(metastore::Transaction& transaction, const base::TenantId& tenant,
                          const std::optional<DataSet>& before, int64_t bytes);
  absl::Status Tell(metastore::Transaction& transaction, const DataSet& data_set,
                    const std::optional<DataSet>& before, const DataSetChange& change,
                    const char* action);
  absl::StatusOr<StagedDataSet> StageOne(const base::TenantId& tenant, const std::string& name,
                                         const std::string& folder);
  absl::Status TakeQueryPlace(const base::TenantId& tenant);
  void GiveQueryPlaceBack(const base::TenantId& tenant);
  absl::StatusOr<int64_t> DeleteSome(const base::TenantId& tenant);
  absl::Status SweepVersions(VersionState state, absl::Time before);

  const DataSetParts parts_;
  const DataSetOptions options_;
  const std::string staging_;
  const runtime::DiskReserve disk_;
  const absl::Time started_;
  runtime::Counter& published_;
  runtime::Counter& swept_;
  runtime::Gauge& queries_gauge_;
  runtime::Counter& queries_refused_;
  runtime::Counter& tenant_queries_refused_;
  absl::Mutex mutex_;
  int64_t queries_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<base::TenantId, int64_t> queries_of_ ABSL_GUARDED_BY(mutex_);  // none at 0
};

}  // namespace tenantry::lake::datasets
