#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <map>
#include <memory>
#include <optional>

#include "eventlog/event_log.h"

namespace tenantry::eventlog {

/// Reads several partitions as far as the log goes now, their batches in the order in which they
/// were appended: what it has given at any time is all that was appended up to some moment. Holds
/// one batch of each partition. Not thread-safe.
class MergedReader {
 public:
  /// Asked about a partition that can't be read at `place`: where to go on instead, or nothing to
  /// leave it out, so that it does not keep the others back.
  using OnTrouble = absl::FunctionRef<std::optional<LogOffset>(
      const PartitionId& partition, const LogOffset& place, const absl::Status& why)>;

  /// `log` must outlive this.
  explicit MergedReader(EventLog& log) : log_(log) {}

  /// Reads `partition`, too, from `from` on, to `to` when it is given: the batch that holds `to` is
  /// the last.
  void Add(const PartitionId& partition, const LogOffset& from,
           std::optional<LogOffset> to = std::nullopt);

  /// True for a partition that was added.
  bool Reads(const PartitionId& partition) const { return feeds_.contains(partition); }

  /// The next batch; nothing when all is read that the log has, but for partitions left out.
  std::optional<LogBatch> Next(OnTrouble on_trouble);

  /// Takes in again what was left out.
  void Retry();

 private:
  struct Feed {
    LogOffset next;
    std::optional<LogOffset> to;
    std::unique_ptr<LogReader> reader;
    std::optional<LogBatch> head;
    bool left_out = false;
  };

  absl::Status Fill(const PartitionId& partition, Feed& feed);
  void Look(const PartitionId& partition, Feed& feed, OnTrouble on_trouble);

  EventLog& log_;
  std::map<PartitionId, Feed> feeds_;
};

}  // namespace tenantry::eventlog
