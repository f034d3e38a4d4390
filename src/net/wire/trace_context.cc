#include "net/wire/trace_context.h"

#include <algorithm>

namespace tenantry::net::wire {
namespace {

constexpr size_t kRequestIdMax = 128;
constexpr size_t kTraceparentSize = 55;  // 00-<32>-<16>-<2>

bool IsRequestIdCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.:/+=@").find(c) != std::string_view::npos;
}

bool IsLowerHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

bool IsTraceparent(std::string_view text) {
  if (text.size() < kTraceparentSize) return false;
  const std::string_view version = text.substr(0, 2);
  if (!IsLowerHex(version) || version == "ff") return false;
  // Versions after 00 may go on after another dash.
  if (text.size() > kTraceparentSize && (version == "00" || text[kTraceparentSize] != '-')) {
    return false;
  }
  const std::string_view trace = text.substr(3, 32);
  const std::string_view span = text.substr(36, 16);
  return text[2] == '-' && text[35] == '-' && text[52] == '-' && IsLowerHex(trace) &&
         IsLowerHex(span) && IsLowerHex(text.substr(53, 2)) && !IsZero(trace) && !IsZero(span);
}

// Random hexadecimal digits, two a byte, that are not all zero: such ids are invalid.
std::string NewId(base::Random& random, size_t bytes) {
  std::string id = random.Hex(bytes);
  if (IsZero(id)) id.back() = '1';
  return id;
}

}  // namespace

std::string RequestIdFrom(std::string_view sent, base::Random& random) {
  const bool sane = !sent.empty() && sent.size() <= kRequestIdMax &&
                    std::ranges::all_of(sent, IsRequestIdCharacter);
  return sane ? std::string(sent) : random.Hex(16);
}

std::string NextTraceparent(std::string_view sent, base::Random& random) {
  std::string next = "00-";
  next.reserve(kTraceparentSize);
  if (!IsTraceparent(sent)) {
    next += NewId(random, 16);
    next += '-';
    next += NewId(random, 8);
    next += "-01";
    return next;
  }
  const char flags = sent[54];
  const bool sampled = ((flags >= 'a' ? flags - 'a' + 10 : flags - '0') & 1) != 0;
  next += sent.substr(3, 33);
  next += NewId(random, 8);
  next += sampled ? "-01" : "-00";
  return next;
}

}  // namespace tenantry::net::wire
