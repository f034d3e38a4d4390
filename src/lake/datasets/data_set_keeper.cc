#include "lake/datasets/data_set_keeper.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::lake::datasets {
namespace {

constexpr absl::Duration kStopMax = absl::Seconds(5);  // that the imports of a tenant have

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
    for (const auto& [id, in_hand] : in_hand_) in_hand->cancelled = true;
    imports = std::move(imports_);
  }
  imports.reset();  // those that wait find that it stops, and stay for the next start
  if (sweeper_.joinable()) sweeper_.join();
}

bool DataSetKeeper::Enqueue(const base::TenantId& tenant, const UploadId& id) {
  base::MonitorLock lock(&mutex_);
  if (stopping_ || imports_ == nullptr) return false;
  if (in_hand_.contains(id)) return true;
  const auto in_hand = in_hand_.emplace(id, std::make_unique<InHand>()).first;
  in_hand->second->tenant = tenant;
  if (imports_->TryPost([this, tenant, id] { ImportOne(tenant, id); })) return true;
  in_hand_.erase(in_hand);
  return false;
}

void DataSetKeeper::ImportOne(const base::TenantId& tenant, const UploadId& id) {
  InHand* in_hand = nullptr;  // stays until it is erased here
  {
    base::MonitorLock lock(&mutex_);
    in_hand = in_hand_.at(id).get();
    in_hand->runs = true;
  }
  if (!in_hand->cancelled) {
    const absl::Status imported = uploads_.Import(tenant, id, in_hand->cancelled);
    if (!absl::IsCancelled(imported)) Warn("an import is tried again later", imported);
  }
  base::MonitorLock lock(&mutex_);
  in_hand_.erase(id);
}

absl::Status DataSetKeeper::StopImports(const base::TenantId& tenant) {
  base::MonitorLock lock(&mutex_);
  const auto none_runs = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::ranges::none_of(in_hand_, [&](const auto& entry) {
      return entry.second->runs && entry.second->tenant == tenant;
    });
  };
  for (const auto& [id, in_hand] : in_hand_) {
    if (in_hand->tenant == tenant) in_hand->cancelled = true;
  }
  if (mutex_.AwaitFor(absl::Condition(&none_runs), kStopMax)) return absl::OkStatus();
  return base::FailedPrecondition(
      "a file of the tenant '{}' is being imported still: try again in a moment", tenant);
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
