#include "eventlog/merged_reader.h"

#include <utility>

#include "base/status.h"

namespace tenantry::eventlog {

void MergedReader::Add(const PartitionId& partition, const LogOffset& from,
                       std::optional<LogOffset> to) {
  feeds_[partition] = {from, std::move(to), nullptr, std::nullopt, false};
}

void MergedReader::Retry() {
  for (auto& [partition, feed] : feeds_) feed.left_out = false;
}

absl::Status MergedReader::Fill(const PartitionId& partition, Feed& feed) {
  if (feed.reader == nullptr) {
    TENANTRY_ASSIGN_OR_RETURN(feed.reader, log_.Read(partition, feed.next));
  }
  TENANTRY_ASSIGN_OR_RETURN(LogBatch batch, feed.reader->Next(absl::ZeroDuration()));
  feed.next = batch.next;
  if (!batch.records.empty()) feed.head = std::move(batch);
  return absl::OkStatus();
}

// Takes the partition's next batch, if there is one that is wanted.
void MergedReader::Look(const PartitionId& partition, Feed& feed, OnTrouble on_trouble) {
  while (!feed.left_out && !feed.head.has_value()) {
    if (feed.to.has_value() && !(feed.next < *feed.to)) return;
    const absl::Status status = Fill(partition, feed);
    if (status.ok()) return;
    feed.reader.reset();
    const std::optional<LogOffset> place = on_trouble(partition, feed.next, status);
    feed.left_out = !place.has_value();
    if (place.has_value()) feed.next = *place;
  }
}

std::optional<LogBatch> MergedReader::Next(OnTrouble on_trouble) {
  Feed* first = nullptr;
  // A batch that shows here after the first look at its partition may be older than one that
  // another partition shows: what is given was looked for after the oldest known was there.
  for (bool looked_again = false;; looked_again = true) {
    Feed* before = std::exchange(first, nullptr);
    for (auto& [partition, feed] : feeds_) {
      Look(partition, feed, on_trouble);
      if (!feed.head.has_value()) continue;
      if (first == nullptr || feed.head->appended < first->head->appended) first = &feed;
    }
    if (first == nullptr) return std::nullopt;
    if (looked_again && first == before) break;
  }
  return std::exchange(first->head, std::nullopt);
}

}  // namespace tenantry::eventlog
