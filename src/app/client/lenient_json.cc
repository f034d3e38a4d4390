#include "app/client/lenient_json.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace tenantry::app::client {
namespace {

constexpr size_t kEscapeBytes = 6;  // \uXXXX

// The code unit of an escape \uXXXX at the beginning of `text`; nothing for anything else.
std::optional<unsigned> CodeUnit(std::string_view text) {
  if (text.size() < kEscapeBytes || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  const std::string digits(text.substr(2, 4));
  char* end = nullptr;
  const unsigned long unit = std::strtoul(digits.c_str(), &end, 16);
  if (end != digits.c_str() + 4) return std::nullopt;
  return static_cast<unsigned>(unit);
}

bool IsHigh(std::optional<unsigned> unit) { return unit && *unit >= 0xD800 && *unit < 0xDC00; }
bool IsLow(std::optional<unsigned> unit) { return unit && *unit >= 0xDC00 && *unit < 0xE000; }

// Takes an escape, or a pair of them, from the beginning of `rest`.
std::string TakeEscape(std::string_view& rest) {
  const auto unit = CodeUnit(rest);
  const bool pair = IsHigh(unit) && IsLow(CodeUnit(rest.substr(kEscapeBytes)));
  const size_t bytes = pair ? 2 * kEscapeBytes : unit ? kEscapeBytes : 2;
  const bool half = !pair && (IsHigh(unit) || IsLow(unit));
  std::string taken(half ? "\\ufffd" : rest.substr(0, bytes));
  rest.remove_prefix(std::min(bytes, rest.size()));
  return taken;
}

// Takes a string with its quotes.
std::string TakeString(std::string_view& rest) {
  std::string taken(rest.substr(0, 1));
  rest.remove_prefix(1);
  while (!rest.empty()) {
    if (rest.front() == '\\') {
      taken += TakeEscape(rest);
      continue;
    }
    const char c = rest.front();
    taken += c;
    rest.remove_prefix(1);
    if (c == '"') break;
  }
  return taken;
}

// A number, or null in its place.
std::string Finite(const std::string& number) {
  return std::isfinite(std::strtod(number.c_str(), nullptr)) ? number : "null";
}

// The same, or its digits as a text where they are too many.
std::string Exact(const std::string& number) {
  const bool negative = number.starts_with('-');
  const bool whole = number.find_first_not_of("0123456789", negative ? 1 : 0) == std::string::npos;
  int64_t below = 0;
  uint64_t above = 0;
  const bool held = negative ? absl::SimpleAtoi(number, &below) : absl::SimpleAtoi(number, &above);
  return !whole || held ? Finite(number) : '"' + number + '"';
}

// The text with `held` for every number.
std::string Holdable(std::string_view rest, std::string (*held)(const std::string&)) {
  std::string text;
  while (!rest.empty()) {
    const char c = rest.front();
    if (c == '"') {
      text += TakeString(rest);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const std::string number(rest.substr(0, rest.find_first_not_of("0123456789+-.eE")));
      rest.remove_prefix(number.size());
      text += held(number);
    } else {
      text += c;
      rest.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace

nlohmann::json ParseLeniently(const std::string& text) {
  nlohmann::json parsed = nlohmann::json::parse(text, nullptr, false);
  return parsed.is_discarded() ? nlohmann::json::parse(Holdable(text, Finite), nullptr, false)
                               : parsed;
}

nlohmann::json ParseExactly(const std::string& text) {
  return nlohmann::json::parse(Holdable(text, Exact), nullptr, false);
}

}  // namespace tenantry::app::client
