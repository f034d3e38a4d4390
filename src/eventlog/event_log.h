#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenantry::eventlog {

/// A stream's name: `companies`, `bigdatajobs` or `enrichedcompanies`.
using StreamName = std::string;

/// The engine's name of a partition within its stream: "0" in the embedded log and Kafka,
/// "shardId-000000000000" in Kinesis. Partitions may be added, split and closed while a log lives.
using PartitionName = std::string;

/// A place in one partition: a decimal number of any length, as text without leading zeros. On
/// RocksDB and Kafka it counts records; on Kinesis it is the sequence number followed by ten digits
/// of sub-sequence. Later places are greater; places of two partitions have no order.
class LogOffset {
 public:
  /// The first place that a partition can have.
  LogOffset() : digits_("0") {}
  explicit LogOffset(uint64_t number) : digits_(std::to_string(number)) {}

  /// InvalidArgument unless `text` is such a number of at most 80 digits.
  static absl::StatusOr<LogOffset> Parse(std::string_view text);

  /// The decimal text.
  const std::string& text() const { return digits_; }

  /// The place `records` further on within one batch.
  LogOffset Plus(uint64_t records) const;

  /// This as an integer; only for engines whose offsets fit (RocksDB, Kafka). Aborts when it
  /// doesn't.
  uint64_t number() const;

  std::strong_ordering operator<=>(const LogOffset& other) const {
    if (digits_.size() != other.digits_.size()) return digits_.size() <=> other.digits_.size();
    return digits_.compare(other.digits_) <=> 0;
  }
  bool operator==(const LogOffset& other) const { return digits_ == other.digits_; }

 private:
  std::string digits_;
};

/// One partition of one stream.
struct PartitionId {
  StreamName stream;
  PartitionName partition;
  auto operator<=>(const PartitionId&) const = default;
};

/// For each partition the next place to read: what a consumer commits beside its state. Opaque to
/// whoever stores it.
using LogPositions = std::map<PartitionId, LogOffset>;

/// How a record is read unless it says otherwise: a CloudEvent in structured JSON.
inline constexpr std::string_view kUsualContentType = "application/cloudevents+json";

/// What is appended. `key` is the tenant id: records of one key keep their order. `content_type`
/// tells how `value` is to be read (a CloudEvent in structured JSON unless said otherwise).
struct LogRecord {
  std::string key;
  std::string value;
  std::string content_type{kUsualContentType};
};

/// A record as it is read: in memory that its batch owns.
struct RecordView {
  std::string_view key;
  std::string_view value;
  std::string_view content_type;
};

/// Consecutive records of one partition, as they were appended together.
struct LogBatch {
  PartitionId from;
  LogOffset first;  ///< place of records[0]
  LogOffset next;   ///< where reading goes on; may lie past first + records (compaction, gaps)
  /// The log's clock when the batch was appended: in no partition earlier than before. In the
  /// embedded log each batch has a time of its own, which orders the batches of all partitions as
  /// they became readable; elsewhere as well as the brokers' clocks agree.
  absl::Time appended;
  std::vector<RecordView> records;
  std::shared_ptr<const void> memory;  ///< what the records' bytes live in; shared to keep them

  /// The place of records[index].
  LogOffset OffsetOf(size_t index) const { return first.Plus(index); }
};

/// A partition as the engine knows it now.
struct PartitionInfo {
  PartitionId id;
  LogOffset begin;      ///< oldest record kept
  LogOffset end;        ///< where the next record goes
  bool closed = false;  ///< takes no more records (a split or merged shard)
  /// To be read to their end before this one: where records lie whose keys now go to this one.
  std::vector<PartitionName> parents;
};

/// Reads one partition forward. Not thread-safe; different readers are independent.
class LogReader {
 public:
  virtual ~LogReader() = default;

  /// The next batch, waiting up to `wait` for one; a batch without records when none came (its
  /// `next` is where reading stands). OutOfRange when the place was dropped by retention: the
  /// message names the oldest place kept. DataLoss when stored bytes fail their checksum; Cancelled
  /// after Close.
  virtual absl::StatusOr<LogBatch> Next(absl::Duration wait) = 0;

  /// Ends a Next that waits in another thread. May be called from any thread, more than once.
  virtual void Close() = 0;
};

/// What a member of a consumer group is told. Called one at a time from the subscription's own
/// thread.
class AssignmentListener {
 public:
  virtual ~AssignmentListener() = default;

  /// These partitions are this member's from now on, under `epoch`, which grows with every change
  /// of owner: whoever writes with an older epoch is refused. Reading begins at the member's own
  /// checkpoint, else at the group's committed positions, else at the oldest record.
  virtual void OnAssigned(const std::vector<PartitionId>& partitions, uint64_t epoch) = 0;

  /// These partitions go to somebody else once this returns: finish or drop what is in hand.
  virtual void OnRevoked(const std::vector<PartitionId>& partitions) = 0;
};

/// Membership in a consumer group; destroying it leaves the group (OnRevoked is called first).
class LogSubscription {
 public:
  virtual ~LogSubscription() = default;
};

/// An ordered, partitioned, replayable log of records. Thread-safe.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Appends to `stream`; returns after the records are durable (group fsync). Records of one key
  /// land in one partition in the order given. All or nothing per partition; on error the caller
  /// can't know which partitions took theirs and sends again: readers drop repeats by event id.
  /// NotFound for an unknown stream; InvalidArgument for a record past the size limit or an empty
  /// key; ResourceExhausted when the disk is full; Unavailable when the engine is away or closed.
  virtual absl::Status Append(const StreamName& stream, std::vector<LogRecord> records) = 0;

  /// The partitions of a stream, closed ones that still hold records included. NotFound as above.
  virtual absl::StatusOr<std::vector<PartitionInfo>> Partitions(const StreamName& stream) = 0;

  /// The partition that `key`'s records go to now. Those before lie in it or in those before it
  /// (PartitionsOfKey).
  virtual absl::StatusOr<PartitionId> PartitionOf(const StreamName& stream,
                                                  std::string_view key) = 0;

  /// A reader that begins at `from`, or at the oldest record kept when `from` lies before it only
  /// because it is the zero place. NotFound for an unknown partition; FailedPrecondition when
  /// `from` lies past the end: it is a place of another log.
  virtual absl::StatusOr<std::unique_ptr<LogReader>> Read(const PartitionId& partition,
                                                          const LogOffset& from) = 0;

  /// Waits until any of these partitions holds a record at or after its place, up to `wait`: for
  /// readers of many, none of whom is to wait for the others. OK in either case. NotFound for an
  /// unknown partition.
  virtual absl::Status AwaitNews(const LogPositions& places, absl::Duration wait) = 0;

  /// The first place whose batch was appended at or after `time`; the end when there is none.
  virtual absl::StatusOr<LogOffset> OffsetAt(const PartitionId& partition, absl::Time time) = 0;

  /// Joins `consumer`'s group for `streams`; the listener must outlive the subscription. The
  /// embedded log gives its one member everything, before this returns.
  virtual absl::StatusOr<std::unique_ptr<LogSubscription>> Subscribe(
      const std::string& consumer, const std::vector<StreamName>& streams,
      AssignmentListener& listener) = 0;

  /// Durably notes how far `consumer` has come; positions not named keep theirs. FailedPrecondition
  /// when `epoch` is older than the newest one seen for the consumer (a fenced owner); 0 = no
  /// fencing.
  virtual absl::Status Commit(const std::string& consumer, const LogPositions& positions,
                              uint64_t epoch = 0) = 0;

  /// What `consumer` has committed; empty when it never did.
  virtual absl::StatusOr<LogPositions> Committed(const std::string& consumer) = 0;
};

}  // namespace tenantry::eventlog
