#include "insights/reason_words.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <iterator>
#include <optional>

#include "base/words/grouped.h"

namespace tenantry::insights {
namespace {

/// How a clause tells a feature's value.
enum class Tells { kText, kNumber, kCount, kTimes, kShare, kSize };

/// A feature in words.
struct Words {
  std::string_view feature;
  std::string_view label;   ///< over a number, as on the page (dashboard/src/format/risk.ts)
  std::string_view clause;  ///< about the company, with {} for the value
  Tells tells;
  std::string_view noun = "";  ///< of a count that has one; its plural ends in s
};

// What a model tells of a value that is not there.
constexpr std::string_view kMissing = "missing";

constexpr std::array<Words, 27> kWords = {{
    {"activeUsers30", "Active users, 30 days", "{} worked in 30 days", Tells::kCount, "user"},
    {"dataBytes", "Data size, bytes", "it has {} of data", Tells::kSize},
    {"dataEvents30", "Data events, 30 days", "it changed its data {} in 30 days", Tells::kTimes},
    {"dataSets", "Data sets", "it has {}", Tells::kCount, "data set"},
    {"daysRegistered", "Days since registration", "it registered {} ago", Tells::kCount, "day"},
    {"daysSinceLastActivity", "Days since last activity", "it was last active {} ago",
     Tells::kCount, "day"},
    {"employees", "Employees", "it has {}", Tells::kCount, "employee"},
    {"failed30", "Jobs failed, 30 days", "{} failed in 30 days", Tells::kCount, "job"},
    {"failedShare30", "Share of jobs failed", "{} of its jobs in 30 days failed", Tells::kShare},
    {"idleSessions30", "Idle sessions, 30 days", "{} in 30 days did nothing", Tells::kCount,
     "session"},
    {"idleShare30", "Share of idle sessions", "{} of its sessions in 30 days did nothing",
     Tells::kShare},
    {"industry", "Industry", "its industry is {}", Tells::kText},
    {"job30", "Jobs submitted, 30 days", "it submitted {} in 30 days", Tells::kCount, "job"},
    {"job90", "Jobs submitted, 90 days", "it submitted {} in 90 days", Tells::kCount, "job"},
    {"jobTrend", "Job trend (1 is steady)",
     "it submitted {} as many jobs in 30 days as it does on average", Tells::kShare},
    {"logins30", "Logins, 30 days", "its users logged in {} in 30 days", Tells::kTimes},
    {"loginsPerUser30", "Logins per user, 30 days", "each user logged in {} in 30 days",
     Tells::kTimes},
    {"monthlyFee", "Monthly fee", "it pays {} a month", Tells::kNumber},
    {"plan", "Plan", "its plan is {}", Tells::kText},
    {"ran30", "Jobs run, 30 days", "it ran {} in 30 days", Tells::kCount, "job"},
    {"revenue", "Own revenue, $ M", "its own revenue is $ {} M", Tells::kNumber},
    {"sessions30", "Sessions, 30 days", "it had {} in 30 days", Tells::kCount, "session"},
    {"sessionsWithData30", "Sessions with data, 30 days", "{} in 30 days worked on data",
     Tells::kCount, "session"},
    {"sessionsWithJobs30", "Sessions with jobs, 30 days", "{} in 30 days submitted jobs",
     Tells::kCount, "session"},
    {"totalFee", "Total fee", "it paid {} in all", Tells::kNumber},
    {"tutorials", "Tutorials done", "its users did {}", Tells::kCount, "tutorial"},
    {"users", "Users", "it has {}", Tells::kCount, "user"},
}};

const Words* Find(std::string_view feature) {
  const auto found = std::ranges::find(kWords, feature, &Words::feature);
  return found == kWords.end() ? nullptr : &*found;
}

std::optional<double> NumberIn(std::string_view value) {
  double number = 0;
  if (!absl::SimpleAtod({value.data(), value.size()}, &number) || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

// Whole numbers with every digit, others with three that matter.
std::string Number(double number) {
  if (std::abs(number) >= 1e15) return fmt::format("{:.3g}", number);
  if (number == std::round(number)) return base::Grouped(fmt::format("{:.0f}", number));
  return base::Grouped(std::abs(number) < 1000 ? fmt::format("{:.3g}", number)
                                               : fmt::format("{:.0f}", number));
}

std::string Size(double bytes) {
  constexpr std::array<std::string_view, 7> kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < kUnits.size(); ++unit) bytes /= 1000;
  return fmt::format("{:.3g} {}", bytes, kUnits[unit]);
}

std::string Times(double number) { return number == 1 ? "once" : Number(number) + " times"; }

std::string Told(const Words& words, double number) {
  switch (words.tells) {
    case Tells::kTimes:
      return Times(number);
    case Tells::kShare:
      return Number(std::round(number * 100)) + " %";
    case Tells::kSize:
      return Size(number);
    case Tells::kCount:
      return fmt::format("{} {}{}", Number(number), words.noun, number == 1 ? "" : "s");
    default:
      return Number(number);
  }
}

}  // namespace

std::string FeatureLabel(std::string_view feature) {
  const Words* words = Find(feature);
  return std::string(words == nullptr ? feature : words->label);
}

std::string FeatureValueText(std::string_view value) {
  const auto number = NumberIn(value);
  return number ? Number(*number) : std::string(value);
}

std::string ReasonClause(std::string_view feature, std::string_view value) {
  const Words* words = Find(feature);
  const auto number = NumberIn(value);
  if (words == nullptr) return fmt::format("{} is {}", feature, value);
  if (words->tells == Tells::kText && value != kMissing) {
    return fmt::format(fmt::runtime(words->clause), value);
  }
  if (number) return fmt::format(fmt::runtime(words->clause), Told(*words, *number));
  std::string label(words->label);
  label.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(label.front())));
  return fmt::format("{} is {}", label, value == kMissing ? "not known" : value);
}

}  // namespace tenantry::insights
