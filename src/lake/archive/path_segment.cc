#include "lake/archive/path_segment.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace tenantry::lake::archive {
namespace {

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool IsPlainFirst(char c) { return IsPlain(c) && c != '.' && c != '_' && c != '-'; }

// The value of an upper-case hexadecimal digit, or -1.
int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Sha256Hex(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  if (text.empty()) return "%";
  std::string encoded;
  for (const char c : text) {
    if (encoded.empty() ? IsPlainFirst(c) : IsPlain(c)) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::optional<std::string> PercentDecode(std::string_view encoded) {
  if (encoded == "%") return "";
  std::string text;
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      text.push_back(encoded[i]);
      continue;
    }
    if (i + 2 >= encoded.size()) return std::nullopt;
    const int high = DigitOf(encoded[i + 1]);
    const int low = DigitOf(encoded[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    text.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  // Only what PercentEncode makes: one text, one encoding.
  if (PercentEncode(text) != encoded) return std::nullopt;
  return text;
}

std::string PathSegment(std::string_view text, size_t bytes_max) {
  std::string encoded = PercentEncode(text);
  if (encoded.size() <= bytes_max) return encoded;
  const std::string hash = "~" + Sha256Hex(text);
  TENANTRY_CHECK(bytes_max >= hash.size() + 3);
  size_t keep = bytes_max - hash.size();
  for (size_t i = 1; i <= 2; ++i) {
    if (encoded[keep - i] == '%') keep -= i;  // an escape is kept whole or not at all
  }
  return encoded.substr(0, keep) + hash;
}

}  // namespace tenantry::lake::archive
