#include "net/percent.h"

#include "base/status.h"
#include "base/utf8.h"

namespace tenantry::net {
namespace {

bool Unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::StatusOr<std::string> Decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 1 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return base::InvalidArgument(
            "the percent sign at byte {} is not followed by two hexadecimal digits; write a "
            "percent "
            "sign itself as %25",
            i);
      }
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!base::IsUtf8(decoded)) {
    return base::InvalidArgument("it is not UTF-8 once its percent escapes are undone");
  }
  return decoded;
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (Unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

std::string EncodeQuery(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    query += PercentEncode(name);
    query += '=';
    query += PercentEncode(value);
  }
  return query;
}

absl::StatusOr<std::string> PercentDecode(std::string_view text) { return Decode(text, false); }

absl::StatusOr<std::multimap<std::string, std::string>> ParseQuery(std::string_view query) {
  std::multimap<std::string, std::string> parameters;
  while (!query.empty()) {
    const std::string_view piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), piece.size() + 1));
    if (piece.empty()) continue;
    const size_t equals = std::min(piece.find('='), piece.size());
    TENANTRY_ASSIGN_OR_RETURN(std::string name, Decode(piece.substr(0, equals), true));
    const std::string_view rest = piece.substr(std::min(piece.size(), equals + 1));
    absl::StatusOr<std::string> value = Decode(rest, true);
    if (!value.ok()) {
      return base::Annotate(value.status(), fmt::format("the value of the parameter \"{}\"", name));
    }
    parameters.emplace(std::move(name), *std::move(value));
  }
  return parameters;
}

}  // namespace tenantry::net
