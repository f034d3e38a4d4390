#include "events/json_text.h"

#include <cstdint>

namespace tenantry::events {
namespace {

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

// "\uXXXX", perhaps with a second one that completes a pair; `at` is after the 'u'.
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

bool UnescapeJson(std::string_view inside, std::string& text, bool& surrogates) {
  static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
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
    const size_t known = kFrom.find(kind);
    if (known == std::string_view::npos) return false;
    text.push_back(kTo[known]);
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

}  // namespace tenantry::events
