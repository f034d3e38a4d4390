#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/faults.h"
#include "base/monitor.h"
#include "metastore/metastore.h"
#include "runtime/metrics.h"
#include "runtime/options.h"
#include "runtime/services/service.h"

namespace tenantry::metastore {

/// An event that a change makes, on its way to the log.
struct OutboxEvent {
  std::string stream;
  std::string tenant;
  std::string event;           ///< a CloudEvent in structured JSON mode
  int64_t created_micros = 0;  ///< when the change was made; 0 = not known
};

/// The greatest event the outbox takes, in bytes: well below what a log takes as one record, so
/// that nothing can stand in the outbox that the log refuses for good.
inline constexpr size_t kOutboxEventBytesMax = 256 << 10;

/// Writes an event into the outbox: it commits with the change that made it, or not at all.
/// InvalidArgument: it is too large; Internal: the transaction's scope does not cover the tenant;
/// else errors as Transaction::Execute.
absl::Status AddToOutbox(Transaction& transaction, const OutboxEvent& event);

/// Makes events durable in the log, in the order given; called by the relay.
using OutboxSink =
    std::function<absl::Status(const std::string& stream, const std::vector<OutboxEvent>& events)>;

/// The options of the relay; all of it `outbox.<field>`.
struct OutboxOptions {
  int64_t batch_events_max = 500;                           ///< events published together
  int64_t batch_bytes_max = 1 << 20;                        ///< roughly, of those
  absl::Duration poll_interval = absl::Seconds(1);          ///< looks for events without being told
  absl::Duration retry_interval = absl::Milliseconds(250);  ///< after the log refused

  /// Declares all of them.
  void Declare(runtime::OptionSet& options);
};

/// Publishes what is in the outbox: appends to the log, then removes exactly the rows appended. A
/// crash between the two publishes again under the same event id, which readers drop as a repeat.
/// The order of a tenant's events is kept: nothing passes an event that the log refuses. One
/// thread.
class OutboxRelay final : public runtime::Service {
 public:
  /// The references outlive the relay. `faults` are asked at `outbox.read`, before the sink is
  /// called, and at `outbox.published`, between the log and the removal.
  OutboxRelay(Metastore& store, OutboxSink sink, const OutboxOptions& options,
              const base::Clock& clock, base::Faults& faults, runtime::Metrics& metrics);
  /// The same by the machine's clock.
  OutboxRelay(Metastore& store, OutboxSink sink, const OutboxOptions& options, base::Faults& faults,
              runtime::Metrics& metrics);
  ~OutboxRelay() override;

  std::string_view name() const override { return "outbox"; }
  absl::Status Start() override;
  /// Publishes what is left, until `deadline`.
  void Drain(absl::Time deadline) override;
  void Stop() override;
  absl::Status Ready() const override;

  /// Publishes one batch now and returns how many events that were. Called by the relay's thread;
  /// by tests only while it is not started.
  absl::StatusOr<size_t> PublishBatch();

 private:
  // An event with its row's number.
  struct Numbered {
    int64_t number = 0;
    OutboxEvent event;
  };

  absl::StatusOr<std::vector<Numbered>> ReadBatch();
  absl::Status PublishRun(const std::vector<Numbered>& run);
  void Run();

  Metastore& store_;
  const OutboxSink sink_;
  const OutboxOptions options_;
  const base::SystemClock system_clock_;
  const base::Clock& clock_;
  base::Faults& faults_;
  runtime::Counter& published_;
  runtime::Counter& failures_;
  runtime::Gauge& depth_;
  runtime::Histogram& relay_seconds_;
  Subscription news_of_store_;
  std::thread thread_;
  mutable base::Monitor mutex_;
  bool news_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool empty_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::metastore
