#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/datasets/imports/uploads.h"
#include "metastore/metastore.h"

namespace tenantry::lake::datasets {

/// The rows of uploads in the metastore. Errors of all calls: as metastore::Transaction.

/// The upload; nullopt when there is none.
absl::StatusOr<std::optional<Upload>> FindUpload(metastore::Transaction& transaction,
                                                 const base::TenantId& tenant, const UploadId& id);

/// Up to `limit` uploads in `state` whose last change was before `before`, of all tenants.
absl::StatusOr<std::vector<Upload>> UploadsIn(metastore::Transaction& transaction,
                                              UploadState state, absl::Time before, int64_t limit);

/// Up to `limit` unfinished uploads of a tenant with ids after `after`, by id.
absl::StatusOr<std::vector<Upload>> UnfinishedUploads(metastore::Transaction& transaction,
                                                      const base::TenantId& tenant,
                                                      const std::string& after, int64_t limit);

/// The upload of a tenant that takes parts and had none for the longest; nullopt: there is none.
absl::StatusOr<std::optional<Upload>> OldestUpload(metastore::Transaction& transaction,
                                                   const base::TenantId& tenant);

/// How many unfinished uploads a tenant has.
struct UnfinishedCount {
  int64_t all = 0;
  int64_t importing = 0;  ///< of them
};
absl::StatusOr<UnfinishedCount> CountUnfinished(metastore::Transaction& transaction,
                                                const base::TenantId& tenant);

/// Adds the row.
absl::Status InsertUpload(metastore::Transaction& transaction, const Upload& upload);

/// Sets state, bytes, parts, answer and time of the row. NotFound: there is none.
absl::Status UpdateUpload(metastore::Transaction& transaction, const Upload& upload);

/// Removes the row and those of its parts.
absl::Status DeleteUpload(metastore::Transaction& transaction, const base::TenantId& tenant,
                          const UploadId& id);

/// A part: where it begins and how long it is.
struct UploadPart {
  int64_t number = 0;
  int64_t first_byte = 0;
  int64_t bytes = 0;
};

/// Adds the row of a part.
absl::Status InsertPart(metastore::Transaction& transaction, const Upload& upload,
                        const UploadPart& part);

/// The part that begins at `first_byte`; nullopt when none does.
absl::StatusOr<std::optional<UploadPart>> FindPart(metastore::Transaction& transaction,
                                                   const Upload& upload, int64_t first_byte);

}  // namespace tenantry::lake::datasets
