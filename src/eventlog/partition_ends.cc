#include "eventlog/partition_ends.h"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/status.h"

namespace tenantry::eventlog {

absl::Status PastTheEnd(const PartitionId& partition, const LogOffset& place,
                        const LogOffset& end) {
  return base::FailedPrecondition(
      "{0}/{1} ends at {3}, before {2}: this is not the log that the place is of; bring that log "
      "back, or begin anew",
      partition.stream, partition.partition, place.text(), end.text());
}

bool ReadsStream(const LogPositions& positions, const StreamName& stream) {
  const auto first = positions.lower_bound({stream, ""});
  return first != positions.end() && first->first.stream == stream;
}

PartitionEnds::PartitionEnds(const std::vector<StreamName>& streams, int64_t partitions)
    : partitions_(partitions) {
  base::MonitorLock lock(&mutex_);
  for (const StreamName& stream : streams) {
    for (int64_t i = 0; i < partitions; ++i) ranges_[{stream, std::to_string(i)}] = Range();
  }
}

absl::StatusOr<PartitionId> PartitionEnds::PartitionOf(const StreamName& stream,
                                                       std::string_view key) const {
  const uint64_t hash = XXH3_64bits(key.data(), key.size());
  PartitionId id{stream, std::to_string(hash % static_cast<uint64_t>(partitions_))};
  base::MonitorLock lock(&mutex_);
  if (ranges_.contains(id)) return id;
  return base::NotFound("there is no stream '{}'", stream);
}

absl::StatusOr<std::vector<PartitionInfo>> PartitionEnds::Of(const StreamName& stream) const {
  std::vector<PartitionInfo> infos;
  base::MonitorLock lock(&mutex_);
  for (int64_t i = 0; i < partitions_; ++i) {
    const auto found = ranges_.find({stream, std::to_string(i)});
    if (found == ranges_.end()) return base::NotFound("there is no stream '{}'", stream);
    infos.push_back(
        {found->first, LogOffset(found->second.begin), LogOffset(found->second.end), false, {}});
  }
  return infos;
}

std::vector<PartitionId> PartitionEnds::All() const {
  std::vector<PartitionId> ids;
  base::MonitorLock lock(&mutex_);
  for (const auto& [id, range] : ranges_) ids.push_back(id);
  return ids;
}

absl::StatusOr<PartitionEnds::Range> PartitionEnds::Find(const PartitionId& partition) const {
  base::MonitorLock lock(&mutex_);
  const auto found = ranges_.find(partition);
  if (found != ranges_.end()) return found->second;
  return base::NotFound("there is no partition {}/{}", partition.stream, partition.partition);
}

void PartitionEnds::Set(const std::map<PartitionId, Range>& ranges) {
  base::MonitorLock lock(&mutex_);
  for (const auto& [partition, range] : ranges) {
    Range& at = ranges_.at(partition);
    const uint64_t begin = std::max(at.begin, range.begin);
    at = range;
    at.begin = begin;
  }
}

void PartitionEnds::SetBegin(const PartitionId& partition, uint64_t begin) {
  base::MonitorLock lock(&mutex_);
  ranges_.at(partition).begin = begin;
}

void PartitionEnds::WaitPast(const PartitionId& partition, uint64_t place, absl::Duration wait,
                             const bool* closed) const {
  base::MonitorLock lock(&mutex_);
  const Range& range = ranges_.at(partition);
  auto news = [&] { return *closed || range.end > place; };
  mutex_.AwaitFor(absl::Condition(&news), wait);
}

absl::Status PartitionEnds::AwaitAny(const LogPositions& places, absl::Duration wait) const {
  base::MonitorLock lock(&mutex_);
  const LogOffset furthest(std::numeric_limits<uint64_t>::max());
  std::vector<std::pair<const Range*, uint64_t>> watched;
  for (const auto& [partition, place] : places) {
    const auto found = ranges_.find(partition);
    if (found == ranges_.end()) {
      return base::NotFound("there is no partition {}/{}", partition.stream, partition.partition);
    }
    watched.emplace_back(&found->second, std::min(place, furthest).number());
  }
  const auto news = [&watched] {
    return std::ranges::any_of(watched,
                               [](const auto& one) { return one.first->end > one.second; });
  };
  mutex_.AwaitFor(absl::Condition(&news), wait);
  return absl::OkStatus();
}

bool PartitionEnds::IsSet(const bool* closed) const {
  base::MonitorLock lock(&mutex_);
  return *closed;
}

void PartitionEnds::Close(bool* closed) {
  base::MonitorLock lock(&mutex_);
  *closed = true;
}

}  // namespace tenantry::eventlog
