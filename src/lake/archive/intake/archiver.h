#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "base/steady_time.h"
#include "eventlog/event_log.h"
#include "eventlog/merged_reader.h"
#include "lake/archive/event_archive.h"
#include "lake/archive/intake/archive_backlog.h"
#include "lake/archive/intake/archive_fields.h"
#include "runtime/metrics.h"
#include "runtime/services/service.h"

namespace tenantry::lake::archive {

/// The options of the archiver; all of it `lake.<field>`.
struct ArchiverOptions {
  int64_t archive_rows_max = 50'000;              ///< rows that wait before a flush
  int64_t archive_bytes_max = int64_t{64} << 20;  ///< bytes of events that wait before a flush
  int64_t archive_files_max = 1'000;              ///< files written between two commits
  absl::Duration archive_delay_max = absl::Minutes(5);    ///< what a record waits at most
  absl::Duration archive_poll = absl::Milliseconds(250);  ///< between looks at the log's end
  absl::Duration archive_retry_min = absl::Seconds(1);  ///< first wait after a failure; it doubles
  absl::Duration archive_retry_max = absl::Minutes(1);  ///< the longest such wait
};

/// The name under which the archiver commits its positions in the log.
inline constexpr const char* kArchiveConsumer = "archive";

/// Copies streams of the log into the archive, each record once: reads on from where the archive
/// reaches, gathers rows until there are enough or the oldest has waited long enough, writes them,
/// and only then commits the positions. What is archived at any time is all that was appended, to
/// any partition, up to some moment, but for partitions that could not be read then. After a
/// failure the rows stay and are tried again with growing waits; while they fill the buffer nothing
/// more is read. One thread of its own.
class Archiver final : public runtime::Service {
 public:
  /// Time since some moment that does not matter, never less than before.
  using SteadyClock = std::function<absl::Duration()>;

  /// Everything must outlive the archiver; `now` tells how long records have waited.
  Archiver(eventlog::EventLog& log, EventArchive& archive,
           std::vector<eventlog::StreamName> streams, ArchiverOptions options,
           ArchiveFieldReader fields, runtime::Metrics& metrics, SteadyClock now = base::SteadyNow);
  ~Archiver() override;

  std::string_view name() const override { return "archiver"; }

  /// FailedPrecondition when the archive reaches past the log's end: the log is not the one that
  /// was archived. Errors of the log otherwise.
  absl::Status Start() override;

  /// Archives what the log holds, until `deadline` at most; what is archived by then stays.
  void Drain(absl::Time deadline) override;

  /// Ends the thread; a write that runs is cancelled. What was gathered is read again at the next
  /// start.
  void Stop() override;

  /// An error when records have waited for longer than twice archive_delay_max because of failures.
  absl::Status Ready() const override;

  /// Returns once every record that was in the log at the call is archived. DeadlineExceeded, with
  /// the last failure, when that does not come about by `deadline` (of the machine's clock);
  /// Cancelled after Stop; FailedPrecondition before Start. Thread-safe.
  absl::Status Flush(absl::Time deadline);

  /// Where the archive reaches: a reader of history goes on in the log from there. Thread-safe.
  eventlog::LogPositions positions() const { return archive_.positions(); }

 private:
  void Run();
  // What to do until the next look: one round of reading and perhaps writing.
  absl::Status Round(bool flush, bool& caught_up);
  absl::Status FindPartitions();
  absl::Status ReadLog(bool& caught_up);
  absl::StatusOr<eventlog::LogOffset> SkipGap(const eventlog::PartitionId& partition,
                                              const eventlog::LogOffset& place);
  void Gather(const eventlog::LogBatch& batch);
  void ShowBacklog();
  bool MakeExcerpt();
  bool Full() const;
  bool Due() const;
  absl::Status WriteBacklog();
  absl::Status CommitPositions();
  void Tell(const absl::Status& status);
  void Rest(absl::Duration rest, uint64_t wanted);

  eventlog::EventLog& log_;
  EventArchive& archive_;
  const std::vector<eventlog::StreamName> streams_;
  const ArchiverOptions options_;
  const ArchiveFieldReader fields_;
  const SteadyClock now_;
  runtime::Gauge& waiting_rows_;
  runtime::Gauge& waiting_bytes_;
  runtime::Counter& failures_;
  runtime::Counter& gaps_;

  // Of the thread alone.
  eventlog::MergedReader reader_;
  ArchiveBacklog backlog_;
  absl::Duration oldest_;  // when the first of the backlog came
  absl::Duration partitions_found_ = -absl::InfiniteDuration();
  eventlog::LogPositions beginnings_;  // of every partition that was found
  eventlog::LogPositions committed_;
  absl::Duration retry_;
  bool excerpts_broken_ = false;  // one can't be made

  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // what follows, all guarded by mutex_, or stopping_
  bool running_ = false;
  uint64_t wanted_ = 0;   // flushes asked for
  uint64_t flushed_ = 0;  // flushes that are done
  absl::Status failure_;  // of the last round
  std::optional<absl::Duration> failing_since_;
};

}  // namespace tenantry::lake::archive
