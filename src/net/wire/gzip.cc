#include "net/wire/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "base/status.h"

namespace tenantry::net::wire {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 16 asks zlib for gzip's header and trailer

// zlib counts in 32 bits.
constexpr size_t kPieceMax = std::numeric_limits<uInt>::max() / 2;

Bytef* Bytes(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }

class Inflater {
 public:
  Inflater() { TENANTRY_CHECK(inflateInit2(&stream_, kGzipWindow) == Z_OK); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_ = {};
};

std::string_view TrimmedToken(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

// True for "q=0", "q=0.0" and so on.
bool IsZeroWeight(std::string_view parameter) {
  return parameter.starts_with("q=0") &&
         parameter.substr(3).find_first_not_of(".0") == std::string_view::npos;
}

}  // namespace

std::string Gzip(std::string_view bytes) {
  z_stream stream = {};
  TENANTRY_CHECK(
      deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string compressed;
  compressed.resize(deflateBound(&stream, bytes.size()) + 32);
  size_t written = 0;
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    const size_t piece = std::min(bytes.size(), kPieceMax);
    if (written == compressed.size()) compressed.resize(compressed.size() * 2);
    stream.next_in = Bytes(bytes.data());
    stream.avail_in = static_cast<uInt>(piece);
    stream.next_out = Bytes(compressed.data() + written);
    stream.avail_out = static_cast<uInt>(std::min(compressed.size() - written, kPieceMax));
    const uInt room = stream.avail_out;
    result = deflate(&stream, piece == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    TENANTRY_CHECK(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
    bytes.remove_prefix(piece - stream.avail_in);
    written += room - stream.avail_out;
  }
  deflateEnd(&stream);
  compressed.resize(written);
  return compressed;
}

absl::StatusOr<std::string> Gunzip(std::string_view compressed, int64_t bytes_max) {
  const auto limit = static_cast<size_t>(std::max<int64_t>(bytes_max, 0));
  std::string bytes;
  Inflater inflater;
  z_stream& stream = inflater.stream();
  std::array<char, 32768> piece;
  for (;;) {
    const auto given = static_cast<uInt>(std::min(compressed.size(), kPieceMax));
    stream.next_in = Bytes(compressed.data());
    stream.avail_in = given;
    stream.next_out = Bytes(piece.data());
    stream.avail_out = piece.size();
    const int result = inflate(&stream, Z_NO_FLUSH);
    const size_t made = piece.size() - stream.avail_out;
    if (made > limit - bytes.size()) {
      return base::Error(absl::StatusCode::kResourceExhausted,
                         "it has more than {} bytes once decompressed", limit);
    }
    bytes.append(piece.data(), made);
    compressed.remove_prefix(given - stream.avail_in);
    if (result == Z_STREAM_END) {
      if (compressed.empty()) return bytes;
      inflateReset(&stream);
    } else if (result == Z_BUF_ERROR || (result == Z_OK && compressed.empty() && made == 0)) {
      return base::InvalidArgument("it is gzip that is cut off");
    } else if (result != Z_OK) {
      return base::InvalidArgument("it is no gzip: {}",
                                   stream.msg != nullptr ? stream.msg : "broken");
    }
  }
}

bool AcceptsGzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string piece = Lower(accept_encoding.substr(0, accept_encoding.find(',')));
    accept_encoding.remove_prefix(std::min(accept_encoding.size(), piece.size() + 1));
    const size_t semicolon = std::min(piece.find(';'), piece.size());
    const std::string_view coding = TrimmedToken(std::string_view(piece).substr(0, semicolon));
    const std::string_view parameter =
        TrimmedToken(std::string_view(piece).substr(std::min(piece.size(), semicolon + 1)));
    const bool wanted = !IsZeroWeight(parameter);
    if (coding == "gzip" || coding == "x-gzip") return wanted;
    if (coding == "*") any = wanted;
  }
  return any;
}

bool IsCompressible(std::string_view content_type) {
  const std::string type = Lower(TrimmedToken(content_type.substr(0, content_type.find(';'))));
  if (type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml")) return true;
  constexpr std::array<std::string_view, 7> kTypes = {
      "application/json",          "application/x-ndjson", "application/javascript",
      "application/xml",           "application/yaml",     "application/openmetrics-text",
      "application/x-amz-json-1.1"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

}  // namespace tenantry::net::wire
