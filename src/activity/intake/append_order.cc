#include "activity/intake/append_order.h"

#include <algorithm>
#include <tuple>

#include "runtime/logging.h"

namespace tenantry::activity {

using eventlog::LogOffset;
using eventlog::LogPositions;
using eventlog::PartitionId;

void AppendOrder::Join(const LogPositions& partitions) {
  base::MonitorLock lock(&mutex_);
  for (const auto& [partition, from] : partitions) {
    members_[partition] = {.next = from, .end = from};
  }
  ++changes_;
}

void AppendOrder::Leave(absl::Span<const PartitionId> partitions) {
  base::MonitorLock lock(&mutex_);
  for (const PartitionId& partition : partitions) members_.erase(partition);
  ++changes_;
}

bool AppendOrder::IsKept(const PartitionId& partition, absl::Time appended, bool patient) const {
  return std::ranges::any_of(members_, [&](const auto& entry) {
    const auto& [id, other] = entry;
    if (id == partition) return false;
    switch (other.stage) {
      case Stage::kReading:
        return patient && other.next < other.end;
      case Stage::kFilling:
      case Stage::kInside:
        return true;
      case Stage::kFailing:
        return false;
      case Stage::kWaiting:
        return std::tie(other.appended, id) < std::tie(appended, partition);
    }
    return false;
  });
}

bool AppendOrder::Enter(const PartitionId& partition, absl::Time appended,
                        const LogPositions& ends) {
  base::MonitorLock lock(&mutex_);
  for (const auto& [id, end] : ends) {
    const auto other = members_.find(id);
    if (other != members_.end()) other->second.end = std::max(other->second.end, end);
  }
  const auto mine = members_.find(partition);
  if (mine == members_.end()) return false;
  mine->second.stage = Stage::kWaiting;
  mine->second.appended = appended;
  ++changes_;
  const auto turn = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !members_.contains(partition) || !IsKept(partition, appended, true);
  };
  uint64_t seen = changes_;
  while (!mutex_.AwaitFor(absl::Condition(&turn), patience_)) {
    const bool still = changes_ == std::exchange(seen, changes_);
    if (!still || IsKept(partition, appended, false)) continue;
    runtime::Log(runtime::LogLevel::kWarning, "activity",
                 "{}/{} goes on without waiting for partitions that show nothing for {}",
                 partition.stream, partition.partition, absl::FormatDuration(patience_));
    break;
  }
  const auto now = members_.find(partition);
  if (now == members_.end()) return false;
  now->second.stage = Stage::kInside;
  return true;
}

void AppendOrder::Set(const PartitionId& partition, Stage stage, const LogOffset* next) {
  base::MonitorLock lock(&mutex_);
  const auto member = members_.find(partition);
  if (member == members_.end()) return;
  member->second.stage = stage;
  if (next != nullptr) member->second.next = *next;
  ++changes_;
}

void AppendOrder::Reads(const PartitionId& partition, const LogOffset& next) {
  Set(partition, Stage::kReading, &next);
}

void AppendOrder::Fills(const PartitionId& partition) { Set(partition, Stage::kFilling, nullptr); }

void AppendOrder::Fails(const PartitionId& partition) { Set(partition, Stage::kFailing, nullptr); }

}  // namespace tenantry::activity
