// The analytics in memory on one core: NDJSON bytes to counted and scored tenants, against simdjson
// that only parses the same bytes. What is within our time, and what the controls do, is said above
// CountAndScore, ParseAlone and WalkAlone.
//
//   analytics_memory_bench [--rounds N] [--events N] [--tenants N]

// The control as a release of its own: simdjson's assertions are off.
#define NDEBUG

#include <absl/synchronization/mutex.h>
#include <malloc.h>
#include <sched.h>
#include <simdjson.h>

#include <algorithm>
#include <memory>

#include "activity/live_options.h"
#include "activity/risk.h"
#include "activity/state/analytics.h"
#include "base/clock.h"
#include "events/event_codec.h"
#include "interleaved_rounds.h"
#include "runtime/huge_pages.h"
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

constexpr size_t kBatchEvents = Analytics::kBatchEvents;
constexpr size_t kLookEvery = 8;  // batches

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
      : scorer_(scorer),
        analytics_(INT32_MAX, false),
        batch_(kBatchEvents),
        outcomes_(kBatchEvents) {}

  void Read(std::string_view lines) {
    next_enrichment_ = CoreSeconds() + interval_;
    size_t batched = 0;
    for (size_t end; (end = lines.find('\n')) != std::string_view::npos;
         lines.remove_prefix(end + 1)) {
      activity::ParsedEvent& next = batch_[batched];
      next.json = lines.substr(0, end);
      Require(parser_.ParseMore(next.json, next.event).ok(), "an event of the bench is refused");
      if (++batched < kBatchEvents) continue;
      Count(std::exchange(batched, 0));
      // The core's clock costs a system call, where the enricher sleeps.
      if (++batches_ % kLookEvery == 0 && CoreSeconds() >= next_enrichment_) Enrich();
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
    const double begin = CoreSeconds();
    const auto tenants = analytics_.TakeChanged(static_cast<size_t>(options_.enrich_tenants_max));
    std::vector<events::CompanyRecord> records(tenants.size());
    std::vector<scoring::FeatureRow> rows;
    rows.reserve(tenants.size());
    for (size_t i = 0; i < tenants.size(); ++i) {
      Require(analytics_.Find(tenants[i].value(), latest_, records[i]) == activity::Found::kRecord,
              "a tenant has no record");
      rows.push_back(scoring::CompanyFeatures(records[i]));
    }
    auto scores = scorer_.ScoreRows(rows);
    Require(scores.ok(), scores.status().ToString());
    for (size_t i = 0; i < records.size(); ++i) {
      records[i].risk = activity::FreshRisk(std::move(scores->rows[i]), scores->model, latest_);
    }
    counts_.scored += records.size();
    const double end = CoreSeconds();
    next_enrichment_ = end + std::max(interval_, (end - begin) * (1 / options_.enrich_share - 1));
    return records.size();
  }

  scoring::Scorer& scorer_;
  const activity::LiveOptions options_;
  const double interval_ = absl::ToDoubleSeconds(options_.enrich_interval);
  double next_enrichment_ = 0;
  size_t batches_ = 0;
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
  const double seconds = CoreSecondsOf([&] { path.Read(lines); });
  const Counts& counts = path.counts();
  Require(counts.counted + counts.repeated == events && counts.scored > 0, "events are missing");
  return seconds;
}

using simdjson::ondemand::json_type;

// Reads a text, a number or another scalar, and returns how much there was of it.
size_t ReadScalar(simdjson::ondemand::value& value, json_type type) {
  std::string_view text;
  simdjson::ondemand::number number;
  switch (type) {
    case json_type::string:
      Require(!value.get_string().get(text), "the control met a broken string");
      return text.size();
    case json_type::number:
      Require(!value.get_number().get(number), "the control met a broken number");
      return number.is_double() ? 1 : static_cast<size_t>(number.get_int64());
    default:
      return value.raw_json_token().size();
  }
}

// Reads all names and values of an object, down to the last; events hold no lists.
size_t ReadObject(simdjson::ondemand::object& object) {
  size_t read = 0;
  for (auto field : object) {
    std::string_view name;
    simdjson::ondemand::value value;
    json_type type{};
    Require(
        !field.unescaped_key().get(name) && !field.value().get(value) && !value.type().get(type),
        "the control met a broken field");
    read += name.size();
    if (type == json_type::object) {
      simdjson::ondemand::object inner;
      Require(!value.get_object().get(inner), "the control met a broken object");
      read += ReadObject(inner);
    } else {
      read += ReadScalar(value, type);
    }
  }
  return read;
}

// Goes over all documents with simdjson's On-Demand `iterate_many`, in batches of its default size,
// its first stage on this thread: that finds every token of every document and checks that all is
// UTF-8. `read` does the rest.
template <typename Read>
double IterateMany(const simdjson::padded_string& lines, size_t events, Read read) {
  size_t documents = 0, bytes = 0;
  const double seconds = CoreSecondsOf([&] {
    simdjson::ondemand::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
    parser.threaded = false;
#endif
    simdjson::ondemand::document_stream stream;
    Require(!parser.iterate_many(lines).get(stream), "the control failed");
    for (auto document : stream) {
      bytes += read(document);
      ++documents;
    }
  });
  Require(documents == events && bytes > 0, "the control passed over events");
  return seconds;
}

// The control: parses each document whole, every name and string unescaped, every number converted,
// and keeps nothing. No event is looked at: not whether attributes are there, are of the right kind
// or given twice.
double ParseAlone(const simdjson::padded_string& lines, size_t events) {
  return IterateMany(lines, events, [](auto& document) {
    simdjson::ondemand::object event;
    Require(!document.get_object().get(event), "the control met no object");
    return ReadObject(event);
  });
}

// Less than parsing, for comparison: reads two attributes of each document, `id` and `tenantid`, as
// texts, and passes over the rest without a look at its values or its grammar.
double WalkAlone(const simdjson::padded_string& lines, size_t events) {
  return IterateMany(lines, events, [](auto& document) {
    return document["id"].get_string().value().size() +
           document["tenantid"].get_string().value().size();
  });
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

// So that no other core helps either side, memory once had stays, as in a long-lived process, and
// locks are as in the program.
void Settle() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
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
  const std::string name = fmt::format("analytics_memory_{}_tenants", tenants);
  return RunInterleaved([&] { return CountAndScore(lines, scorer, count); },
                        {{name, target, aim, [&] { return ParseAlone(padded, count); }},
                         {name + "_by_walking", 0, 0, [&] { return WalkAlone(padded, count); }}},
                        rounds);
}

int Run(int argc, char** argv) {
  const int rounds = NumberFlag(argc, argv, "--rounds", 15);
  const int events = NumberFlag(argc, argv, "--events", 600'000);
  const int tenants = NumberFlag(argc, argv, "--tenants", 0);
  Settle();
  scoring::embedded::EmbeddedScorer scorer;
  scorer.Use(TrainModel());
  bool met = true;
  if (tenants == 0 || tenants == 2'000) met &= Compare(2'000, events, 0.25, 0.40, rounds, scorer);
  if (tenants == 0 || tenants == 20'000) met &= Compare(20'000, events, 0, 0.25, rounds, scorer);
  return met ? 0 : 1;
}

}  // namespace
}  // namespace tenantry::bench

int main(int argc, char** argv) {
  tenantry::runtime::BeginWithHugePages(argv);  // as the program does
  return tenantry::bench::Run(argc, argv);
}
