// simulate companies|traffic.
#include <CLI/CLI.hpp>

#include "app/console/format.h"
#include "app/console/progress.h"
#include "app/simulation/simulation_commands.h"
#include "base/instant.h"
#include "base/status.h"
#include "runtime/disk/output_file.h"
#include "simulator/company_generator.h"
#include "simulator/traffic.h"

namespace tenantry::app::simulation {
namespace {

using commands::Invocation;
using console::Terminal;
using simulator::CompanyGenerator;
using simulator::Traffic;

constexpr uint64_t kLinesBetweenUpdates = 256;

struct CompaniesFlags {
  uint64_t seed = 1;
  int64_t rows = 10'000;
  double noise = 0;
  std::string out = "-";
};

struct TrafficFlags {
  simulator::TrafficOptions options;
  std::string start = "2025-01-01";
  std::string out = "-";
};

absl::Status SimulateCompanies(const CompaniesFlags& flags, Terminal& terminal) {
  TENANTRY_ASSIGN_OR_RETURN(CompanyGenerator companies,
                            CompanyGenerator::Make(flags.seed, flags.noise));
  TENANTRY_ASSIGN_OR_RETURN(const auto file, runtime::OutputFile::Open(flags.out, terminal.out));
  console::Progress progress(terminal, "simulating", "companies");
  TENANTRY_RETURN_IF_ERROR(file->WriteLine(simulator::CompanyCsvHeader()));
  for (int64_t row = 0; row < flags.rows; ++row) {
    TENANTRY_RETURN_IF_ERROR(file->WriteLine(ToCsvLine(companies.Next())));
    if (static_cast<uint64_t>(row) % kLinesBetweenUpdates == 0) {
      progress.Update(static_cast<double>(row),
                      static_cast<double>(row) / static_cast<double>(flags.rows));
    }
  }
  TENANTRY_RETURN_IF_ERROR(file->Commit());
  progress.Clear();
  console::Say(terminal, fmt::format("{} (seed {})",
                                     console::FormatCounted(static_cast<uint64_t>(flags.rows),
                                                            "company", "companies"),
                                     flags.seed));
  return absl::OkStatus();
}

absl::Status SimulateTraffic(const TrafficFlags& flags, Terminal& terminal) {
  simulator::TrafficOptions options = flags.options;
  const absl::StatusOr<base::Day> start = base::ParseDay(flags.start);
  if (!start.ok()) return base::Annotate(start.status(), "--start");
  options.life.start = absl::FromUnixSeconds(int64_t{*start} * base::kSecondsPerDay);
  TENANTRY_ASSIGN_OR_RETURN(const std::unique_ptr<Traffic> traffic, Traffic::Make(options));
  TENANTRY_ASSIGN_OR_RETURN(const auto file, runtime::OutputFile::Open(flags.out, terminal.out));
  console::Progress progress(terminal, "simulating", "events");
  for (uint64_t lines = 0;; ++lines) {
    const std::optional<std::string> line = traffic->Next();
    if (!line) break;
    TENANTRY_RETURN_IF_ERROR(file->WriteLine(*line));
    if (lines % kLinesBetweenUpdates == 0) {
      progress.Update(static_cast<double>(lines), traffic->share_done());
    }
  }
  TENANTRY_RETURN_IF_ERROR(file->Commit());
  progress.Clear();
  const simulator::TrafficCounts& counts = traffic->counts();
  console::Say(
      terminal,
      fmt::format("{}, {} repeated, {} (seed {})", console::FormatCounted(counts.events, "event"),
                  console::FormatCount(absl::uint128(counts.repeated)),
                  console::FormatCounted(counts.bad, "bad line"), options.life.seed));
  return absl::OkStatus();
}

void AddOut(CLI::App& command, std::string& out) {
  command.add_option("-o,--out", out, "the file to write; - is standard output")
      ->capture_default_str();
}

void AddCompanies(CLI::App& simulate, Invocation& invocation) {
  auto& flags = invocation.Hold<CompaniesFlags>();
  CLI::App& command = AddLocalCommand(
      simulate, invocation,
      {"companies", "A training table as the first demonstration's generator made it",
       "tenantry simulate companies --seed 7 --rows 10000 --noise 0.05 -o companies.csv"},
      [&flags, &invocation] { return SimulateCompanies(flags, invocation.terminal()); });
  commands::AddSeed(command, flags.seed, "the same seed, the same table");
  command.add_option("--rows", flags.rows, "how many companies")
      ->capture_default_str()
      ->check(commands::WholeNumber(0, 1'000'000'000));
  command.add_option("--noise", flags.noise, "the share of labels that is flipped, 0 to 0.5")
      ->capture_default_str();
  AddOut(command, flags.out);
}

void AddTraffic(CLI::App& simulate, Invocation& invocation) {
  auto& flags = invocation.Hold<TrafficFlags>();
  CLI::App& command = AddLocalCommand(
      simulate, invocation,
      {"traffic", "The life of tenants as events, one JSON object a line",
       "tenantry simulate traffic --seed 7 --tenants 200 --days 120 -o events.ndjson\n"
       "tenantry simulate traffic --repeat 0.2 --late 0.1 --bad 0.01 | tenantry replay -"},
      [&flags, &invocation] { return SimulateTraffic(flags, invocation.terminal()); });
  simulator::TrafficOptions& options = flags.options;
  commands::AddSeed(command, options.life.seed, "the same seed, the same lines");
  command.add_option("--tenants", options.life.tenants, "how many tenants")
      ->capture_default_str()
      ->check(commands::WholeNumber(1, 10'000'000));
  command.add_option("--days", options.life.days, "how many days")
      ->capture_default_str()
      ->check(commands::WholeNumber(1, 3'660));
  command.add_option("--start", flags.start, "the first day, YYYY-MM-DD")->capture_default_str();
  command.add_option("--repeat", options.repeat, "the share of events that is sent twice")
      ->capture_default_str();
  command.add_option("--late", options.late, "the share that arrives up to 40 days late")
      ->capture_default_str();
  command.add_option("--bad", options.bad, "broken lines for each good one")->capture_default_str();
  AddOut(command, flags.out);
}

}  // namespace

void AddSimulateCommands(CLI::App& app, Invocation& invocation) {
  CLI::App& simulate =
      commands::AddGroup(app, {"simulate", "Makes companies and traffic from a seed",
                               "tenantry simulate traffic --seed 7 -o events.ndjson"});
  AddCompanies(simulate, invocation);
  AddTraffic(simulate, invocation);
}

}  // namespace tenantry::app::simulation
