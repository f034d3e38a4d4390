#include "metastore/outbox.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::metastore {
namespace {

constexpr char kTopic[] = "outbox";
constexpr int64_t kRowsAtOnce = 64;

}  // namespace

absl::Status AddToOutbox(Transaction& transaction, const OutboxEvent& event) {
  if (!transaction.scope().Covers(event.tenant)) {
    return base::Internal("an event of tenant '{}' from a transaction of '{}'", event.tenant,
                          transaction.scope().tenant());
  }
  if (event.event.size() > kOutboxEventBytesMax) {
    return base::InvalidArgument("an event has {} bytes, more than {}", event.event.size(),
                                 kOutboxEventBytesMax);
  }
  const Value created =
      event.created_micros == 0 ? Value(std::monostate()) : Value(event.created_micros);
  TENANTRY_RETURN_IF_ERROR(
      transaction
          .Execute("INSERT INTO outbox (stream, tenant_id, event, created) VALUES (:p0, :p1, :p2, "
                   ":p3)",
                   {event.stream, event.tenant, event.event, created})
          .status());
  transaction.Notify(kTopic, "");
  return absl::OkStatus();
}

void OutboxOptions::Declare(runtime::OptionSet& options) {
  options.AddInt("outbox.batch_events_max", &batch_events_max, 1, 10'000,
                 "events that the relay publishes together");
  options.AddBytes("outbox.batch_bytes_max", &batch_bytes_max, 1, 256 << 20,
                   "after which a batch takes no further event");
  options.AddDuration("outbox.poll_interval", &poll_interval, absl::Milliseconds(10),
                      absl::Minutes(1), "time between looks for events without being told");
  options.AddDuration("outbox.retry_interval", &retry_interval, absl::Milliseconds(10),
                      absl::Minutes(1), "pause after the log refused");
}

OutboxRelay::OutboxRelay(Metastore& store, OutboxSink sink, const OutboxOptions& options,
                         const base::Clock& clock, base::Faults& faults, runtime::Metrics& metrics)
    : store_(store),
      sink_(std::move(sink)),
      options_(options),
      clock_(clock),
      faults_(faults),
      published_(metrics.AddCounter("tenantry_outbox_published_total", "Events published")),
      failures_(metrics.AddCounter("tenantry_outbox_failures_total", "Batches that failed")),
      depth_(metrics.AddGauge("tenantry_outbox_depth", "Events that wait to be published")),
      relay_seconds_(metrics.AddHistogram("tenantry_outbox_relay_seconds",
                                          "From a change to its event in the log",
                                          runtime::LatencyBuckets())) {}

OutboxRelay::OutboxRelay(Metastore& store, OutboxSink sink, const OutboxOptions& options,
                         base::Faults& faults, runtime::Metrics& metrics)
    : OutboxRelay(store, std::move(sink), options, system_clock_, faults, metrics) {}

OutboxRelay::~OutboxRelay() { Stop(); }

absl::Status OutboxRelay::Start() {
  news_of_store_ = store_.Subscribe(kTopic, [this](const std::string&) {
    base::MonitorLock lock(&mutex_);
    news_ = true;
  });
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void OutboxRelay::Drain(absl::Time deadline) {
  if (!thread_.joinable()) return;
  base::MonitorLock lock(&mutex_);
  news_ = true;
  empty_ = false;
  mutex_.AwaitFor(absl::Condition(&empty_), deadline - absl::Now());
}

void OutboxRelay::Stop() {
  if (!thread_.joinable()) return;
  news_of_store_ = Subscription();
  {
    base::MonitorLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status OutboxRelay::Ready() const {
  base::MonitorLock lock(&mutex_);
  return status_;
}

// The oldest rows, up to a batch. Sets the depth, too: numbers are nearly without gaps.
absl::StatusOr<std::vector<OutboxRelay::Numbered>> OutboxRelay::ReadBatch() {
  std::vector<Numbered> batch;
  TENANTRY_RETURN_IF_ERROR(store_.Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const auto ends,
        transaction.Query(
            "SELECT (SELECT MIN(number) FROM outbox), (SELECT MAX(number) FROM outbox)", {}, 2));
    depth_.Set(
        ends[0].IsNull(0) ? 0 : static_cast<double>(ends[0].Integer(1) - ends[0].Integer(0) + 1));
    int64_t bytes = 0;
    int64_t left = ends[0].IsNull(0) ? 0 : options_.batch_events_max;
    while (left > 0 && bytes < options_.batch_bytes_max) {
      const int64_t most = std::min(left, kRowsAtOnce);
      TENANTRY_ASSIGN_OR_RETURN(
          const auto rows,
          transaction.Query("SELECT number, stream, tenant_id, event, created FROM outbox WHERE "
                            "number > :p0 ORDER BY number LIMIT :p1",
                            {batch.empty() ? int64_t{0} : batch.back().number, most}, 5));
      for (const Row& row : rows) {
        batch.push_back({row.Integer(0), {row.Text(1), row.Text(2), row.Text(3), row.Integer(4)}});
        bytes += static_cast<int64_t>(batch.back().event.event.size());
      }
      left = static_cast<int64_t>(rows.size()) < most ? 0 : left - most;
    }
    return absl::OkStatus();
  }));
  return batch;
}

// Events of one stream: into the log, then out of the outbox. Rows are removed by their numbers:
// another that commits meanwhile may have a lower one on a store with several writers.
absl::Status OutboxRelay::PublishRun(const std::vector<Numbered>& run) {
  std::vector<OutboxEvent> events;
  std::string numbers;
  for (const Numbered& row : run) {
    events.push_back(row.event);
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", row.number);
  }
  TENANTRY_RETURN_IF_ERROR(faults_.At("outbox.read"));
  TENANTRY_RETURN_IF_ERROR(sink_(events.front().stream, events));
  TENANTRY_RETURN_IF_ERROR(faults_.At("outbox.published"));
  TENANTRY_RETURN_IF_ERROR(store_.Write([&](Transaction& transaction) {
    return transaction.Execute("DELETE FROM outbox WHERE number IN (" + numbers + ")", {}).status();
  }));
  published_.Increment(static_cast<double>(run.size()));
  depth_.Add(-static_cast<double>(run.size()));
  const absl::Time now = clock_.Now();
  for (const OutboxEvent& event : events) {
    if (event.created_micros == 0) continue;
    const absl::Duration taken = now - absl::FromUnixMicros(event.created_micros);
    relay_seconds_.Observe(std::max(0.0, absl::ToDoubleSeconds(taken)));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> OutboxRelay::PublishBatch() {
  TENANTRY_ASSIGN_OR_RETURN(const std::vector<Numbered> batch, ReadBatch());
  std::vector<Numbered> run;
  for (size_t i = 0; i < batch.size(); ++i) {
    run.push_back(batch[i]);
    if (i + 1 < batch.size() && batch[i + 1].event.stream == run.front().event.stream) continue;
    TENANTRY_RETURN_IF_ERROR(PublishRun(run));
    run.clear();
  }
  return batch.size();
}

void OutboxRelay::Run() {
  while (true) {
    {
      base::MonitorLock lock(&mutex_);
      auto wake = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return news_ || stopping_; };
      mutex_.AwaitFor(absl::Condition(&wake), options_.poll_interval);
      if (stopping_) return;
      news_ = false;
    }
    const auto published = PublishBatch();
    base::MonitorLock lock(&mutex_);
    if (!published.ok()) {
      failures_.Increment();
      if (status_.ok()) {
        runtime::Log(runtime::LogLevel::kWarning, "outbox", "{}",
                     base::Message(published.status()));
      }
      mutex_.AwaitFor(absl::Condition(&stopping_), options_.retry_interval);
    }
    status_ = published.status();
    empty_ = published.ok() && *published == 0;
    if (!empty_) news_ = true;
  }
}

}  // namespace tenantry::metastore
