#include "metastore/outbox.h"

#include <utility>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::metastore {

absl::Status AddToOutbox(Transaction& transaction, const OutboxEvent& event) {
  return transaction
      .Execute("INSERT INTO outbox (stream, tenant_id, event) VALUES (:p0, :p1, :p2)",
               {event.stream, event.tenant, event.event})
      .status();
}

void OutboxOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("outbox.batch_events_max", &batch_events_max, 1, 10'000,
                 "events that the relay publishes together");
  options.AddDuration("outbox.poll_interval", &poll_interval, absl::Milliseconds(10),
                      absl::Minutes(1), "time between looks for events without being told");
  options.AddDuration("outbox.retry_interval", &retry_interval, absl::Milliseconds(10),
                      absl::Minutes(1), "pause after the log refused");
}

OutboxRelay::OutboxRelay(Metastore& store, OutboxSink sink, const OutboxOptions& options,
                         base::Faults& faults, runtime::Metrics& metrics)
    : store_(store),
      sink_(std::move(sink)),
      options_(options),
      faults_(faults),
      published_(metrics.AddCounter("tenantry_outbox_published_total", "Events published")),
      failures_(metrics.AddCounter("tenantry_outbox_failures_total", "Batches that failed")) {}

OutboxRelay::~OutboxRelay() { Stop(); }

absl::Status OutboxRelay::Start() {
  store_.OnCommit([this] {
    absl::MutexLock lock(&mutex_);
    news_ = true;
  });
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void OutboxRelay::Drain(absl::Time deadline) {
  if (!thread_.joinable()) return;
  absl::MutexLock lock(&mutex_);
  news_ = true;
  empty_ = false;
  mutex_.AwaitWithDeadline(absl::Condition(&empty_), deadline);
}

void OutboxRelay::Stop() {
  if (!thread_.joinable()) return;
  store_.OnCommit({});
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status OutboxRelay::Ready() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

absl::StatusOr<size_t> OutboxRelay::PublishBatch() {
  std::vector<Row> rows;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        rows, transaction.Query("SELECT number, stream, tenant_id, event FROM outbox ORDER BY "
                                "number LIMIT :p0",
                                {options_.batch_events_max}, 4));
    return absl::OkStatus();
  }));
  if (rows.empty()) return 0;
  std::vector<OutboxEvent> run;
  for (size_t i = 0; i < rows.size(); ++i) {
    run.push_back({rows[i].Text(1), rows[i].Text(2), rows[i].Text(3)});
    if (i + 1 < rows.size() && rows[i + 1].Text(1) == run.back().stream) continue;
    const std::string stream = run.back().stream;
    TENANTRY_RETURN_IF_ERROR(sink_(stream, std::exchange(run, {})));
  }
  TENANTRY_RETURN_IF_ERROR(faults_.At("outbox.published"));
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) {
    return transaction.Execute("DELETE FROM outbox WHERE number <= :p0", {rows.back().Integer(0)})
        .status();
  }));
  published_.Increment(static_cast<double>(rows.size()));
  return rows.size();
}

void OutboxRelay::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      auto wake = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return news_ || stopping_; };
      mutex_.AwaitWithTimeout(absl::Condition(&wake), options_.poll_interval);
      if (stopping_) return;
      news_ = false;
    }
    const auto published = PublishBatch();
    absl::MutexLock lock(&mutex_);
    if (!published.ok()) {
      failures_.Increment();
      if (status_.ok()) {
        runtime::Log(runtime::LogLevel::kWarning, "outbox", "{}",
                     base::Message(published.status()));
      }
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), options_.retry_interval);
    }
    status_ = published.status();
    empty_ = published.ok() && *published == 0;
    if (!empty_) news_ = true;
  }
}

}  // namespace tenantry::metastore
