#include "lake/datasets/data_set_keeper.h"

#include <utility>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::lake::datasets {
namespace {

void Warn(std::string_view what, const absl::Status& status) {
  if (status.ok()) return;
  runtime::Log(runtime::LogLevel::kWarning, "lake", "{}: {}", what, base::Message(status));
}

}  // namespace

DataSetKeeper::DataSetKeeper(StoredDataSets& data_sets)
    : data_sets_(data_sets),
      uploads_(data_sets, [this](const base::TenantId& tenant, const UploadId& id) {
        return Enqueue(tenant, id);
      }) {}

DataSetKeeper::~DataSetKeeper() { Stop(); }

absl::Status DataSetKeeper::Start() {
  {
    base::MonitorLock lock(&mutex_);
    imports_ = std::make_unique<runtime::WorkerPool>(
        "imports", static_cast<int>(data_sets_.options().imports_max),
        static_cast<size_t>(data_sets_.options().import_queue_max), data_sets_.parts().metrics);
  }
  sweeper_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void DataSetKeeper::Stop() {
  std::unique_ptr<runtime::WorkerPool> imports;
  {
    base::MonitorLock lock(&mutex_);
    stopping_ = true;
    cancelled_ = true;
    imports = std::move(imports_);
  }
  imports.reset();  // those that wait find that it stops, and stay for the next start
  if (sweeper_.joinable()) sweeper_.join();
}

bool DataSetKeeper::Enqueue(const base::TenantId& tenant, const UploadId& id) {
  base::MonitorLock lock(&mutex_);
  if (stopping_ || imports_ == nullptr) return false;
  if (in_hand_.contains(id)) return true;
  if (!imports_->TryPost([this, tenant, id] { ImportOne(tenant, id); })) return false;
  in_hand_.insert(id);
  return true;
}

void DataSetKeeper::ImportOne(const base::TenantId& tenant, const UploadId& id) {
  if (!cancelled_) {
    const absl::Status imported = uploads_.Import(tenant, id, cancelled_);
    if (!absl::IsCancelled(imported)) Warn("an import is tried again later", imported);
  }
  base::MonitorLock lock(&mutex_);
  in_hand_.erase(id);
}

void DataSetKeeper::Run() {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
  for (;;) {
    SweepOnce();
    base::MonitorLock lock(&mutex_);
    if (mutex_.AwaitFor(absl::Condition(&stopping), data_sets_.options().sweep_interval)) {
      return;
    }
  }
}

void DataSetKeeper::SweepOnce() {
  Warn("some imports wait for the next sweep", uploads_.Resume());
  Warn("old versions of data sets stay for now", data_sets_.Sweep());
  Warn("old uploads stay for now", uploads_.Sweep());
}

}  // namespace tenantry::lake::datasets
