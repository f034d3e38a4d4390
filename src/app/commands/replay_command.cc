// replay: the analytics over event files, without a server.
#include <CLI/CLI.hpp>

#include "activity/replay/replay.h"
#include "app/commands/commands.h"
#include "base/status.h"
#include "insights/questions.h"

namespace tenantry::app::commands {
namespace {

struct ReplayFlags {
  std::vector<std::string> files;
  std::string as_of;
  bool questions = false;
  int64_t limit = 10;
  std::string state;
};

// A time, or a day, which means its end.
absl::StatusOr<base::Instant> ReadAsOf(const std::string& text) {
  if (const auto day = base::ParseDay(text); day.ok()) {
    return base::Instant{(int64_t{*day} + 1) * base::kSecondsPerDay - 1, 999'999'999};
  }
  auto instant = base::ParseRfc3339(text);
  if (instant.ok()) return instant;
  return base::InvalidArgument(
      "--as-of {} is neither a day such as 2025-01-31 nor a time such as 2025-01-31T12:00:00Z",
      text);
}

absl::Status ReplayFiles(console::Terminal& terminal, const ReplayFlags& flags) {
  std::optional<base::Instant> as_of;
  if (!flags.as_of.empty()) {
    TENANTRY_ASSIGN_OR_RETURN(as_of, ReadAsOf(flags.as_of));
  }
  activity::Replay replay(as_of);
  if (!flags.state.empty()) TENANTRY_RETURN_IF_ERROR(replay.LoadState(flags.state));
  for (const std::string& file : flags.files) {
    TENANTRY_RETURN_IF_ERROR(replay.ReadFile(file, terminal.in));
  }
  if (!flags.state.empty()) TENANTRY_RETURN_IF_ERROR(replay.SaveState(flags.state));
  const auto records = replay.Records();
  if (flags.questions) {
    insights::AskOptions options;
    options.limit = static_cast<size_t>(flags.limit);
    terminal.out << insights::AnswerAll(records, options) << '\n';
  } else {
    for (const auto& record : records) terminal.out << events::ToJson(record, false) << '\n';
  }
  // In one form whatever the numbers, which scripts and the oracle share.
  console::Say(terminal,
               fmt::format("as of {}: {} events, {} repeated, {} rejected, {} tenants",
                           base::FormatRfc3339Millis(replay.as_of()), replay.counts().events,
                           replay.counts().repeated, replay.counts().rejected, records.size()));
  return absl::OkStatus();
}

}  // namespace

void AddReplayCommand(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<ReplayFlags>();
  console::Terminal& terminal = invocation.terminal();
  CLI::App& replay = AddLocalCommand(
      app, invocation,
      {"replay", "Counts event files without a server: a record a tenant, or the five answers",
       "tenantry replay events.ndjson.gz\n"
       "tenantry simulate traffic --seed 7 | tenantry replay - --questions"},
      [&flags, &terminal] { return ReplayFiles(terminal, flags); });
  replay.add_option("EVENTS", flags.files, "files of CloudEvents, one a line; .gz; - is the input")
      ->required();
  replay.add_option("--as-of", flags.as_of,
                    "a day (its end) or an RFC 3339 time; the greatest event time if absent");
  CLI::Option* const questions =
      replay.add_flag("--questions", flags.questions, "the five answers as one JSON document");
  replay.add_option("--limit", flags.limit, "rows of questions 2 to 5, with --questions")
      ->needs(questions)
      ->capture_default_str()
      ->check(WholeNumber(1, int64_t{1} << 31));
  replay.add_option("--state", flags.state, "a folder to go on from and to leave the state in");
}

}  // namespace tenantry::app::commands
