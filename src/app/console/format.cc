#include "app/console/format.h"

#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/instant.h"
#include "base/words/counted.h"
#include "base/words/grouped.h"
#include "events/company_record.h"
#include "insights/company_list.h"

namespace tenantry::app::console {
namespace {

constexpr std::string_view kAbsent = "–";

struct CodePoint {
  char32_t value = 0xfffd;
  size_t bytes = 1;
};

/// The code point that `text` begins with; U+FFFD of one byte where it is not UTF-8.
CodePoint FirstCodePoint(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  char32_t value = lead & (0xff >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, bytes};
}

struct Range {
  char32_t first;
  char32_t last;
};

// The blocks that matter of Unicode's combining marks and of its East Asian wide characters.
constexpr std::array<Range, 9> kNoColumn = {{{0x300, 0x36f},
                                             {0x483, 0x489},
                                             {0x591, 0x5bd},
                                             {0x610, 0x61a},
                                             {0x64b, 0x65f},
                                             {0x200b, 0x200f},
                                             {0x20d0, 0x20ff},
                                             {0xfe00, 0xfe0f},
                                             {0xfe20, 0xfe2f}}};
constexpr std::array<Range, 9> kTwoColumns = {{{0x1100, 0x115f},
                                               {0x2e80, 0x303e},
                                               {0x3041, 0xa4cf},
                                               {0xac00, 0xd7a3},
                                               {0xf900, 0xfaff},
                                               {0xfe30, 0xfe6f},
                                               {0xff00, 0xff60},
                                               {0x1f300, 0x1faff},
                                               {0x20000, 0x3fffd}}};

template <size_t Size>
bool IsIn(const std::array<Range, Size>& ranges, char32_t value) {
  return std::ranges::any_of(
      ranges, [value](Range range) { return value >= range.first && value <= range.last; });
}

int ColumnsOf(char32_t value) {
  if (IsIn(kNoColumn, value)) return 0;
  return IsIn(kTwoColumns, value) ? 2 : 1;
}

/// Steers a terminal: C0, DEL, C1, and the marks that turn the direction of writing.
bool IsControl(char32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xa0) || (value >= 0x202a && value <= 0x202e) ||
         (value >= 0x2066 && value <= 0x2069);
}

}  // namespace

std::string FormatCount(double number) { return FormatNumber(number, 0); }

std::string FormatNumber(double number, int decimals) {
  // From there on digits are noise that fills a screen.
  if (std::abs(number) >= 1e21) return fmt::format("{:.6g}", number);
  std::string digits = fmt::format("{:.{}f}", number, decimals);
  if (digits.find('.') != std::string::npos) {
    while (digits.ends_with('0')) digits.pop_back();
    if (digits.ends_with('.')) digits.pop_back();
  }
  if (digits == "-0") digits = "0";
  return base::Grouped(std::move(digits));
}

std::string FormatSize(double bytes) {
  constexpr std::array<std::string_view, 7> kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  size_t unit = 0;
  // 999.95 would print as 1000.0 of its unit.
  while (bytes >= (unit == 0 ? 1000 : 999.95) && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  return fmt::format("{} {}", FormatNumber(bytes, unit == 0 || bytes >= 99.95 ? 0 : 1),
                     kUnits[unit]);
}

std::string FormatShare(double share) { return FormatNumber(share * 100, 0) + " %"; }

std::string FormatMoment(std::string_view rfc3339) {
  base::Instant instant;
  if (!base::TryParseRfc3339(rfc3339, instant)) return std::string(rfc3339);
  std::string text = base::FormatRfc3339Millis(instant).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string FormatField(const Json& object, std::string_view field) {
  const auto found = object.find(std::string(field));
  if (found == object.end() || found->is_null()) return std::string(kAbsent);
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number()) return FormatNumber(found->get<double>(), 2);
  if (found->is_boolean()) return found->get<bool>() ? "yes" : "no";
  return found->dump();
}

absl::uint128 CountOf(const Json& object, std::string_view field) {
  const auto found = object.find(std::string(field));
  return found == object.end() ? 0 : CountIn(*found);
}

absl::uint128 CountIn(const Json& value) {
  if (value.is_number_unsigned()) return value.get<uint64_t>();
  absl::uint128 count = 0;
  if (value.is_string() && absl::SimpleAtoi(value.get<std::string>(), &count)) return count;
  const double number = value.is_number() ? value.get<double>() : 0;
  return number > 0 && number < 1e38 ? absl::uint128(number) : 0;
}

std::string FormatCount(absl::uint128 number) { return base::Grouped(events::DecimalText(number)); }

std::string FormatCounted(absl::uint128 number, std::string_view one, std::string_view many) {
  return base::CountedAs(FormatCount(number), number == 1, one, many);
}

double NumberOf(const Json& object, std::string_view field) {
  const auto found = object.find(std::string(field));
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string TextOf(const Json& object, std::string_view field) {
  const auto found = object.find(std::string(field));
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

RiskWord RiskWordOf(const Json& risk) {
  const auto score = risk.find("score");
  if (!risk.is_object() || score == risk.end() || !score->is_number()) return RiskWord::kUnknown;
  const auto churn = risk.find("churn");
  if (churn != risk.end() && churn->is_boolean() && churn->get<bool>()) return RiskWord::kHigh;
  return score->get<double>() >= insights::kWatchFrom ? RiskWord::kWatch : RiskWord::kLow;
}

std::string FormatRisk(const Json& risk) {
  constexpr std::array<std::string_view, 4> kWords = {"unknown", "low", "watch", "high"};
  const RiskWord word = RiskWordOf(risk);
  const std::string_view name = kWords[static_cast<size_t>(word)];
  if (word == RiskWord::kUnknown) return std::string(name);
  const std::string_view stale = TextOf(risk, "status") == "stale" ? " (stale)" : "";
  return fmt::format("{:.2f} {}{}", NumberOf(risk, "score"), name, stale);
}

std::string Sparkline(const std::vector<double>& values) {
  constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double largest = values.empty() ? 0 : std::ranges::max(values);
  std::string line;
  for (const double value : values) {
    const double height = largest > 0 ? std::max(value, 0.0) / largest * 7 : 0;
    line += kBars[static_cast<size_t>(std::lround(height))];
  }
  return line;
}

std::string Printable(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    if (IsControl(first.value)) {
      printable += '?';
    } else if (first.value == 0xfffd) {
      printable += "\uFFFD";
    } else {
      printable += text.substr(0, first.bytes);
    }
    text.remove_prefix(first.bytes);
  }
  return printable;
}

int DisplayWidth(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    columns += ColumnsOf(first.value);
    text.remove_prefix(first.bytes);
  }
  return columns;
}

std::string CutToWidth(std::string_view text, int columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  std::string cut;
  int used = 0;
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    used += ColumnsOf(first.value);
    if (used > columns - 1) break;
    cut += text.substr(0, first.bytes);
    text.remove_prefix(first.bytes);
  }
  return cut + "…";
}

}  // namespace tenantry::app::console
