#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "activity/intake/log_pump.h"
#include "activity/live_options.h"
#include "base/clock.h"
#include "base/faults.h"
#include "eventlog/event_log.h"
#include "events/company_record.h"
#include "events/event_codec.h"
#include "lake/archive/history_place.h"
#include "runtime/services/service.h"
#include "scoring/scorer.h"

namespace tenantry::activity {

/// Reads the whole history of one tenant, or of all when nullopt, archive first, then the log's
/// tail: each record once, those of a tenant as they were appended.
using HistoryReader = std::function<absl::Status(
    const std::optional<base::TenantId>& tenant,
    const std::function<absl::Status(const eventlog::PartitionId&, const PlacedRecord&)>& take)>;

/// How far a reading of everybody's events has come.
using EventsPlace = lake::archive::HistoryPlace;

/// Reads what is counted of the events of everybody behind a place, which goes along; those of a
/// tenant come as they were appended, some once more where the reading goes on, or any after an
/// error. Other texts may stand for the ids of users, sessions, data sets and tutorials, different
/// ones for different ids. What was rejected when it came is left out.
using EventsReader = std::function<absl::Status(
    EventsPlace& place, const std::function<absl::Status(const events::EventView&)>& take)>;

/// What the live analytics are given by the process.
struct LiveInputs {
  eventlog::EventLog& log;
  scoring::Scorer& scorer;
  const base::Clock& clock;
  base::Faults& faults;
  runtime::Metrics& metrics;
  ArchiveReader archive;
  HistoryReader history;
  /// Whether the Tenant Manager knows a tenant.
  std::function<bool(const base::TenantId&)> is_registered;
  /// Told of records as they are put out, on the enriching thread.
  std::function<void(const std::vector<events::CompanyRecord>&)> on_enriched;
  /// Called every `publish_retry_interval`, on the enriching thread: to do again what others could
  /// not.
  std::function<void()> on_retry = [] {};
  /// By which everybody's history is read, faster than by `history`; by that when it is null.
  EventsReader all_events = nullptr;
};

/// The real-time analytics: counts every event of `companies` and `bigdatajobs` exactly once, keeps
/// each tenant's record, has changed tenants scored in batches off the counting threads, puts the
/// enriched records on `enrichedcompanies`, and answers for any as-of instant. State and log
/// positions are checkpointed together; after a crash it goes on from there. Thread-safe once
/// started.
class LiveAnalytics final : public runtime::Service {
 public:
  /// `folder` holds the state.
  LiveAnalytics(std::string folder, LiveOptions options, LiveInputs inputs);
  ~LiveAnalytics() override;

  std::string_view name() const override { return "analytics"; }

  /// Restores the state and begins to read. DataLoss: the state is damaged; FailedPrecondition: it
  /// is in use, or of a newer version.
  absl::Status Start() override;
  void Drain(absl::Time deadline) override;
  void Stop() override;
  absl::Status Ready() const override;

  /// One tenant's record as of an instant (now when absent). NotFound when no event of it is known
  /// by then; Unavailable or DeadlineExceeded when history can't be read, with a time to try again
  /// when only others stand in the way. As of an instant before today the risk is what the model of
  /// now sees in that record, unknown when the scorer does not answer.
  absl::StatusOr<events::CompanyRecord> Record(const base::TenantId& tenant,
                                               std::optional<base::Instant> as_of) const;

  /// Every tenant's record as of an instant (now when absent), by tenantID. Errors as Record.
  absl::StatusOr<std::vector<events::CompanyRecord>> Records(
      std::optional<base::Instant> as_of) const;

  /// Gives `read` every tenant's present record, by tenantID, which nobody changes meanwhile.
  /// Between calls those that did not change are kept; where bringing them up to date takes long,
  /// they are left as they are for a little, two seconds at most. Errors as Record.
  absl::Status ReadPresent(
      absl::FunctionRef<void(const std::vector<events::CompanyRecord>&)> read) const;

  /// The readers of history that the process gave, and when by base::SteadyNow() an answer that is
  /// begun now must be done with them.
  const HistoryReader& history() const;
  const EventsReader& all_events() const;
  absl::Duration HistoryDeadline() const;

  /// Ends what reads the history for Record and Records, which are refused where they need it from
  /// now on (base::StoppingError): the process is about to stop.
  void GiveUpHistory() const;

  /// The risk that a tenant's records told, day by day (replay/risk_history.h).
  absl::StatusOr<std::vector<std::pair<base::Day, events::Risk>>> RiskHistory(
      const base::TenantId& tenant) const;

  /// The present by the analytics' clock: the as-of instant of what is asked without one.
  base::Instant Now() const;

  /// Log records that are not counted yet; an error when the log can't tell.
  absl::StatusOr<uint64_t> Lag() const;

  /// Brings the gauges up to date.
  void RefreshGauges() const;

  /// Scores everybody again: another model answers now.
  void ModelChanged();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tenantry::activity
