#pragma once

#include <absl/container/flat_hash_set.h>

#include <atomic>
#include <memory>
#include <thread>

#include "base/monitor.h"
#include "lake/datasets/imports/uploads.h"
#include "lake/datasets/stored_data_sets.h"
#include "runtime/service.h"
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

  /// The uploads that it imports.
  Uploads& uploads() { return uploads_; }

 private:
  bool Enqueue(const base::TenantId& tenant, const UploadId& id);
  void ImportOne(const base::TenantId& tenant, const UploadId& id);
  void Run();
  void SweepOnce();

  StoredDataSets& data_sets_;
  Uploads uploads_;
  base::Monitor mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<bool> cancelled_ = false;  // the same, for those that wait for a process
  absl::flat_hash_set<UploadId> in_hand_ ABSL_GUARDED_BY(mutex_);  // queued or being imported
  std::unique_ptr<runtime::WorkerPool> imports_ ABSL_GUARDED_BY(mutex_);
  std::thread sweeper_;
};

}  // namespace tenantry::lake::datasets
