#pragma once

#include <absl/status/statusor.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/datasets/imports/import_request.h"
#include "lake/datasets/imports/importer.h"
#include "lake/datasets/stored_data_sets.h"

namespace tenantry::lake::datasets {

/// The kind of an upload's id.
struct UploadTag {
  static constexpr std::string_view kName = "uploadID";
};
/// An upload of a tenant.
using UploadId = base::Id<UploadTag>;

/// Where an upload is in its life.
enum class UploadState {
  kReceiving,  ///< takes parts
  kImporting,  ///< all is there; the data set is being made of it, also after a crash
  kDone,       ///< the data set is there
  kFailed,     ///< it could not be made
};

/// The state's name: receiving, importing, done, failed.
std::string_view StateName(UploadState state);

/// An upload as it is stored.
struct Upload {
  UploadId id;
  base::TenantId tenant;
  ImportRequest request;
  UploadState state = UploadState::kReceiving;
  int64_t bytes = 0;  ///< received; where the next part begins
  int64_t parts = 0;
  std::string
      answer_json;       ///< of kDone {"dataSetID", "version"}; of kFailed {"detail", "problems"}
  DataSetChange change;  ///< by whom
  absl::Time created;
  absl::Time updated;
};

/// Files on their way into data sets, in parts, each durable and encrypted before it is
/// acknowledged, so that an upload goes on where it stopped, whoever died. A part is a blob; rows
/// tell which there are. Thread-safe. Errors of all calls: those of the metastore and of the blob
/// store; NotFound: the tenant is being deleted.
class Uploads {
 public:
  /// `enqueue` has Import called for an upload, on another thread, once; false when too many wait.
  /// `data_sets` outlives this.
  Uploads(StoredDataSets& data_sets,
          std::function<bool(const base::TenantId&, const UploadId&)> enqueue);

  /// Begins an upload. Where the tenant may have no more unfinished ones, the one that had no part
  /// for the longest gives way if it is the same person's, of the same name, and had none for
  /// `lake.upload_away_min`; else ResourceExhausted, with when one will be over. InvalidArgument:
  /// a new data set would be named as a word of SQL (CheckNotReserved).
  absl::StatusOr<Upload> Begin(const base::TenantId& tenant, const ImportRequest& request,
                               const DataSetChange& change);

  /// The upload. NotFound: there is none, or it is another tenant's.
  absl::StatusOr<Upload> Get(const base::TenantId& tenant, const UploadId& id);

  /// Up to `limit` unfinished uploads of the tenant with ids after `after`, by id.
  absl::StatusOr<std::vector<Upload>> List(const base::TenantId& tenant, const std::string& after,
                                           int64_t limit);

  /// Adds a part that begins at `offset`, which is where the upload ends; a part that is there
  /// already, as a whole, is taken for the repetition that it is. `sha256` are the digest's 32
  /// bytes, or empty. Aborted: the offset is another; InvalidArgument: the part is empty, too long,
  /// or not what the digest says; ResourceExhausted: the upload would be too long, the disk is
  /// full; FailedPrecondition: it is not receiving any more, or the part came before with other
  /// bytes.
  absl::StatusOr<Upload> Put(const base::TenantId& tenant, const UploadId& id, int64_t offset,
                             std::string_view bytes, std::string_view sha256);

  /// Says that all parts are there: the data set will be made of them. Done before, it tells how
  /// that stands. FailedPrecondition: `bytes`, if given, is not what was received; Unavailable: too
  /// many imports wait.
  absl::StatusOr<Upload> Commit(const base::TenantId& tenant, const UploadId& id,
                                std::optional<int64_t> bytes);

  /// Gives an upload up; a data set that was made of it stays. FailedPrecondition: it is importing.
  absl::Status Delete(const base::TenantId& tenant, const UploadId& id);

  /// Makes the data set of an upload that is importing, and stores how that went. Errors that may
  /// pass (the store's, no free process) leave it importing and are returned; so does Cancelled,
  /// once `cancelled`, which outlives the call, is true. OK, and nothing is made, when the tenant
  /// is being deleted.
  absl::Status Import(const base::TenantId& tenant, const UploadId& id,
                      const std::atomic<bool>& cancelled);

  /// Hands over again all that are importing: those of an earlier process, and those that an error
  /// left. Unavailable: too many wait.
  absl::Status Resume();

  /// Removes uploads whose last change is too long ago, with their parts.
  absl::Status Sweep();

 private:
  absl::Status Insert(const Upload& upload, std::optional<Upload>& in_the_way);
  absl::StatusOr<bool> DeleteUnchanged(const Upload& seen);
  absl::Status DeleteLocked(const base::TenantId& tenant, const UploadId& id);
  absl::Status CheckLives(const base::TenantId& tenant);
  absl::Status ImportLiving(const base::TenantId& tenant, const UploadId& id,
                            const std::atomic<bool>& cancelled);
  absl::Status CheckRepeated(const Upload& upload, int64_t number, std::string_view bytes);
  absl::Status PutPart(const Upload& upload, std::string_view bytes);
  absl::Status Assemble(const Upload& upload, const std::string& file);
  absl::StatusOr<DataSet> Make(const Upload& upload, const std::atomic<bool>& cancelled,
                               std::vector<ImportProblem>& problems);
  absl::StatusOr<ParquetFacts> Convert(const Upload& upload, const PrivateFolder& folder,
                                       const std::atomic<bool>& cancelled,
                                       std::vector<ImportProblem>& problems);
  absl::Status Fail(const Upload& upload, const absl::Status& why,
                    const std::vector<ImportProblem>& problems);
  absl::Status RemoveParts(const base::TenantId& tenant, const UploadId& id);
  absl::Mutex& LockOf(const UploadId& id);

  StoredDataSets& data_sets_;
  const std::function<bool(const base::TenantId&, const UploadId&)> enqueue_;
  runtime::Counter& received_bytes_;
  runtime::Counter& imported_;
  runtime::Counter& failed_;
  std::array<absl::Mutex, 64> locks_;  // one part of an upload at a time
};

}  // namespace tenantry::lake::datasets
