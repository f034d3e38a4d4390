#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "blobstore/blob_store.h"
#include "jobs/life/job.h"
#include "runtime/disk/disk_reserve.h"

namespace tenantry::jobs {

/// The results of finished steps, kept in the blob store under the job's tenant and encrypted with
/// its key, so that a job goes on behind them. Thread-safe; calls block. Errors of all calls: those
/// of the blob store; ResourceExhausted: what is written would leave less free on the disk than its
/// reserve.
class Snapshots {
 public:
  /// The references outlive this. `disk` is that of the store and of the jobs' folders.
  Snapshots(blobstore::BlobStore& blobs, const runtime::DiskReserve& disk)
      : blobs_(blobs), disk_(disk) {}

  /// Keeps `file` as the result of a step; replaces what is kept already.
  absl::Status Keep(const Job& job, size_t step, const std::string& file);

  /// Writes the result of a step to `file`, which must not exist, and gives its bytes. NotFound: it
  /// is not kept.
  absl::StatusOr<int64_t> Fetch(const Job& job, size_t step, const std::string& file);

  /// Removes all results of the job; OK when none is kept.
  absl::Status Remove(const Job& job);

 private:
  blobstore::BlobStore& blobs_;
  const runtime::DiskReserve& disk_;
};

}  // namespace tenantry::jobs
