#include "events/json_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace tenantry::events {
namespace {

constexpr size_t kIntegerDigitsMax = 4300;
constexpr std::string_view kEscapes = "\"\\/bfnrt", kEscaped = "\"\\/\b\f\n\r\t";

bool Hex4(std::string_view text, size_t at, uint32_t& value) {
  if (at + 4 > text.size()) return false;
  value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    uint32_t digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint32_t>(c - '0');
    } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
      digit = static_cast<uint32_t>((c | 32) - 'a' + 10);
    } else {
      return false;
    }
    value = value << 4 | digit;
  }
  return true;
}

void AppendUtf8(std::string& text, uint32_t point) {
  if (point < 0x80) {
    text.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    text.push_back(static_cast<char>(0xC0 | point >> 6));
    text.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    text.push_back(static_cast<char>(0xE0 | point >> 12));
    text.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    text.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    text.push_back(static_cast<char>(0xF0 | point >> 18));
    text.push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
    text.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    text.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

// "\uXXXX", perhaps with a second one that completes a pair; `at` is after the
// 'u'.
bool Unicode(std::string_view inside, size_t& at, std::string& text, bool& surrogates) {
  uint32_t point, low;
  if (!Hex4(inside, at, point)) return false;
  at += 4;
  if (point >= 0xD800 && point <= 0xDBFF && inside.substr(at, 2) == "\\u" &&
      Hex4(inside, at + 2, low) && low >= 0xDC00 && low <= 0xDFFF) {
    at += 6;
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  } else if (point >= 0xD800 && point <= 0xDFFF) {
    surrogates = true;
  }
  AppendUtf8(text, point);
  return true;
}

}  // namespace

bool AreJsonEscapes(std::string_view inside) {
  const char* at = inside.data();
  const char* const end = at + inside.size();
  uint32_t point;
  while ((at = static_cast<const char*>(std::memchr(at, '\\', static_cast<size_t>(end - at))))) {
    if (end - at < 2) return false;
    if (at[1] == 'u') {
      if (!Hex4({at + 2, static_cast<size_t>(end - at - 2)}, 0, point)) return false;
    } else if (kEscapes.find(at[1]) == std::string_view::npos) {
      return false;
    }
    at += 2;
  }
  return true;
}

bool UnescapeJson(std::string_view inside, std::string& text, bool& surrogates) {
  text.clear();
  surrogates = false;
  for (size_t at = 0; at < inside.size();) {
    if (inside[at] != '\\') {
      text.push_back(inside[at++]);
      continue;
    }
    if (at + 1 >= inside.size()) return false;
    const char kind = inside[at + 1];
    at += 2;
    if (kind == 'u') {
      if (!Unicode(inside, at, text, surrogates)) return false;
      continue;
    }
    const size_t known = kEscapes.find(kind);
    if (known == std::string_view::npos) return false;
    text.push_back(kEscaped[known]);
  }
  return true;
}

bool IsJsonNumber(std::string_view token) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < token.size() && token[at] >= '0' && token[at] <= '9') ++at;
    return at - begin;
  };
  if (at < token.size() && token[at] == '-') ++at;
  const bool zero = at < token.size() && token[at] == '0';
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at == token.size()) return whole <= kIntegerDigitsMax;
  if (at < token.size() && token[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < token.size() && (token[at] | 32) == 'e') {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == token.size();
}

bool IsJsonScalar(std::string_view token) {
  return IsJsonNumber(token) || token == "true" || token == "false" || token == "null";
}

bool ParseJsonInteger(std::string_view token, uint64_t most, uint64_t& value) {
  if (token == "-0") token = "0";
  if (token.empty() || token.size() > 19 || (token[0] == '0' && token.size() > 1)) return false;
  value = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value <= most;
}

std::string CanonicalJson(std::string_view token) {
  if (token == "true") return "1";
  if (token == "false") return "0";
  if (token.starts_with('"')) {
    std::string text;
    bool surrogates;
    UnescapeJson(token.substr(1, token.size() - 2), text, surrogates);
    return '"' + text;
  }
  if (!IsJsonNumber(token)) return std::string(token);
  if (token.find_first_of(".eE") == std::string_view::npos) {
    return token == "-0" ? "0" : std::string(token);
  }
  const double value = std::strtod(std::string(token).c_str(), nullptr);
  if (value == 0) return "0";
  const bool whole = std::isfinite(value) && value == std::trunc(value);
  return whole ? fmt::format("{:.0f}", value) : fmt::format("{:a}", value);
}

std::string OneLineJson(std::string_view text) {
  if (text.empty()) return "null";
  if (text.front() != '{' && text.front() != '[') return std::string(text);
  std::string line;
  line.reserve(text.size());
  bool in_string = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    line.push_back(c);
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') line.push_back(text[++at]);
  }
  return line;
}

}  // namespace tenantry::events
