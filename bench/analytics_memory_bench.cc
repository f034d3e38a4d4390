// The analytics in memory on one core: NDJSON bytes to counted and scored tenants, against simdjson
// that only parses the same bytes. What is within our time, and what the control does, is said
// above CountAndScore and ParseAlone.
//
//   analytics_memory_bench [--rounds N] [--events N] [--tenants N]

#include <sched.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "activity/live_options.h"
#include "activity/risk.h"
#include "activity/state/analytics.h"
#include "base/clock.h"
#include "events/event_codec.h"
#include "interleaved_rounds.h"
#include "scoring/company_features.h"
#include "scoring/embedded/embedded_scorer.h"
#include "scoring/tables/csv_table.h"
#include "scoring/training/trainer.h"
#include "simulator/training_table.h"
#include "tenant_traffic.h"

namespace tenantry::bench {
namespace {

using activity::Analytics;
using activity::Outcome;
using std::chrono::steady_clock;

constexpr size_t kBatchEvents = 256;
constexpr size_t kControlBatchBytes = 256 << 10;  // the fastest for it of 64 KiB to 4 MiB

struct Counts {
  size_t counted = 0;
  size_t repeated = 0;
  size_t scored = 0;

  bool operator==(const Counts&) const = default;
};

// The path of an event in one shard and its enricher, on one thread.
class Path {
 public:
  explicit Path(scoring::Scorer& scorer)
      : scorer_(scorer), analytics_(INT32_MAX), batch_(kBatchEvents), outcomes_(kBatchEvents) {}

  void Read(std::string_view lines) {
    next_enrichment_ = steady_clock::now() + interval_;
    size_t batched = 0;
    for (size_t end; (end = lines.find('\n')) != std::string_view::npos;
         lines.remove_prefix(end + 1)) {
      activity::ParsedEvent& next = batch_[batched];
      next.json = lines.substr(0, end);
      Require(parser_.ParseMore(next.json, next.event).ok(), "an event of the bench is refused");
      if (++batched < kBatchEvents) continue;
      Count(std::exchange(batched, 0));
      if (steady_clock::now() >= next_enrichment_) Enrich();
    }
    Count(batched);
    while (Enrich() > 0) continue;
  }

  const Counts& counts() const { return counts_; }

 private:
  void Count(size_t size) {
    analytics_.ApplyBatch({batch_.data(), size}, {outcomes_.data(), size});
    for (size_t i = 0; i < size; ++i) {
      const bool repeated = outcomes_[i] == Outcome::kRepeated;
      ++(repeated ? counts_.repeated : counts_.counted);
      latest_ = std::max(latest_, batch_[i].event.time);
    }
    parser_.Forget();
  }

  // One round of the enricher: as many tenants, as often and with as much of the core as the live
  // options say by default. Returns how many were scored.
  size_t Enrich() {
    const auto begin = steady_clock::now();
    const auto tenants = analytics_.TakeChanged(static_cast<size_t>(options_.enrich_tenants_max));
    std::vector<events::CompanyRecord> records(tenants.size());
    std::vector<scoring::FeatureRow> rows;
    for (size_t i = 0; i < tenants.size(); ++i) {
      Require(analytics_.Find(tenants[i].value(), latest_, records[i]) == activity::Found::kRecord,
              "a tenant has no record");
      rows.push_back(scoring::CompanyFeatures(records[i]));
    }
    const auto scores = scorer_.ScoreRows(rows);
    Require(scores.ok(), scores.status().ToString());
    for (size_t i = 0; i < records.size(); ++i) {
      records[i].risk = activity::FreshRisk((*scores)[i], model_, latest_);
    }
    counts_.scored += records.size();
    const auto end = steady_clock::now();
    const double rest = 1 / options_.enrich_share - 1;
    const auto pause = std::chrono::duration_cast<steady_clock::duration>((end - begin) * rest);
    next_enrichment_ = end + std::max(interval_, pause);
    return records.size();
  }

  scoring::Scorer& scorer_;
  const std::string model_ = scorer_.model();
  const activity::LiveOptions options_;
  const steady_clock::duration interval_ =
      std::chrono::nanoseconds(absl::ToInt64Nanoseconds(options_.enrich_interval));
  steady_clock::time_point next_enrichment_;
  events::EventParser parser_;
  Analytics analytics_;
  std::vector<activity::ParsedEvent> batch_;
  std::vector<Outcome> outcomes_;
  base::Instant latest_;
  Counts counts_;
};

// Ours, from nothing: cut into lines, parsed and checked to the last byte, repeats dropped,
// windows, sessions and distinct users counted; every tenant that changed gets its record made and
// scored with reasons, in the enricher's rhythm and once more at the end until none is left. Not in
// it: reading the log, checkpoints, writing the enriched records out.
double CountAndScore(const std::string& lines, scoring::Scorer& scorer, size_t events) {
  Path path(scorer);
  const double seconds = SecondsOf([&] { path.Read(lines); });
  const Counts& counts = path.counts();
  Require(counts.counted + counts.repeated == events && counts.scored > 0, "events are missing");
  return seconds;
}

// The control: simdjson's On-Demand `iterate_many` over the same bytes with its first stage on this
// thread, which finds every token of every document and checks that all is UTF-8. Of each document
// it reads two attributes, `id` and `tenantid`, as texts; what follows them is passed over without
// a look at its grammar, and nothing is kept.
double ParseAlone(const simdjson::padded_string& lines, size_t events) {
  size_t documents = 0, bytes = 0;
  const double seconds = SecondsOf([&] {
    simdjson::ondemand::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
    parser.threaded = false;
#endif
    simdjson::ondemand::document_stream stream;
    Require(!parser.iterate_many(lines, kControlBatchBytes).get(stream), "the control failed");
    for (auto document : stream) {
      std::string_view id, tenant;
      Require(!document["id"].get(id) && !document["tenantid"].get(tenant), "the control failed");
      bytes += id.size() + tenant.size();
      ++documents;
    }
  });
  Require(documents == events && bytes > 0, "the control passed over events");
  return seconds;
}

// A linear model over all features of a live company, trained on simulated ones.
scoring::Model TrainModel() {
  simulator::TrainingTableOptions options;
  options.life.tenants = 300;
  auto csv = simulator::SimulateTrainingTable(options, [](double) {});
  Require(csv.ok(), csv.status().ToString());
  const auto table = scoring::tables::CsvTable::Parse(*std::move(csv), "simulated companies");
  Require(table.ok(), table.status().ToString());
  scoring::training::TrainingSetOptions columns;
  columns.target = simulator::kTrainingTarget;
  columns.id = simulator::kTrainingId;
  const auto set = scoring::training::ReadTrainingSet(*table, columns);
  Require(set.ok(), set.status().ToString());
  auto training = scoring::training::Train(*set, {}, base::SystemClock(), [](int, int) {});
  Require(training.ok(), training.status().ToString());
  return std::move(training->model);
}

// So that no other core helps either side.
void StayOnOneCore() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<size_t>(std::max(0, sched_getcpu())), &cores);
  Require(sched_setaffinity(0, sizeof cores, &cores) == 0, "no core can be held");
}

bool Compare(int tenants, int events, double target, double aim, int rounds,
             scoring::Scorer& scorer) {
  TenantTrafficOptions options;
  options.tenants = static_cast<size_t>(tenants);
  options.events = static_cast<size_t>(events);
  const TenantTraffic traffic(options);
  const std::string& lines = traffic.lines();
  const auto count = static_cast<size_t>(std::count(lines.begin(), lines.end(), '\n'));
  const simdjson::padded_string padded(lines);
  fmt::print("analytics_memory: {} tenants, {} events of {} bytes\n", tenants, count,
             lines.size() / count);
  return RunInterleaved({fmt::format("analytics_memory_{}_tenants", tenants), target, aim,
                         [&] { return CountAndScore(lines, scorer, count); },
                         [&] { return ParseAlone(padded, count); }},
                        rounds);
}

int Run(int argc, char** argv) {
  const int rounds = NumberFlag(argc, argv, "--rounds", 15);
  const int events = NumberFlag(argc, argv, "--events", 600'000);
  const int tenants = NumberFlag(argc, argv, "--tenants", 0);
  StayOnOneCore();
  scoring::embedded::EmbeddedScorer scorer;
  scorer.Use(TrainModel());
  bool met = true;
  if (tenants == 0 || tenants == 2'000) met &= Compare(2'000, events, 0.25, 0.40, rounds, scorer);
  if (tenants == 0 || tenants == 20'000) met &= Compare(20'000, events, 0.20, 0.25, rounds, scorer);
  return met ? 0 : 1;
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) { return tenantry::bench::Run(argc, argv); }
