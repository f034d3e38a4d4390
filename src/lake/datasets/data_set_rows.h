#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/datasets/data_set.h"
#include "metastore/metastore.h"

namespace tenantry::lake::datasets {

/// The rows of data sets in the metastore. Errors of all calls: as metastore::Transaction.

/// NotFound when the tenant is deleted or being deleted. Its deletion says so first and for good:
/// what a transaction writes after this check is there before the deletion looks for it.
absl::Status CheckTenantLives(metastore::Transaction& transaction, const base::TenantId& tenant);

/// The data set of this id, or else of this name.
absl::StatusOr<std::optional<DataSet>> FindDataSet(metastore::Transaction& transaction,
                                                   const base::TenantId& tenant,
                                                   std::string_view name_or_id);

/// Up to `limit` data sets with ids after `after`, by id.
absl::StatusOr<std::vector<DataSet>> ListDataSets(metastore::Transaction& transaction,
                                                  const base::TenantId& tenant,
                                                  const std::string& after, int64_t limit);

/// Adds a row. AlreadyExists: the name is taken.
absl::Status InsertDataSet(metastore::Transaction& transaction, const DataSet& data_set);

/// Replaces the row. AlreadyExists as above.
absl::Status UpdateDataSet(metastore::Transaction& transaction, const DataSet& data_set);

/// Removes the row.
absl::Status DeleteDataSet(metastore::Transaction& transaction, const DataSet& data_set);

/// What a tenant has.
struct DataSetTotals {
  int64_t data_sets = 0;
  int64_t bytes = 0;
};
absl::StatusOr<DataSetTotals> TotalDataSets(metastore::Transaction& transaction,
                                            const base::TenantId& tenant);

/// What becomes of the bytes of a version.
enum class VersionState {
  kPending,  ///< being written; an orphan when the process that wrote them is gone
  kLive,     ///< the newest of its data set
  kDead,     ///< superseded or deleted: to be removed
};

/// A version of a data set whose bytes may be in the blob store.
struct DataSetVersion {
  base::TenantId tenant;
  base::DataSetId data_set;
  int64_t version = 0;
};

/// The key of its bytes in the blob store.
std::string BlobKeyOf(const DataSetVersion& version);

/// Reserves the number after the greatest that the data set ever had.
absl::StatusOr<DataSetVersion> ReserveVersion(metastore::Transaction& transaction,
                                              const base::TenantId& tenant,
                                              const base::DataSetId& data_set, int64_t now_micros);

/// Sets a version's state. NotFound: there is no such version.
absl::Status SetVersionState(metastore::Transaction& transaction, const DataSetVersion& version,
                             VersionState state, int64_t now_micros);

/// Up to `limit` versions that have been in `state` since before `before_micros`.
absl::StatusOr<std::vector<DataSetVersion>> VersionsIn(metastore::Transaction& transaction,
                                                       VersionState state, int64_t before_micros,
                                                       int64_t limit);

/// Forgets a version whose bytes are gone.
absl::Status ForgetVersion(metastore::Transaction& transaction, const DataSetVersion& version);

}  // namespace tenantry::lake::datasets
