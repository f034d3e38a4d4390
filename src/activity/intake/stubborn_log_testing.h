#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/monitor.h"
#include "base/status.h"
#include "eventlog/twins/forwarding_event_log.h"

namespace tenantry::activity {

/// A log whose readers answer what they are told to: wait until they are closed, or an error.
class StubbornLog final : public eventlog::ForwardingEventLog {
 public:
  /// `log` does the rest and outlives this.
  explicit StubbornLog(eventlog::EventLog& log) : ForwardingEventLog(log) {}

  /// From now on Next answers this error; OK: what is read.
  void Answer(absl::Status status) {
    base::MonitorLock lock(&mutex_);
    answer_ = std::move(status);
  }
  /// All readers hang, or those of one partition.
  void Hang(bool hang, std::optional<eventlog::PartitionId> only = std::nullopt) {
    base::MonitorLock lock(&mutex_);
    hang_ = hang;
    hang_only_ = std::move(only);
  }
  /// True once so many readers hang; false when they do not within half a minute.
  bool AwaitHanging(int readers) {
    base::MonitorLock lock(&mutex_);
    auto hanging = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return hanging_ == readers; };
    return mutex_.AwaitFor(absl::Condition(&hanging), absl::Seconds(30));
  }

  absl::StatusOr<std::vector<eventlog::PartitionInfo>> Partitions(const std::string& s) override {
    ++asked_;
    return ForwardingEventLog::Partitions(s);
  }
  /// How often where partitions end was asked for.
  int asked() const { return asked_; }
  absl::StatusOr<std::unique_ptr<eventlog::LogReader>> Read(
      const eventlog::PartitionId& partition, const eventlog::LogOffset& from) override {
    TENANTRY_ASSIGN_OR_RETURN(auto reader, ForwardingEventLog::Read(partition, from));
    return std::make_unique<Reader>(*this, partition, std::move(reader));
  }

 private:
  class Reader final : public eventlog::LogReader {
   public:
    Reader(StubbornLog& log, eventlog::PartitionId partition, std::unique_ptr<LogReader> reader)
        : log_(log), partition_(std::move(partition)), reader_(std::move(reader)) {}
    absl::StatusOr<eventlog::LogBatch> Next(absl::Duration wait) override {
      {
        base::MonitorLock lock(&log_.mutex_);
        ++log_.hanging_;
        auto goes_on = [this]() {
          return closed_ || !log_.hang_ || (log_.hang_only_ && *log_.hang_only_ != partition_);
        };
        log_.mutex_.Await(absl::Condition(&goes_on));
        --log_.hanging_;
        if (closed_) return absl::CancelledError("closed");
        if (!log_.answer_.ok()) return log_.answer_;
      }
      return reader_->Next(wait);
    }
    void Close() override {
      {
        base::MonitorLock lock(&log_.mutex_);
        closed_ = true;
      }
      reader_->Close();
    }

   private:
    StubbornLog& log_;
    const eventlog::PartitionId partition_;
    std::unique_ptr<LogReader> reader_;
    bool closed_ = false;  // guarded by the log's mutex
  };

  base::Monitor mutex_;
  absl::Status answer_ ABSL_GUARDED_BY(mutex_);
  bool hang_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<eventlog::PartitionId> hang_only_ ABSL_GUARDED_BY(mutex_);
  int hanging_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<int> asked_ = 0;
};

}  // namespace tenantry::activity
