// ask 1..5.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>

#include "app/client/lenient_json.h"
#include "app/commands/commands.h"
#include "app/commands/risk_cell.h"
#include "app/console/format.h"
#include "app/console/table.h"
#include "base/instant.h"
#include "base/status.h"

namespace tenantry::app::commands {
namespace {

using client::ApiAnswer;
using client::ApiPath;
using console::Align;
using console::Cell;
using console::Column;
using console::FormatCount;
using console::FormatSize;
using console::Json;
using console::NumberOf;
using console::TextOf;

constexpr int kQuestions = 5;
constexpr base::Day kSparkDays = 30;

constexpr std::array<std::string_view, kQuestions> kTitles = {
    "How often do tenants register, and users log in, work on data and then submit jobs?",
    "Which customers do little after logging in?", "How large is each customer's data set?",
    "How many batches run, per customer and per day?", "Which customers do the very minimum?"};

struct AskFlags {
  int question = 0;
  std::string tenant;
  std::string from;
  std::string to;
  int64_t limit = 10;
};

std::string Count(const Json& row, std::string_view field) {
  return FormatCount(console::CountOf(row, field));
}

/// A part of `whole` as "12 (34 %)".
std::string Part(const Json& answer, std::string_view field, double whole) {
  const double part = NumberOf(answer, field);
  if (whole <= 0) return FormatCount(part);
  return fmt::format("{} ({})", FormatCount(part), console::FormatShare(part / whole));
}

void PrintRhythm(console::Terminal& terminal, const Json& answer) {
  console::Table table(terminal, {{"DAY"},
                                  {"REGISTRATIONS", Align::kRight},
                                  {"LOGINS", Align::kRight},
                                  {"DATA EVENTS", Align::kRight},
                                  {"JOBS", Align::kRight}});
  for (const Json& day : answer.value("days", Json::array())) {
    table.AddRow({TextOf(day, "day"), Count(day, "registrations"), Count(day, "logins"),
                  Count(day, "dataEvents"), Count(day, "jobs")});
  }
  table.Finish("no events in these days");
  const double sessions = NumberOf(answer, "sessions");
  terminal.out << fmt::format(
      "sessions {} · worked on data {} · submitted jobs {} · data, then a job {}\n",
      FormatCount(sessions), Part(answer, "withData", sessions), Part(answer, "withJobs", sessions),
      Part(answer, "dataThenJob", sessions));
}

/// A table of tenants: their id, their name where rows carry one, the columns, their risk.
class TenantTable {
 public:
  TenantTable(console::Terminal& terminal, const Json& rows, std::vector<Column> columns)
      : has_names_(std::ranges::any_of(rows, [](const Json& row) { return row.contains("name"); })),
        table_(terminal, Framed(has_names_, std::move(columns))) {}

  void AddRow(const Json& row, std::vector<Cell> cells) {
    cells.insert(cells.begin(), TextOf(row, "tenantID"));
    if (has_names_) cells.insert(cells.begin() + 1, console::FormatField(row, "name"));
    cells.push_back(RiskCell(row));
    table_.AddRow(std::move(cells));
  }

  void Finish() { table_.Finish("no tenants"); }

 private:
  static std::vector<Column> Framed(bool has_names, std::vector<Column> columns) {
    columns.insert(columns.begin(), {"TENANT"});
    if (has_names) columns.insert(columns.begin() + 1, {"NAME"});
    columns.push_back({"RISK"});
    return columns;
  }

  bool has_names_;
  console::Table table_;
};

void PrintIdle(console::Terminal& terminal, const Json& rows) {
  TenantTable table(
      terminal, rows,
      {{"SESSIONS", Align::kRight}, {"IDLE", Align::kRight}, {"IDLE SHARE", Align::kRight}});
  for (const Json& row : rows) {
    const double sessions = NumberOf(row, "sessions");
    const double idle = NumberOf(row, "idle");
    table.AddRow(row, {FormatCount(sessions), FormatCount(idle),
                       sessions > 0 ? console::FormatShare(idle / sessions) : ""});
  }
  table.Finish();
}

void PrintData(console::Terminal& terminal, const Json& rows) {
  TenantTable table(terminal, rows, {{"DATA", Align::kRight}, {"DATA SETS", Align::kRight}});
  for (const Json& row : rows) {
    table.AddRow(row, {FormatSize(NumberOf(row, "dataBytes")), Count(row, "dataSets")});
  }
  table.Finish();
}

/// Whole numbers, by day.
using Counts = std::map<base::Day, absl::uint128>;

/// The numbers of an object that maps days to numbers.
Counts ByDay(const Json& row, const char* field) {
  Counts days;
  const auto found = row.find(field);
  if (found == row.end() || !found->is_object()) return days;
  for (const auto& [text, number] : found->items()) {
    const absl::StatusOr<base::Day> day = base::ParseDay(text);
    if (day.ok()) days[*day] = console::CountIn(number);
  }
  return days;
}

absl::uint128 Sum(const Counts& days) {
  absl::uint128 sum = 0;
  for (const auto& [day, number] : days) sum += number;
  return sum;
}

/// The days that an answer shows.
struct ShownDays {
  std::optional<base::Day> from;  ///< none: all that count
  base::Day last;                 ///< of the as-of instant

  /// How many the line of small bars has.
  base::Day Bars() const {
    return from ? std::clamp<base::Day>(last - *from + 1, 0, kSparkDays) : kSparkDays;
  }

  /// What a figure made of these days is headed with.
  std::string Headed(std::string_view figure) const {
    return from ? fmt::format("{} SINCE {}", figure, base::FormatDay(*from))
                : fmt::format("{}, 90 DAYS", figure);
  }
};

std::vector<double> LastDays(const Counts& days, const ShownDays& shown) {
  std::vector<double> values;
  for (base::Day day = shown.last - shown.Bars() + 1; day <= shown.last; ++day) {
    const auto found = days.find(day);
    values.push_back(found == days.end() ? 0 : static_cast<double>(found->second));
  }
  return values;
}

void PrintJobsByTenant(console::Terminal& terminal, const Json& rows, const ShownDays& shown) {
  TenantTable table(terminal, rows,
                    {{"JOBS, 90 DAYS", Align::kRight},
                     {shown.Headed("RUN"), Align::kRight},
                     {shown.Headed("BUSIEST DAY"), Align::kRight},
                     {fmt::format("SUBMITTED A DAY, {} DAYS", shown.Bars())}});
  for (const Json& row : rows) {
    const Counts jobs = ByDay(row, "jobsByDay");
    absl::uint128 busiest = 0;
    for (const auto& [day, number] : jobs) busiest = std::max(busiest, number);
    table.AddRow(row, {Count(row, "jobs"), FormatCount(Sum(ByDay(row, "ranByDay"))),
                       FormatCount(busiest), console::Sparkline(LastDays(jobs, shown))});
  }
  table.Finish();
}

void PrintJobsByDay(console::Terminal& terminal, const Json& row, const ShownDays& shown) {
  const Counts jobs = ByDay(row, "jobsByDay");
  const Counts ran = ByDay(row, "ranByDay");
  std::map<base::Day, std::pair<absl::uint128, absl::uint128>> days;
  for (const auto& [day, number] : jobs) days[day].first = number;
  for (const auto& [day, number] : ran) days[day].second = number;
  console::Table table(terminal, {{"DAY"}, {"JOBS", Align::kRight}, {"RUN", Align::kRight}});
  for (const auto& [day, numbers] : days) {
    table.AddRow({base::FormatDay(day), FormatCount(numbers.first), FormatCount(numbers.second)});
  }
  table.Finish("no jobs in these days");
  const std::string since =
      shown.from ? fmt::format(" since {}", base::FormatDay(*shown.from)) : std::string();
  terminal.out << fmt::format(
      "{}: {} in 90 days, {} run{}, risk {}\n", console::Printable(TextOf(row, "tenantID")),
      console::FormatCounted(console::CountOf(row, "jobs"), "job"), FormatCount(Sum(ran)), since,
      console::FormatRisk(row.value("risk", Json())));
}

void PrintMinimum(console::Terminal& terminal, const Json& rows) {
  TenantTable table(terminal, rows,
                    {{"JOBS, 90 DAYS", Align::kRight},
                     {"JOBS, 30 DAYS", Align::kRight},
                     {"LOGINS, 30 DAYS", Align::kRight},
                     {"DATA", Align::kRight}});
  for (const Json& row : rows) {
    table.AddRow(row, {Count(row, "job90"), Count(row, "job30"), Count(row, "logins30"),
                       FormatSize(NumberOf(row, "dataBytes"))});
  }
  table.Finish();
}

/// The day that --from names; the server has taken it, or there would be no answer.
std::optional<base::Day> FirstDay(const std::string& from) {
  base::Instant instant;
  if (base::TryParseRfc3339(from, instant)) return instant.day();
  const absl::StatusOr<base::Day> day = base::ParseDay(from);
  return day.ok() ? std::optional(*day) : std::nullopt;
}

void PrintAnswer(console::Terminal& terminal, const AskFlags& flags, const Json& document) {
  const int question = flags.question;
  std::string title = TextOf(document, "title");
  if (title.empty()) title = kTitles[static_cast<size_t>(question - 1)];
  const std::string as_of = TextOf(document, "asOf");
  terminal.out << fmt::format("{}. {}  (as of {} UTC)\n", question, console::Printable(title),
                              console::FormatMoment(as_of));
  const Json answer = document.value("answer", Json::array());
  if (question == 1) return PrintRhythm(terminal, answer);
  if (question == 2) return PrintIdle(terminal, answer);
  if (question == 3) return PrintData(terminal, answer);
  if (question == 5) return PrintMinimum(terminal, answer);
  base::Instant instant;
  base::TryParseRfc3339(as_of, instant);
  const ShownDays shown{FirstDay(flags.from), instant.day()};
  if (!flags.tenant.empty() && answer.size() == 1) {
    return PrintJobsByDay(terminal, answer.front(), shown);
  }
  PrintJobsByTenant(terminal, answer, shown);
}

absl::Status AskQuestion(const ServerCall& call, const AskFlags& flags) {
  TENANTRY_ASSIGN_OR_RETURN(const ApiAnswer answer,
                            call.api.Get(ApiPath({"questions", fmt::to_string(flags.question)}),
                                         {{"tenant", flags.tenant},
                                          {"from", flags.from},
                                          {"to", flags.to},
                                          {"limit", fmt::to_string(flags.limit)}}));
  if (call.json) {
    call.PrintJsonText(answer.text);
  } else if (!answer.body.is_object()) {
    return base::Unavailable("{} answers no question: is it Tenantry?", call.api.server());
  } else {
    PrintAnswer(call.terminal, flags, client::ParseExactly(answer.text));
  }
  return absl::OkStatus();
}

std::string AskHelp() {
  std::string help = "1 to 5:";
  for (size_t i = 0; i < kTitles.size(); ++i) help += fmt::format("\n  {}  {}", i + 1, kTitles[i]);
  return help;
}

}  // namespace

void AddAskCommand(CLI::App& app, Invocation& invocation) {
  auto& flags = invocation.Hold<AskFlags>();
  CLI::App& command =
      AddServerCommand(app, invocation,
                       {"ask", "Answers the five questions",
                        "tenantry ask 5 --limit 20\ntenantry ask 4 --tenant acme --to 2026-01-31"},
                       [&flags](const ServerCall& call) { return AskQuestion(call, flags); });
  command.add_option("QUESTION", flags.question, AskHelp())
      ->required()
      ->check(WholeNumber(1, kQuestions));
  command.add_option("--tenant", flags.tenant, "only this tenant");
  command.add_option("--from", flags.from, "the first day shown, YYYY-MM-DD or RFC 3339");
  command.add_option("--to", flags.to, "the as-of instant: a day (its end) or RFC 3339; else now");
  command.add_option("--limit", flags.limit, "the most tenants to show")
      ->capture_default_str()
      ->check(WholeNumber(1, 1000));
}

}  // namespace tenantry::app::commands
