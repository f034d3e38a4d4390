#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <memory>
#include <thread>

#include "base/monitor.h"
#include "lake/datasets/imports/uploads.h"
#include "lake/datasets/stored_data_sets.h"
#include "runtime/services/service.h"
#include "runtime/worker_pool.h"

namespace tenantry::lake::datasets {

/// The background work of data sets: imports, on threads of their own, and the sweep of what can
/// go, on another. Uploads are taken by `uploads`, which is of use before Start too; what they hand
/// over is imported once started.
class DataSetKeeper final : public runtime::Service {
 public:
  /// `data_sets` outlives this.
  explicit DataSetKeeper(StoredDataSets& data_sets);
  ~DataSetKeeper() override;

  std::string_view name() const override { return "datasets"; }
  absl::Status Start() override;
  void Stop() override;

  /// Ends the imports of a tenant that is being deleted and waits for those that run, for 5 s at
  /// most. FailedPrecondition: one runs still; try again.
  absl::Status StopImports(const base::TenantId& tenant);

  /// The uploads that it imports.
  Uploads& uploads() { return uploads_; }

 private:
  // An upload that is queued or being imported.
  struct InHand {
    base::TenantId tenant;
    bool runs = false;
    std::atomic<bool> cancelled = false;  // for those that wait for a process
  };

  bool Enqueue(const base::TenantId& tenant, const UploadId& id);
  void ImportOne(const base::TenantId& tenant, const UploadId& id);
  void Run();
  void SweepOnce();

  StoredDataSets& data_sets_;
  Uploads uploads_;
  base::Monitor mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<UploadId, std::unique_ptr<InHand>> in_hand_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<runtime::WorkerPool> imports_ ABSL_GUARDED_BY(mutex_);
  std::thread sweeper_;
};

}  // namespace tenantry::lake::datasets
